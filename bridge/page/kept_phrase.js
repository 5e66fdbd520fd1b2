// The phrase, kept for a page that is opened later: the bridge tells which piece plays, and its notes only when it is
// played again.
import { recall, remember } from "./kept.js";

const KEY = "phrase";
const AFTER_MS = 400; // of quiet: while a hand morphs, nothing is written

export function keepPhrase(state) {
  let timer = 0;
  state.on("phrase", () => {
    clearTimeout(timer);
    timer = setTimeout(() => write(state), AFTER_MS);
  });
  state.on("status", () => {
    if (state.phrase.isEmpty && state.status.piece && !state.status.stream) read(state);
  });
}

function write({ phrase, status }) {
  if (!status?.piece || phrase.isEmpty || status.stream) return;
  remember(KEY, { id: status.piece.id, tracks: phrase.tracks, cells: phrase.cells });
}

function read(state) {
  const kept = recall(KEY, null);
  if (kept?.id !== state.status.piece.id || kept.tracks !== state.phrase.tracks) return;
  state.phrase.cells = kept.cells;
  state.tell("phrase");
}
