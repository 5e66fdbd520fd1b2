import assert from "node:assert/strict";
import test from "node:test";
import { BeatGuess } from "../../bridge/page/beat_guess.js";
import { Listening } from "../../bridge/page/listening.js";
import { MidiOut } from "../../bridge/page/midi_out.js";
import { NoteQueue } from "../../bridge/page/note_queue.js";
import { Playhead } from "../../bridge/page/playhead.js";
import { FakeMidiOutput } from "./fakes.js";

const PLAYING = { bpm: 120, playing: true };

function guessAt(beat, time) {
  const guess = new BeatGuess();
  guess.hear({ beat, ...PLAYING }, time, time);
  return guess;
}

test("between two words the song goes on at its tempo, and back again", () => {
  const guess = guessAt(8, 1000);
  assert.equal(guess.beatAt(1500), 9);
  assert.equal(guess.timeOf(10), 2000);
});

test("a word is taken for the middle of its way, and what it cannot know does not move the song", () => {
  const guess = guessAt(8, 1000);
  guess.hear({ beat: 9.05, ...PLAYING }, 1450, 1650); // true at 1550, give or take 0.2 beats
  assert.equal(guess.beatAt(1500), 9);
});

test("a word that came quickly is believed before one that took its time", () => {
  const guess = new BeatGuess();
  guess.hear({ beat: 8.4, ...PLAYING }, 1000, 1400); // sure to 0.4 beats
  assert.ok(guess.isUnsure);
  const before = guess.jumps;
  guess.hear({ beat: 9.3, ...PLAYING }, 1500, 1510);
  assert.equal(guess.jumps, before);
  assert.ok(Math.abs(guess.beatAt(1505) - 9.3) < 1e-9);
  assert.ok(!guess.isUnsure);
});

test("a slow drift is followed, a jump at once and counted", () => {
  const guess = guessAt(8, 1000);
  const before = guess.jumps;
  guess.hear({ beat: 9.2, ...PLAYING }, 1450, 1550); // sure to 0.1 beats
  assert.ok(Math.abs(guess.beatAt(1500) - 9.1) < 1e-9);
  assert.equal(guess.jumps, before);
  guess.hear({ beat: 64, ...PLAYING }, 2000, 2000);
  assert.equal(guess.beatAt(2000), 64);
  assert.equal(guess.jumps, before + 1);
});

test("a song that stands stands, and another tempo is no jump", () => {
  const guess = guessAt(8, 1000);
  const before = guess.jumps;
  guess.hear({ beat: 10, bpm: 60, playing: true }, 2000, 2000);
  assert.equal(guess.jumps, before);
  assert.equal(guess.beatAt(3000), 11);
  guess.hear({ beat: 11, bpm: 60, playing: false }, 3000, 3000);
  assert.equal(guess.beatAt(9000), 11);
});

const note = (start, pitch = 60) => ({ pitch, velocity: 100, start, duration: 0.5 });

test("a note is taken once, in time, when its beat has come", () => {
  const queue = new NoteQueue();
  queue.add(4, 0, [note(1), note(0)], 3);
  assert.deepEqual(queue.take(3, 4.2).map(({ beat }) => beat), [4]);
  assert.deepEqual(queue.take(4, 4.5), []);
  assert.deepEqual(queue.take(4.5, 5.5).map(({ beat }) => beat), [5]);
});

test("a bar that comes again replaces what has not been taken", () => {
  const queue = new NoteQueue();
  queue.add(4, 0, [note(0, 60), note(2, 61)], 3);
  queue.take(4, 4.5);
  queue.add(4, 0, [note(0, 70), note(2, 71)], 4.4);
  assert.deepEqual(queue.take(5, 8).map(({ pitch }) => pitch), [71]);
});

test("a new bar that comes a little late still sounds from its first note, a long past one does not", () => {
  const queue = new NoteQueue();
  queue.take(0, 8.4);
  queue.add(8, 0, [note(0), note(1)], 8.05);
  assert.deepEqual(queue.take(8.05, 8.5).map(({ beat }) => beat), [8]);
  queue.add(8, 1, [note(0), note(3)], 10);
  assert.deepEqual(queue.take(10, 12).map(({ beat }) => beat), [11]);
});

test("what a jump leaves behind is silent, and bars that are over are forgotten", () => {
  const queue = new NoteQueue();
  queue.add(4, 0, [note(0), note(1)], 3);
  queue.locate();
  assert.deepEqual(queue.take(100, 101), []);
  assert.equal(queue.bars.size, 0);
});

test("a song that loops plays the same bar each time", () => {
  const queue = new NoteQueue();
  for (let round = 0; round < 3; round++) {
    queue.locate();
    queue.add(0, 0, [note(0), note(1)], 0);
    assert.equal(queue.take(0, 1.5).length, 2);
  }
});

