// The row of great buttons: generate, play and stop, undo and redo, panic, where the song is, and the phrase as a file.
import { find, press } from "./elements.js";
import { barBeat, fileName } from "./format.js";
import { instrumentOf } from "./instruments.js";
import { midiFile } from "./midi_file.js";

const FILE_TYPE = "audio/midi";

export class Transport {
  constructor(state, ask, poll) {
    Object.assign(this, { state, ask, poll });
    find("generate").addEventListener("click", () => this.generate());
    find("play").addEventListener("click", () => this.toggle());
    find("undo").addEventListener("click", () => this.undo());
    find("redo").addEventListener("click", () => this.redo());
    find("panic").addEventListener("click", () => this.ask.panic().then(poll));
    this.link = find("download");
    this.link.addEventListener("click", () => this.#file());
    this.link.addEventListener("dragstart", (event) => this.#drag(event));
    state.on("status", () => this.#show());
    state.on("connection", () => this.#show());
    state.on("phrase", () => this.link.toggleAttribute("aria-disabled", state.phrase.isEmpty));
  }

  get plays() {
    return this.state.connection === "connected" && this.state.status?.stream != null;
  }

  generate() {
    return this.ask.generate(Number(find("bars").value)).then(this.poll);
  }

  async toggle() {
    await (this.plays ? this.ask.stop() : this.ask.play());
    this.poll();
  }

  async play() {
    if (!this.plays) await this.toggle();
  }

  undo() {
    return this.ask.undo().then(this.poll);
  }

  redo() {
    return this.ask.redo().then(this.poll);
  }

  // beat: of the song; null: it is not known.
  showPosition(beat) {
    const beatsPerBar = this.state.band?.beatsPerBar ?? 4;
    const text = beat === null || !this.plays ? "–" : barBeat(beat, beatsPerBar);
    const place = find("position");
    if (place.textContent !== text) place.textContent = text;
  }

  #show() {
    const button = find("play");
    press(button, this.plays);
    find("play-word").textContent = this.plays ? "Stop" : "Play";
    find("play-icon").setAttribute("href", this.plays ? "#icon-stop" : "#icon-play");
    const history = this.state.status?.history;
    find("undo").disabled = !(history?.undo > 0);
    find("redo").disabled = !(history?.redo > 0);
  }

  // Made when it is asked for: a phrase changes more often than it is downloaded.
  #file() {
    const { band, phrase, settings } = this.state;
    if (!band) return null;
    const tracks = band.tracks.map((name, track) => {
      const { program, channel } = instrumentOf(name, track);
      return { name, program, channel, notes: phrase.line(track, band.beatsPerBar) };
    });
    if (this.url) URL.revokeObjectURL(this.url);
    const bytes = midiFile(settings.tempo ?? 120, band.beatsPerBar, tracks);
    this.url = URL.createObjectURL(new Blob([bytes], { type: FILE_TYPE }));
    const name = `${fileName(this.state.status?.piece?.id ?? "phrase")}.mid`;
    Object.assign(this.link, { href: this.url, download: name });
    return { name, url: this.url };
  }

  #drag(event) {
    const file = this.#file();
    if (file) event.dataTransfer.setData("DownloadURL", `${FILE_TYPE}:${file.name}:${file.url}`);
  }
}
