// A row a track: its name and colour, lock, reroll, mute and density, and the roll beside them.
import { BarButtons } from "./bar_buttons.js";
import { find, iconButton, make, press } from "./elements.js";
import { percent } from "./format.js";
import { instrumentOf } from "./instruments.js";

const BY_THRESHOLD = -1; // the density of a track that has none of its own

export class Tracks {
  // ask: what the musician does (asking.js); rolls: Rolls.
  constructor(state, ask, rolls) {
    Object.assign(this, { state, ask, rolls });
    this.rows = [];
    this.bars = new BarButtons((track, bar) => ask.reroll(track, bar));
    state.on("band", () => this.#build());
    state.on("phrase", () => this.bars.setBars(state.phrase.bars));
    state.on("locks", () => this.#showLocks());
    state.on("settings", (name) => name.startsWith("density/") && this.#showDensities());
    state.on("settings", (name) => name.startsWith("mute/") && this.#showMutes());
  }

  toggleLock(track) {
    if (track < this.rows.length) this.ask.lock(track, !this.state.locked.has(track));
  }

  toggleMute(track) {
    if (track < this.rows.length) this.ask.set(`mute/${track}`, this.state.isMuted(track) ? 0 : 1);
  }

  #build() {
    const names = this.state.band.tracks;
    if (String(names) === this.shown) return;
    this.shown = String(names);
    this.rows = names.map((name, track) => this.#row(name, track));
    find("tracks").replaceChildren(...this.rows.map(({ row }) => row));
    this.rolls.show(this.rows.map(({ canvas }) => canvas));
    this.bars.show(this.rows.map(({ holder }, track) => ({ holder, name: names[track] })));
    this.bars.setBars(this.state.phrase.bars);
    this.#showLocks();
    this.#showDensities();
    this.#showMutes();
  }

  #row(name, track) {
    const lock = iconButton("lock", `Lock ${name}: leave it as it is`, { "aria-pressed": "false" });
    const reroll = iconButton("reroll", `Reroll ${name}`);
    const mute = iconButton("mute", `Mute ${name}: here and at the MIDI port`, { "aria-pressed": "false" });
    lock.addEventListener("click", () => this.toggleLock(track));
    reroll.addEventListener("click", () => this.ask.reroll(track, -1));
    mute.addEventListener("click", () => this.toggleMute(track));
    const slider = make("input", {
      type: "range", min: "0", max: "1", step: "0.01", "aria-label": `Density of ${name}`, title: `Density of ${name}`,
    });
    const own = make("button", { type: "button", class: "own" });
    slider.addEventListener("input", () => this.ask.set(`density/${track}`, Number(slider.value)));
    own.addEventListener("click", () => this.ask.set(`density/${track}`, BY_THRESHOLD));
    const canvas = make("canvas", { role: "img", "aria-label": `Piano roll of ${name}` });
    const holder = make("div", { class: "bars", role: "group", "aria-label": `Bars of ${name}` });
    const head = make("div", { class: "head" }, [
      make("h3", { text: name }),
      make("div", { class: "buttons" }, [lock, reroll, mute]),
      make("div", { class: "density" }, [slider, own]),
    ]);
    const roll = make("div", { class: "roll" }, [canvas, holder]);
    const row = make("section", { class: "track", "data-hue": instrumentOf(name, track).hue, "aria-label": name }, [
      head,
      roll,
    ]);
    return { row, lock, mute, slider, own, canvas, holder };
  }

  #showLocks() {
    this.rows.forEach(({ row, lock }, track) => {
      press(lock, this.state.locked.has(track));
      row.classList.toggle("locked", this.state.locked.has(track));
    });
  }

  #showMutes() {
    this.rows.forEach(({ row, mute }, track) => {
      press(mute, this.state.isMuted(track));
      row.classList.toggle("muted", this.state.isMuted(track));
    });
  }

  #showDensities() {
    this.rows.forEach(({ slider, own }, track) => {
      const density = this.state.settings[`density/${track}`] ?? BY_THRESHOLD;
      const isOwn = density >= 0;
      if (!slider.matches(":active")) slider.value = String(isOwn ? density : 0.5);
      slider.classList.toggle("idle", !isOwn);
      own.textContent = isOwn ? percent(density) : "auto";
      own.setAttribute("aria-label", isOwn ? `Density ${percent(density)}: back to automatic` : "Density: automatic");
      own.title = isOwn ? "Back to automatic: the threshold decides" : "The threshold decides";
    });
  }
}
