import assert from "node:assert/strict";
import test from "node:test";
import { barBeat, counted, fileName, milliseconds, percent, shares, words } from "../../bridge/page/format.js";
import { instrumentOf } from "../../bridge/page/instruments.js";
import { freeName } from "../../bridge/page/free_name.js";
import { midiFile, variableLength } from "../../bridge/page/midi_file.js";
import { inLines, notePlace, pitchRange } from "../../bridge/page/roll_places.js";

test("lengths of a MIDI file are written as the standard's own examples", () => {
  assert.deepEqual([0, 0x7f, 0x80, 0x3fff, 0x0fffffff].map(variableLength), [
    [0], [0x7f], [0x81, 0], [0xff, 0x7f], [0xff, 0xff, 0xff, 0x7f],
  ]);
});

test("a phrase without notes is a whole file", () => {
  const bytes = midiFile(120, 4, []);
  assert.equal(String.fromCharCode(...bytes.slice(0, 4)), "MThd");
  assert.deepEqual([...bytes.slice(8, 14)], [0, 1, 0, 1, 1, 0xe0]);
  assert.deepEqual([...bytes.slice(-3)], [0xff, 0x2f, 0]);
});

test("a note that is struck again ends before it begins", () => {
  const notes = [{ pitch: 60, velocity: 100, start: 0, duration: 1 }, { pitch: 60, velocity: 90, start: 1, duration: 1 }];
  const text = [...midiFile(120, 4, [{ name: "P", program: 0, channel: 0, notes }])].join(",");
  assert.ok(text.indexOf("128,60,0") < text.indexOf("144,60,90"));
});

test("numbers and names are written as a musician reads them", () => {
  assert.equal(percent(0.505), "51 %");
  assert.equal(milliseconds(3.14159), "3.1 ms");
  assert.equal(milliseconds(48.6), "49 ms");
  assert.equal(barBeat(0, 4), "1.1");
  assert.equal(barBeat(10.9, 4), "3.3");
  assert.equal(words("harmonic_minor"), "harmonic minor");
  assert.deepEqual([counted(1, "beat"), counted(2.5, "beat"), counted(0, "bar")], ["1 beat", "2.5 beats", "0 bars"]);
  assert.equal(shares([{ name: "Verse", weight: 0.6 }, { name: "Break", weight: 0.4 }]), "60 % Verse, 40 % Break");
});

test("a file's name is one that every system takes", () => {
  assert.equal(fileName("../../etc/passwd"), "etcpasswd");
  assert.equal(fileName('<img src="x">'), "img srcx");
  assert.equal(fileName("\u0000"), "phrase");
  assert.equal(fileName("Größe 2, F# minor"), "Größe 2, F# minor");
});

test("a new name is one that is not taken", () => {
  assert.equal(freeName([]), "Idea 1");
  assert.equal(freeName(["a", "Idea 3", "Idea 4"]), "Idea 5");
});

test("a track sounds like its name, and one with a name of its own like something", () => {
  assert.equal(instrumentOf("Drums 2", 3).channel, 9);
  assert.equal(instrumentOf("String Ensemble", 0).family, "piano");
  assert.equal(instrumentOf("Strings", 0).family, "strings");
  assert.notEqual(instrumentOf("Theremin", 2).family, "drums");
});

test("notes lie inside their roll, also one alone and one that is held beyond the end", () => {
  const notes = [{ pitch: 30, start: 0, duration: 1 }, { pitch: 90, start: 15, duration: 5 }];
  const range = pitchRange(notes);
  for (const note of notes) {
    const { x, y, width, height } = notePlace(note, range, 16);
    assert.ok(x >= 0 && x + width <= 1 && y >= 0 && y + height <= 1);
  }
  const alone = pitchRange([{ pitch: 60 }]);
  assert.ok(alone.high - alone.low > 10);
  assert.ok(Number.isFinite(pitchRange([]).low));
});

test("each drum has a line of its own, the lowest at the bottom", () => {
  assert.deepEqual(inLines([{ pitch: 42 }, { pitch: 36 }, { pitch: 42 }]).map(({ pitch }) => pitch), [1, 0, 1]);
});
