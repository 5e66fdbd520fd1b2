// The page: one more client of the bridge. Puts the parts together and draws a frame when the screen wants one.
import { Asking } from "./asking.js";
import { BeatGuess } from "./beat_guess.js";
import { CONNECTED, Connection, sentenceOf } from "./connection.js";
import { Controls } from "./controls.js";
import { find } from "./elements.js";
import { errorLine } from "./errors.js";
import { figures } from "./figures.js";
import { Hearing } from "./hearing.js";
import { keyboard } from "./keyboard.js";
import { keepPhrase } from "./kept_phrase.js";
import { LatentValues } from "./latent_values.js";
import { Latents } from "./latents.js";
import { Listening } from "./listening.js";
import { Models } from "./models.js";
import { MorphSender } from "./morph_sender.js";
import { Pad } from "./pad.js";
import { Playhead } from "./playhead.js";
import { Polling } from "./polling.js";
import { MAI } from "./protocol.js";
import { Rolls, movePlayhead } from "./rolls.js";
import { BandState } from "./state.js";
import { styleControls } from "./style_controls.js";
import { Tracks } from "./tracks.js";
import { Transport } from "./transport.js";

const CLIENT_NAME = "page";
const TICK_MS = 25;

let playhead = new Playhead(4);
let model = null; // the hash of the one that plays
let isAwake = false; // a frame is asked for

const now = () => performance.now();
const state = new BandState();
const line = errorLine(state);
const guess = new BeatGuess();
const hearing = new Hearing(line);
const listening = new Listening({
  guess, now, outputs: hearing.outputs(), isMuted: (track) => state.isMuted(track), hidden: () => document.hidden,
});

const connection = new Connection(
  CLIENT_NAME,
  {
    openSocket: () => new WebSocket(`ws://${location.host}/v1/ws`),
    closing: MAI.CLOSING,
    later: (milliseconds, action) => setTimeout(action, milliseconds),
    cancel: (timer) => clearTimeout(timer),
  },
  {
    became: (connected) => state.became(connected),
    welcomed: (band) => state.welcomed(band),
    heard: (message) => state.heard(message),
  },
);

const polling = new Polling(connection, state, guess, now);
const poll = () => polling.soon();
const ask = new Asking(connection, state, line, () => {
  if (!transport.plays) listening.expectAudition(state.settings.tempo ?? guess.bpm);
});
const transport = new Transport(state, ask, poll);
const rolls = new Rolls(state, wake);
const tracks = new Tracks(state, ask, rolls);
const controls = new Controls(state, ask);
styleControls(controls, state);
figures(state);
keepPhrase(state);
new Models(state, ask, () => transport.play(), poll);

const sender = new MorphSender((weights) => ask.morph(weights), (action) => requestAnimationFrame(action));
const pad = new Pad(
  (weights) => {
    listening.endAudition();
    sender.morph(weights);
  },
  (name) => ask.recall(name),
  wake,
);
const values = new LatentValues(connection);
new Latents(state, ask, (name, newName) => {
  values.forget(name);
  if (newName !== null && newName !== name) pad.renamed(name, newName);
  if (newName === name) showPad();
  polling.names().catch(() => {});
});


async function showPad() {
  const latents = await values.of(state.latents);
  const hash = state.status?.model.hash ?? "";
  pad.show(latents.filter((latent) => latent.hash.startsWith(hash)));
}

state.on("connection", () => {
  document.body.dataset.connection = state.connection;
  find("connection").textContent = sentenceOf(state.connection);
  if (state.connection === CONNECTED) return;
  listening.stop();
  playhead.clear();
});
state.on("band", () => {
  playhead = new Playhead(state.band.beatsPerBar);
  listening.names = state.band.tracks;
  values.forgetAll();
});
state.on("latents", showPad);
state.on("status", () => {
  if (model !== null && model !== state.status.model.hash) showPad();
  model = state.status.model.hash;
  hearing.suggest(state.status.clients.every(({ name }) => name === CLIENT_NAME));
  if (!state.status.stream) {
    if (playhead.starts.size) listening.stop();
    playhead.clear();
  }
});
state.on("phrase", () => (find("phrase-empty").hidden = !state.phrase.isEmpty));
state.on("streamed", (bar) => {
  listening.endAudition();
  listening.hearStreamed(bar);
  playhead.hear(bar.start, bar.bar);
  const far = (state.settings.lookahead ?? 1) + 2 * state.band.beatsPerBar;
  if (!guess.playing || Math.abs(bar.start - guess.beatAt(now())) > far) poll(); // the song was started, or moved
});
state.on("told", (bar) => bar.request > 0 && listening.hearTold(bar, state.band.beatsPerBar));

keyboard({
  generate: () => transport.generate(),
  toggle: () => transport.toggle(),
  undo: () => transport.undo(),
  redo: () => transport.redo(),
  reroll: (track) => track < tracks.rows.length && ask.reroll(track, -1),
  lock: (track) => tracks.toggleLock(track),
  save: () => find("save-name").focus(),
  morph: () => find("pad-cursor").focus(),
  listen: () => hearing.toggle(),
});

// While nothing moves, nothing is drawn: the DAW beside the page needs the computer.
function wake() {
  if (!isAwake) requestAnimationFrame(frame);
  isAwake = true;
}

function frame() {
  const beat = guess.known ? guess.beatAt(now()) : null;
  const streamed = beat === null || !transport.plays ? null : playhead.phraseBeat(beat);
  const shown = streamed ?? listening.auditionBeat();
  const beats = state.phrase.bars * (state.band?.beatsPerBar ?? 4);
  movePlayhead(shown === null || shown > beats ? null : shown / beats);
  if (state.band) rolls.light(shown);
  transport.showPosition(beat);
  rolls.frame();
  pad.frame();
  isAwake = false;
  if (transport.plays || listening.auditions) wake();
}

setInterval(() => listening.tick(), TICK_MS);
addEventListener("pagehide", () => listening.stop());
for (const topic of ["connection", "status", "streamed", "told"]) state.on(topic, wake);
connection.open();
