// Notes that wait for their beat. A bar that comes again replaces what of it has not been taken yet.
const LATE_BEATS = 0.1; // of a bar that has just come: its notes sound still
const KEPT_BEATS = 16; // a bar that began longer ago is forgotten

export class NoteQueue {
  constructor() {
    this.clear();
  }

  clear() {
    this.bars = new Map(); // by start and track: {start, notes, next}
    this.takenTo = -Infinity;
  }

  // The song was moved: bars of where it is now come again, and are to be taken again.
  locate() {
    this.takenTo = -Infinity;
  }

  // notes: [{pitch, velocity, start, duration}], beats from the bar's start.
  add(start, track, notes, beatNow) {
    const key = `${start}/${track}`;
    const from = this.bars.has(key) ? this.takenTo : beatNow - LATE_BEATS;
    const sorted = notes.map((note) => ({ ...note, track, beat: start + note.start })).sort((a, b) => a.beat - b.beat);
    const next = sorted.findIndex((note) => note.beat >= from);
    this.bars.set(key, { start, notes: sorted, next: next < 0 ? sorted.length : next });
  }

  // The notes before beat `until`, each once: [{track, pitch, velocity, duration, beat}] in time.
  take(beatNow, until) {
    const due = [];
    for (const [key, bar] of this.bars) {
      while (bar.next < bar.notes.length && bar.notes[bar.next].beat < until) {
        const note = bar.notes[bar.next++];
        if (note.beat >= beatNow - LATE_BEATS) due.push(note); // what was jumped over is silent
      }
      if (bar.start < beatNow - KEPT_BEATS) this.bars.delete(key);
    }
    this.takenTo = Math.max(this.takenTo, until);
    return due.sort((a, b) => a.beat - b.beat);
  }
}