test("the playhead knows which bar of the phrase sounds, and none before the first or after the last", () => {
  const head = new Playhead(4);
  head.hear(16, 2);
  head.hear(20, 3);
  assert.equal(head.phraseBeat(15), null);
  assert.equal(head.phraseBeat(17), 9);
  assert.equal(head.phraseBeat(21.5), 13.5);
  assert.equal(head.phraseBeat(24), null);
  for (let bar = 0; bar < 1000; bar++) head.hear(4 * bar, bar % 4);
  assert.ok(head.starts.size <= 64);
});

function studio() {
  const played = [];
  const around = { time: 0, hidden: false, silences: 0 };
  const output = { play: (one) => played.push(one), silence: () => (around.silences += 1) };
  const guess = guessAt(0, 0);
  const listening = new Listening({
    guess, isMuted: (track) => track === 1, outputs: [output], now: () => around.time, hidden: () => around.hidden,
  });
  listening.names = ["Drums", "Piano", "Bass"];
  return { played, around, listening, guess };
}

test("streamed notes go to the outputs ahead of their time, with their instrument, muted ones not", () => {
  const { played, around, listening } = studio();
  for (const track of [0, 1, 2]) listening.hearStreamed({ start: 4, track, notes: [note(0)] });
  for (; around.time < 2000; around.time += 25) {
    const before = played.length;
    listening.tick();
    for (const one of played.slice(before)) assert.ok(one.time - around.time > 100 && one.time - around.time < 200);
  }
  assert.deepEqual(played.map(({ family, time, seconds }) => [family, time, seconds]), [
    ["drums", 2000, 0.25], ["bass", 2000, 0.25],
  ]);
});

test("a page that is not seen, which is woken once a second, is not late", () => {
  const { played, around, listening } = studio();
  around.hidden = true;
  listening.hearStreamed({ start: 0, track: 0, notes: [note(0), note(1), note(2), note(3)] });
  for (; around.time < 3000; around.time += 1000) {
    const before = played.length;
    listening.tick();
    for (const one of played.slice(before)) assert.ok(one.time >= around.time);
  }
  assert.equal(played.length, 4);
});

test("what this page asked for is heard once, and nothing that nobody here asked for", () => {
  const { played, around, listening } = studio();
  listening.hearTold({ bar: 0, track: 0, notes: [note(0)] }, 4);
  listening.tick();
  assert.equal(played.length, 0);
  listening.expectAudition(60);
  listening.hearTold({ bar: 1, track: 0, notes: [note(0), note(3)] }, 4);
  for (; around.time < 6000; around.time += 25) listening.tick();
  assert.deepEqual(played.map(({ time }) => Math.round(time)), [40, 3040]);
  assert.equal(listening.auditionBeat(), null);
});

test("stopping ends what sounds and forgets what waits", () => {
  const { played, around, listening } = studio();
  listening.hearStreamed({ start: 4, track: 0, notes: [note(0)] });
  listening.stop();
  around.time = 1900;
  listening.tick();
  assert.equal(played.length, 0);
  assert.equal(around.silences, 1);
});

async function midiOut() {
  const output = new FakeMidiOutput("a", "Synth");
  const clock = { time: 0 };
  const midi = new MidiOut(async () => ({ outputs: new Map([["a", output]]) }), () => clock.time);
  assert.deepEqual(await midi.start(() => {}), [{ id: "a", name: "Synth" }]);
  midi.choose("a");
  return { output, clock, midi };
}

test("a MIDI note-on owns its note-off", async () => {
  const { output, midi } = await midiOut();
  midi.play({ channel: 9, pitch: 36, velocity: 90, time: 100, seconds: 0.5 });
  assert.deepEqual(output.sent, [
    { isOn: true, channel: 9, pitch: 36, velocity: 90, time: 100 },
    { isOn: false, channel: 9, pitch: 36, velocity: 0, time: 600 },
  ]);
});

test("silence ends what sounds by its own note-off, and what has ended is left alone", async () => {
  const { output, clock, midi } = await midiOut();
  midi.play({ channel: 0, pitch: 60, velocity: 90, time: 0, seconds: 0.1 });
  midi.play({ channel: 0, pitch: 64, velocity: 90, time: 0, seconds: 10 });
  clock.time = 1000;
  output.sent.length = 0;
  midi.silence();
  assert.deepEqual(output.sent, [{ isOn: false, channel: 0, pitch: 64, velocity: 0, time: null }]);
});

test("choosing another output ends the notes of the first, and without one nothing is sent", async () => {
  const { output, midi } = await midiOut();
  midi.play({ channel: 0, pitch: 60, velocity: 90, time: 0, seconds: 10 });
  midi.choose("");
  assert.equal(output.sent.at(-1).isOn, false);
  midi.play({ channel: 0, pitch: 60, velocity: 90, time: 0, seconds: 10 });
  assert.equal(output.sent.length, 3);
});
