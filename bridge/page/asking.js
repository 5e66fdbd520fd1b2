// What a musician can ask of the band, as requests. A refusal becomes a sentence; what is asked for is heard once.
import { isOvertaken } from "./errors.js";

export class Asking {
  // audition(asked): what this page asked for is about to come, to be heard once; line: {error, say}.
  constructor(connection, state, line, audition) {
    Object.assign(this, { connection, state, line, audition });
  }

  generate(bars) {
    this.audition();
    return this.#ask("/mai/generate", "A new phrase for the whole band", ...(bars ? [newSeed(), bars] : []));
  }

  reroll(track, bar) {
    this.audition();
    const what = track < 0 ? "The band" : this.state.band.tracks[track];
    return this.#ask("/mai/regenerate", `${what}${bar < 0 ? "" : `, bar ${bar + 1},`} plays something new`, track, bar);
  }

  undo() {
    this.audition();
    return this.#ask("/mai/history/undo", "One step back");
  }

  redo() {
    this.audition();
    return this.#ask("/mai/history/redo", "One step on");
  }

  recall(name) {
    this.audition();
    return this.#ask("/mai/latent/recall", `${name} plays`, name);
  }

  save(name) {
    return this.#ask("/mai/latent/save", `Saved as ${name}`, name);
  }

  rename(name, newName) {
    return this.#ask("/mai/latent/rename", `${name} is now ${newName}`, name, newName);
  }

  delete(name) {
    return this.#ask("/mai/latent/delete", `${name} is deleted`, name);
  }

  async lock(track, on) {
    if (!(await this.#ask("/mai/lock", null, track, on ? 1 : 0))) return;
    const locked = new Set(this.state.locked);
    if (on) locked.add(track);
    else locked.delete(track);
    this.state.setLocks([...locked].sort());
  }

  set(name, value) {
    return this.#ask("/mai/set", null, name, value);
  }

  async play() {
    const answers = await this.#ask("/mai/stream/start", "The band plays");
    return answers !== null;
  }

  stop() {
    return this.#ask("/mai/stream/stop", "The band stands");
  }

  panic() {
    return this.#ask("/mai/panic", "Every note has ended");
  }

  loadModel(name) {
    return this.#ask("/mai/model/load", `${name} plays`, name);
  }

  // A promise that is rejected too: the sender has to know that it was answered.
  morph(weights) {
    const sent = this.connection.request("/mai/morph", ...weights.flatMap(({ name, weight }) => [name, weight]));
    return sent.catch((problem) => {
      if (!isOvertaken(problem)) this.line.error(problem);
    });
  }

  async #ask(address, sentence, ...values) {
    try {
      const answers = await this.connection.request(address, ...values);
      if (sentence !== null) this.line.say(sentence);
      return answers;
    } catch (problem) {
      this.line.error(problem);
      return null;
    }
  }
}

function newSeed() {
  return Math.floor(Math.random() * 0x7fffffff);
}
