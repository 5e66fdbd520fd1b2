// What the bridge has told of the band. Whoever shows some of it asks to be told when that changes.
import { Phrase } from "./phrase.js";

export class BandState {
  constructor() {
    this.listeners = new Map(); // by topic
    this.connection = "connecting";
    this.band = null; // {version, model, bars, beatsPerBar, stepsPerBeat, tracks}
    this.phrase = new Phrase(4, 0);
    this.status = null; // as /mai/status tells it
    this.settings = {}; // by name, density/<track> and mute/<track> among them
    this.locked = new Set();
    this.latents = []; // names
    this.models = []; // names
  }

  // Topics: connection, band, status, settings, phrase, streamed (a bar with its song position), locks, latents, models;
  // news: what has changed at the bridge, to be asked for.
  on(topic, action) {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), action]);
  }

  tell(topic, what) {
    for (const action of this.listeners.get(topic) ?? []) action(what);
  }

  became(connection) {
    this.connection = connection;
    this.tell("connection");
  }

  welcomed(band) {
    const same = this.band !== null && String(this.band.tracks) === String(band.tracks);
    this.band = band;
    if (!same) this.phrase = new Phrase(band.bars, band.tracks.length);
    this.tell("band");
    if (!same) this.tell("phrase");
  }

  // Any message of the bridge, also the answers to requests of this page.
  heard([address, ...values]) {
    if (address === "/mai/bar") this.#hearBar(values);
    else if (address === "/mai/changed" && values[0] !== "notice") this.#set(values[0], values[1]);
    else if (address === "/mai/changed") this.tell("notice", String(values[1]));
    else if (address === "/mai/state") this.tell("news", values[0]);
  }

  hearStatus(status) {
    this.status = status;
    const ofTracks = (this.band?.tracks ?? []).flatMap((_, track) => [
      [`density/${track}`, status.densities[track] ?? -1],
      [`mute/${track}`, status.muted.includes(track) ? 1 : 0],
    ]);
    for (const [name, value] of [...Object.entries(status.settings), ...ofTracks]) this.#set(name, value);
    if (String([...this.locked]) !== String(status.locked)) this.setLocks(status.locked);
    if (status.piece && this.phrase.bars !== status.piece.bars) {
      this.phrase.setBars(status.piece.bars);
      this.tell("phrase");
    }
    this.tell("status");
  }

  isMuted(track) {
    return this.settings[`mute/${track}`] === 1;
  }

  setLocks(locked) {
    this.locked = new Set(locked);
    this.tell("locks");
  }

  setNames(topic, names) {
    if (String(this[topic]) === String(names)) return;
    this[topic] = names;
    this.tell(topic);
  }

  #hearBar(values) {
    const whole = this.phrase.hear(values);
    if (whole === null) return;
    this.tell("phrase", whole);
    this.tell(whole.start < 0 ? "told" : "streamed", { ...whole, request: values[0] });
  }

  #set(name, value) {
    if (this.settings[name] === value) return;
    this.settings[name] = value;
    this.tell("settings", name);
  }
}
