// Where in the phrase the band is: which bars of the phrase sound at which beats of the song.
const KEPT_BARS = 64;

export class Playhead {
  constructor(beatsPerBar) {
    this.beatsPerBar = beatsPerBar;
    this.clear();
  }

  clear() {
    this.starts = new Map(); // song position of a bar: its number in the phrase
  }

  hear(start, bar) {
    this.starts.delete(start); // so that it becomes the last
    this.starts.set(start, bar);
    if (this.starts.size > KEPT_BARS) this.starts.delete(this.starts.keys().next().value);
  }

  // The phrase's beat that sounds at a beat of the song; null: none does.
  phraseBeat(beat) {
    let latest = -Infinity;
    for (const start of this.starts.keys()) if (start <= beat && start > latest) latest = start;
    if (beat - latest >= this.beatsPerBar) return null;
    return this.starts.get(latest) * this.beatsPerBar + (beat - latest);
  }
}
