// Controls that are bound to a setting of the bridge: they show what it says, and ask for what a hand does.
import { fillMenu, find } from "./elements.js";

export class Controls {
  constructor(state, ask) {
    Object.assign(this, { state, ask });
    this.shown = new Map(); // by setting: show(value)
    state.on("settings", (name) => this.shown.get(name)?.(state.settings[name]));
  }

  // A slider and the words beside it, in the elements #setting and #setting-value.
  slider(setting, { low, high }, step, words) {
    const slider = find(setting);
    Object.assign(slider, { min: low, max: high, step });
    slider.addEventListener("input", () => this.#ask(setting, Number(slider.value)));
    this.shown.set(setting, (value) => {
      if (!slider.matches(":active")) slider.value = String(value);
      find(`${setting}-value`).textContent = words(value);
      slider.setAttribute("aria-valuetext", words(value));
    });
  }

  menu(setting, values, words) {
    const menu = find(setting);
    fillMenu(menu, values, words);
    menu.addEventListener("change", () => this.#ask(setting, menu.value));
    this.shown.set(setting, (value) => {
      if (![...menu.options].some((option) => option.value === value)) menu.append(new Option(words(value), value));
      menu.value = value;
    });
  }

  number(setting, { low, high }) {
    const field = find(setting);
    Object.assign(field, { min: low, max: high });
    field.addEventListener("change", () => this.#ask(setting, Number(field.value)));
    this.shown.set(setting, (value) => (field.value = String(Number(value.toFixed(1)))));
  }

  // What is refused shows again what is so.
  async #ask(setting, value) {
    if (!(await this.ask.set(setting, value))) this.shown.get(setting)(this.state.settings[setting]);
  }
}
