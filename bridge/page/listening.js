// Makes the band heard in the page: notes go to the outputs a little ahead of their time, the song's or an audition's.
import { instrumentOf } from "./instruments.js";
import { NoteQueue } from "./note_queue.js";

const AHEAD_MS = 140;
const HIDDEN_AHEAD_MS = 1600; // a page that is not seen is woken once a second
const AUDITION_AFTER_MS = 40;

export class Listening {
  // outputs: [{play(note), silence()}]; guess: BeatGuess; now(): milliseconds; hidden(): whether the page is not seen.
  constructor({ guess, outputs, isMuted, now, hidden }) {
    Object.assign(this, { guess, outputs, isMuted, now, hidden });
    this.names = [];
    this.song = new NoteQueue();
    this.jumps = guess.jumps;
    this.endAudition();
  }

  // A bar of the stream.
  hearStreamed({ start, track, notes }) {
    this.song.add(start, track, notes, this.guess.beatAt(this.now()));
  }

  // The next bars that come are an answer to this page: they are heard once, from the first on.
  expectAudition(bpm) {
    this.endAudition();
    this.expected = bpm;
  }

  hearTold({ bar, track, notes }, beatsPerBar) {
    if (this.expected === null) return;
    const beat = bar * beatsPerBar;
    this.audition ??= { began: this.now() + AUDITION_AFTER_MS, first: beat, bpm: this.expected, queue: new NoteQueue() };
    const { queue, first } = this.audition;
    queue.add(beat - first, track, notes, this.#auditionBeat());
    this.audition.ends = Math.max(this.audition.ends ?? 0, beat - first + beatsPerBar);
  }

  endAudition() {
    this.audition = null;
    this.expected = null;
  }

  get auditions() {
    return this.audition !== null;
  }

  // The beat of the phrase that an audition is at; null: there is none.
  auditionBeat() {
    if (this.audition === null) return null;
    const beat = this.#auditionBeat();
    return beat < 0 ? null : beat + this.audition.first;
  }

  stop() {
    this.song.clear();
    this.endAudition();
    for (const output of this.outputs) output.silence();
  }

  // Call about 40 times a second.
  tick() {
    const now = this.now();
    const ahead = this.hidden() ? HIDDEN_AHEAD_MS : AHEAD_MS;
    if (this.guess.jumps !== this.jumps) this.song.locate(); // the bridge sends the bars of where the song is now
    this.jumps = this.guess.jumps;
    if (this.guess.playing) {
      const due = this.song.take(this.guess.beatAt(now), this.guess.beatAt(now + ahead));
      for (const note of due) this.#play(note, this.guess.timeOf(note.beat), this.guess.bpm);
    }
    if (this.audition === null) return;
    const { queue, bpm, began, ends } = this.audition;
    const beat = this.#auditionBeat();
    for (const note of queue.take(beat, beat + (ahead / 60000) * bpm)) {
      this.#play(note, began + (note.beat / bpm) * 60000, bpm);
    }
    if (beat > ends) this.endAudition();
  }

  #auditionBeat() {
    return ((this.now() - this.audition.began) / 60000) * this.audition.bpm;
  }

  #play({ track, pitch, velocity, duration }, time, bpm) {
    if (this.isMuted(track)) return;
    const { family, channel, pan } = instrumentOf(this.names[track] ?? "", track);
    const note = { family, channel, pan, pitch, velocity, time, seconds: (duration / bpm) * 60 };
    for (const output of this.outputs) output.play(note);
  }
}
