// Sends morphs while a hand moves: at most one a frame, few on their way, and always the newest place.
const ON_THE_WAY = 3; // the bridge drops what a newer one has overtaken

export class MorphSender {
  // send(weights) -> promise; nextFrame(action), such as requestAnimationFrame.
  constructor(send, nextFrame) {
    Object.assign(this, { send, nextFrame });
    this.newest = null;
    this.waiting = 0;
    this.asked = false;
  }

  morph(weights) {
    this.newest = weights;
    this.#ask();
  }

  #ask() {
    if (this.asked || this.newest === null || this.waiting >= ON_THE_WAY) return;
    this.asked = true;
    this.nextFrame(() => {
      this.asked = false;
      const weights = this.newest;
      if (weights === null) return;
      this.newest = null;
      this.waiting += 1;
      const answered = () => {
        this.waiting -= 1;
        this.#ask();
      };
      this.send(weights).then(answered, answered);
      this.#ask();
    });
  }
}
