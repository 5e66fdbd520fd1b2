// The phrase that the band plays: the notes of each bar and track as /mai/bar tells them, parts put together.
const MOST_OPEN = 256; // bars of which parts are missing: what a lost connection left behind does not grow

export class Phrase {
  constructor(bars, tracks) {
    this.tracks = tracks;
    this.cells = []; // by bar, by track: [{pitch, velocity, start, duration}], beats from the bar's start
    this.open = new Map(); // parts that wait for the others
    this.setBars(bars);
  }

  get bars() {
    return this.cells.length;
  }

  get isEmpty() {
    return this.cells.every((cell) => cell.every((notes) => notes === null));
  }

  // null: nobody has told this cell yet.
  notes(bar, track) {
    return this.cells[bar]?.[track] ?? null;
  }

  setBars(bars) {
    while (this.cells.length < bars) this.cells.push(Array.from({ length: this.tracks }, () => null));
    this.cells.length = bars;
  }

  // The values of a /mai/bar after its address. Once the last part has come: {bar, track, start, notes}, else null.
  // start: song position in beats, -1 of a bar that is no stream's.
  hear([, bar, track, part, parts, start, ...values]) {
    if (track >= this.tracks) return null;
    const key = `${bar}/${track}/${start}`;
    const heard = part === 0 ? [] : this.open.get(key);
    if (!heard || heard.length !== part) return null; // the parts before it were lost
    heard.push(readNotes(values));
    if (heard.length < parts) {
      if (this.open.size >= MOST_OPEN) this.open.clear();
      this.open.set(key, heard);
      return null;
    }
    this.open.delete(key);
    const notes = heard.flat();
    if (bar >= this.bars) this.setBars(bar + 1);
    this.cells[bar][track] = notes;
    return { bar, track, start, notes };
  }

  // Notes of one track with starts in beats from the phrase's start.
  line(track, beatsPerBar) {
    return this.cells.flatMap((cell, bar) =>
      (cell[track] ?? []).map((note) => ({ ...note, start: note.start + bar * beatsPerBar })),
    );
  }
}

export function readNotes(values) {
  const notes = [];
  for (let at = 0; at + 3 < values.length; at += 4) {
    notes.push({ pitch: values[at], velocity: values[at + 1], start: values[at + 2], duration: values[at + 3] });
  }
  return notes;
}
