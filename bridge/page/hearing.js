// Where the page's notes go: the built-in sounds and a MIDI output, switched on by the musician.
import { fillMenu, find, press } from "./elements.js";
import { recall, remember } from "./kept.js";
import { MidiOut } from "./midi_out.js";
import { Sounds } from "./sounds.js";

const LISTENS = "listens";
const VOLUME = "volume";

export class Hearing {
  // line: {error, say}.
  constructor(line) {
    this.line = line;
    this.sounds = new Sounds();
    this.midi = new MidiOut(() => requestMidi(), () => performance.now());
    this.listens = recall(LISTENS, null); // null: the musician has not chosen
    this.button = find("listen");
    this.button.addEventListener("click", () => this.toggle());
    this.#bindVolume();
    this.#bindMidi();
    press(this.button, this.listens === true);
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => this.#wake());
  }

  // What notes are played on.
  outputs() {
    return [
      { play: (note) => this.listens && this.sounds.play(note), silence: () => this.sounds.silence() },
      { play: (note) => this.midi.play(note), silence: () => this.midi.silence() },
    ];
  }

  // With no DAW there, the page is what makes the sound; beside one it would double it.
  suggest(isAlone) {
    if (this.listens !== null) return;
    this.listens = isAlone;
    press(this.button, isAlone);
  }

  toggle() {
    this.listens = !this.listens;
    remember(LISTENS, this.listens);
    press(this.button, this.listens);
    if (this.listens) this.#wake();
    else this.sounds.silence();
  }

  #wake() {
    if (this.listens) this.sounds.start().catch((problem) => this.line.error(problem));
  }

  #bindVolume() {
    const slider = find("volume");
    slider.value = String(recall(VOLUME, this.sounds.volume));
    this.sounds.setVolume(Number(slider.value));
    slider.addEventListener("input", () => {
      this.sounds.setVolume(Number(slider.value));
      remember(VOLUME, Number(slider.value));
    });
  }

  // The outputs are asked for when the menu is first reached: the browser asks the musician for leave.
  #bindMidi() {
    const menu = find("midi");
    const show = (outputs) => {
      const chosen = menu.value;
      fillMenu(menu, ["", ...outputs.map(({ id }) => id)], (id) => outputs.find((one) => one.id === id)?.name ?? "Off");
      menu.value = outputs.some(({ id }) => id === chosen) ? chosen : "";
      this.midi.choose(menu.value);
    };
    menu.addEventListener(
      "focus",
      () => this.midi.start(show).then(show, () => this.line.error(new Error("This browser gives no MIDI outputs"))),
      { once: true },
    );
    menu.addEventListener("change", () => this.midi.choose(menu.value));
  }
}

async function requestMidi() {
  if (!navigator.requestMIDIAccess) throw new Error("no Web MIDI");
  return navigator.requestMIDIAccess();
}
