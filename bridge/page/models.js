// The menu of models, and A/B: the phrase that plays, by the other of the last two models.
import { fillMenu, find } from "./elements.js";

export class Models {
  // play(): the stream runs, so that the other model is heard. poll(): asks the bridge how it is.
  constructor(state, ask, play, poll) {
    Object.assign(this, { state, ask, play, poll });
    this.pair = [null, null]; // the model that plays, and the one before
    this.menu = find("model");
    this.menu.addEventListener("change", () => this.#load(this.menu.value));
    find("ab").addEventListener("click", () => this.#other());
    state.on("models", () => this.#show());
    state.on("status", () => this.#follow());
  }

  #show() {
    fillMenu(this.menu, this.state.models);
    this.#follow();
  }

  // Another client may have changed the model too.
  #follow() {
    const { status } = this.state;
    if (!status || !this.state.models.length) return;
    const plays = status.model.listed;
    if (plays !== this.pair[0]) this.pair = [plays, this.pair[0]];
    if (document.activeElement !== this.menu) this.#select(plays ?? status.model.name);
    const other = this.#otherName();
    const button = find("ab");
    button.disabled = other === null;
    button.title = other === null ? "Needs two models in the folder of models" : `Hear this phrase by ${other}`;
    this.menu.disabled = status.loading !== null;
  }

  #select(name) {
    if (![...this.menu.options].some((option) => option.value === name)) {
      const option = new Option(name, name);
      option.disabled = true;
      this.menu.prepend(option);
    }
    this.menu.value = name;
  }

  #otherName() {
    const [plays, before] = this.pair;
    if (before !== null && this.state.models.includes(before)) return before;
    return this.state.models.find((name) => name !== plays) ?? null;
  }

  async #other() {
    const other = this.#otherName();
    if (other === null) return;
    await this.play();
    await this.#load(other);
  }

  async #load(name) {
    await this.ask.loadModel(name);
    this.poll();
  }
}
