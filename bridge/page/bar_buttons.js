// The bars of a roll as buttons: a click, or Enter, makes that bar anew. Arrow keys go from bar to bar and track to track.
import { make } from "./elements.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class BarButtons {
  // reroll(track, bar): asked for by the musician.
  constructor(reroll) {
    this.reroll = reroll;
    this.rows = []; // by track: the element that holds the bars' buttons, and its name
  }

  show(rows) {
    this.rows = rows;
    this.bars = -1;
    for (const { holder } of rows) holder.addEventListener("keydown", (event) => this.#walk(event));
  }

  setBars(bars) {
    if (bars === this.bars) return;
    this.bars = bars;
    this.rows.forEach(({ holder, name }, track) => {
      const buttons = Array.from({ length: bars }, (_, bar) => this.#button(track, bar, name));
      holder.replaceChildren(...buttons);
    });
  }

  #button(track, bar, name) {
    const label = `Reroll ${name}, bar ${bar + 1}`;
    const tabindex = bar === 0 ? "0" : "-1"; // one stop a track: the arrow keys reach the others
    const button = make("button", { type: "button", class: "bar", "aria-label": label, title: label, tabindex });
    button.addEventListener("click", () => this.reroll(track, bar));
    return button;
  }

  #walk(event) {
    const step = STEPS[event.key];
    if (!step) return;
    const track = this.rows.findIndex(({ holder }) => holder.contains(event.target));
    const bar = [...this.rows[track].holder.children].indexOf(event.target);
    const next = this.rows[track + step[0]]?.holder.children[bar + step[1]];
    if (!next) return;
    event.preventDefault();
    for (const button of next.parentElement.children) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }
}
