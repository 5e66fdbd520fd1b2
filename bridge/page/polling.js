// Asks the bridge how it is: when it says that something is new, and again and again for what it does not tell.
const STANDING_MS = 1000;
const PLAYING_MS = 500;
const UNSURE_MS = 120; // where the song is, after an answer that took long
const NAMES_EVERY = 2; // words of the status: another client may have saved, renamed or added

export class Polling {
  // now(): milliseconds; guess: BeatGuess.
  constructor(connection, state, guess, now) {
    Object.assign(this, { connection, state, guess, now });
    this.round = 0;
    this.timer = 0;
    state.on("connection", () => state.connection === "connected" || guess.forget());
    state.on("settings", (name) => name === "tempo" && this.soon());
    state.on("news", (name) => {
      if (name === "latents") this.round = 0; // so that their names are asked for too
      this.soon();
    });
    state.on("band", () => {
      this.round = 0;
      connection.request("/mai/watch").catch(() => {}); // a connection that is lost tells so itself
      this.soon();
    });
  }

  // Something has changed: ask now, and then in its time.
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), 0);
  }

  async #ask() {
    if (this.state.connection !== "connected") return;
    try {
      const sent = this.now();
      const [[, , text]] = await this.connection.request("/mai/status");
      const received = this.now();
      const status = JSON.parse(text);
      this.guess.hear({ beat: status.beat, bpm: status.clock.bpm, playing: status.clock.playing === 1 }, sent, received);
      this.state.hearStatus(status);
      if (this.round++ % NAMES_EVERY === 0) await this.names();
    } catch {
      if (this.state.connection !== "connected") return; // it tells so itself, and a new welcome begins again
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), this.#wait());
  }

  #wait() {
    if (!this.state.status?.stream) return STANDING_MS;
    return this.guess.isUnsure ? UNSURE_MS : PLAYING_MS;
  }

  async names() {
    const latents = await this.connection.request("/mai/latent/list");
    this.state.setNames("latents", namesIn(latents, "/mai/latents"));
    const models = await this.connection.request("/mai/model/list");
    this.state.setNames("models", namesIn(models, "/mai/models"));
  }
}

function namesIn(answers, address) {
  return answers.filter(([of]) => of === address).flatMap(([, , ...names]) => names);
}
