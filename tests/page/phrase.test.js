import assert from "node:assert/strict";
import test from "node:test";
import { Phrase } from "../../bridge/page/phrase.js";
import { BandState } from "../../bridge/page/state.js";

const BAND = { version: "1", model: "m", bars: 4, beatsPerBar: 4, stepsPerBeat: 12, tracks: ["Drums", "Bass"] };

test("a bar in parts is told once, with all of its notes in order", () => {
  const phrase = new Phrase(4, 2);
  assert.equal(phrase.hear([7, 1, 0, 0, 2, -1, 60, 100, 0, 1]), null);
  assert.equal(phrase.notes(1, 0), null);
  const whole = phrase.hear([7, 1, 0, 1, 2, -1, 62, 90, 1, 0.5]);
  assert.deepEqual(whole.notes.map(({ pitch }) => pitch), [60, 62]);
  assert.deepEqual({ bar: whole.bar, track: whole.track, start: whole.start }, { bar: 1, track: 0, start: -1 });
  assert.equal(phrase.open.size, 0);
});

test("a silent bar is whole and is not an unknown one", () => {
  const phrase = new Phrase(4, 2);
  assert.ok(phrase.isEmpty);
  phrase.hear([7, 0, 1, 0, 1, -1]);
  assert.deepEqual(phrase.notes(0, 1), []);
  assert.equal(phrase.notes(0, 0), null);
  assert.ok(!phrase.isEmpty);
});

test("a part whose first was lost, and a track that is not there, change nothing", () => {
  const phrase = new Phrase(4, 2);
  assert.equal(phrase.hear([7, 0, 0, 1, 2, -1, 60, 100, 0, 1]), null);
  assert.equal(phrase.hear([7, 0, 5, 0, 1, -1, 60, 100, 0, 1]), null);
  assert.ok(phrase.isEmpty);
});

test("parts that never end do not pile up", () => {
  const phrase = new Phrase(4, 2);
  for (let start = 0; start < 5000; start++) phrase.hear([7, 0, 0, 0, 2, start, 60, 100, 0, 1]);
  assert.ok(phrase.open.size <= 256);
});

test("a longer piece makes room and a shorter one ends where it ends", () => {
  const phrase = new Phrase(4, 1);
  phrase.hear([1, 7, 0, 0, 1, -1, 60, 100, 0, 1]);
  assert.equal(phrase.bars, 8);
  phrase.setBars(4);
  phrase.setBars(8);
  assert.equal(phrase.notes(7, 0), null);
});

test("a line counts its notes from the phrase's start", () => {
  const phrase = new Phrase(2, 1);
  phrase.hear([1, 1, 0, 0, 1, -1, 60, 100, 0.5, 1]);
  assert.deepEqual(phrase.line(0, 4), [{ pitch: 60, velocity: 100, start: 4.5, duration: 1 }]);
});

test("the state hears bars of others as well as its own, and tells streamed ones apart", () => {
  const state = new BandState();
  const told = [];
  state.on("told", (bar) => told.push(["told", bar.request]));
  state.on("streamed", (bar) => told.push(["streamed", bar.start]));
  state.welcomed(BAND);
  state.heard(["/mai/bar", -1, 0, 0, 0, 1, -1, 60, 100, 0, 1]);
  state.heard(["/mai/bar", 9, 0, 1, 0, 1, 16, 60, 100, 0, 1]);
  assert.deepEqual(told, [["told", -1], ["streamed", 16]]);
  assert.equal(state.phrase.notes(0, 1).length, 1);
});

test("the state takes settings, densities, mutes and locks from the status and tells each change once", () => {
  const state = new BandState();
  const told = [];
  state.welcomed(BAND);
  state.on("settings", (name) => told.push(name));
  state.on("locks", () => told.push("locks"));
  const status = { settings: { swing: 0.5 }, densities: [0.25], muted: [1], locked: [1], piece: { id: "a", bars: 8 } };
  state.hearStatus(status);
  state.hearStatus(status);
  state.heard(["/mai/changed", "swing", 0.5]);
  state.heard(["/mai/changed", "density/1", 0.75]);
  assert.deepEqual(told, ["swing", "density/0", "mute/0", "density/1", "mute/1", "locks", "density/1"]);
  assert.deepEqual([state.isMuted(0), state.isMuted(1)], [false, true]);
  assert.equal(state.phrase.bars, 8);
});

test("the same band back again keeps its phrase, another one does not", () => {
  const state = new BandState();
  state.welcomed(BAND);
  state.heard(["/mai/bar", -1, 0, 0, 0, 1, -1, 60, 100, 0, 1]);
  state.welcomed({ ...BAND });
  assert.ok(!state.phrase.isEmpty);
  state.welcomed({ ...BAND, tracks: ["Drums"] });
  assert.ok(state.phrase.isEmpty);
});
