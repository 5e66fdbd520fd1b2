// Where the song is between two words of the bridge. Times are milliseconds of performance.now(), positions beats.
const JUMP_BEATS = 0.25; // farther off: the song was moved, and no clock has drifted
const FOLLOW = 0.5; // of what is off, at each word that is no better than what is known
const DRIFT_BEATS = 0.01; // by which what is known becomes less sure from word to word
const SURE_BEATS = 0.06;

export class BeatGuess {
  constructor() {
    this.forget();
  }

  forget() {
    const jumps = (this.jumps ?? 0) + 1;
    Object.assign(this, { beat: 0, at: 0, bpm: 120, playing: false, known: false, doubt: 0, jumps });
  }

  // Whether another word would make it better.
  get isUnsure() {
    return this.playing && this.doubt > SURE_BEATS;
  }

  // A status that was asked for at `sent` and came at `received`: it was true somewhere between.
  hear({ beat, bpm, playing }, sent, received) {
    const middle = (sent + received) / 2;
    const off = beat - this.beatAt(middle);
    const doubt = ((received - sent) / 2 / 60000) * bpm;
    const jumped = !this.known || playing !== this.playing || Math.abs(off) > JUMP_BEATS + doubt + this.doubt;
    if (jumped) this.jumps += 1;
    if (jumped || bpm !== this.bpm || doubt <= this.doubt) {
      Object.assign(this, { beat, at: middle, bpm, playing, doubt, known: true });
    } else if (Math.abs(off) > doubt) {
      Object.assign(this, { beat: this.beatAt(middle) + FOLLOW * off, at: middle });
    }
    this.doubt += DRIFT_BEATS;
  }

  beatAt(time) {
    return this.playing ? this.beat + ((time - this.at) / 60000) * this.bpm : this.beat;
  }

  // The reverse of beatAt while the song plays.
  timeOf(beat) {
    return this.at + ((beat - this.beat) / this.bpm) * 60000;
  }

  milliseconds(beats) {
    return (beats / this.bpm) * 60000;
  }
}
