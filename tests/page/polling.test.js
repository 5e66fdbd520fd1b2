import assert from "node:assert/strict";
import test from "node:test";
import { BeatGuess } from "../../bridge/page/beat_guess.js";
import { Polling } from "../../bridge/page/polling.js";
import { BandState } from "../../bridge/page/state.js";
import { FakeClock } from "./fakes.js";

const STATUS = JSON.stringify({
  beat: 0, clock: { bpm: 120, playing: 0 }, settings: {}, densities: [], locked: [1], stream: null,
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

// A page whose bridge answers at once, and what it asked for; timers go by the test's clock.
async function polled(context) {
  const [clock, asked, state] = [new FakeClock(), [], new BandState()];
  const [later, cancel] = [globalThis.setTimeout, globalThis.clearTimeout];
  context.after(() => Object.assign(globalThis, { setTimeout: later, clearTimeout: cancel }));
  Object.assign(globalThis, { setTimeout: (action, wait) => clock.later(wait, action), clearTimeout: clock.cancel });
  const answers = { "/mai/status": () => [["/mai/status", 1, STATUS]] };
  const connection = {
    request: async (address) => {
      asked.push(address);
      return answers[address]?.() ?? [];
    },
  };
  new Polling(connection, state, new BeatGuess(), () => clock.time);
  state.connection = "connected";
  const pass = async (milliseconds) => {
    clock.pass(milliseconds);
    await settled();
    return asked.splice(0);
  };
  state.tell("band");
  await pass(0);
  await pass(1000); // the second status, after which no names are asked for
  return { state, pass };
}

test("what the bridge says is new is asked for at once, and once a second what it does not say", async (context) => {
  const { state, pass } = await polled(context);
  assert.deepEqual(await pass(900), []);
  state.heard(["/mai/state", "locks", "1"]);
  assert.equal((await pass(0))[0], "/mai/status");
  assert.deepEqual([...state.locked], [1]);
  assert.deepEqual(await pass(999), []);
  assert.deepEqual(await pass(1), ["/mai/status"]);
});

test("names are asked for when the library has changed", async (context) => {
  const { state, pass } = await polled(context);
  for (let change = 0; change < 3; change++) {
    state.heard(["/mai/state", "latents", change]);
    assert.deepEqual(await pass(0), ["/mai/status", "/mai/latent/list", "/mai/model/list"]);
  }
});

test("a page without a bridge asks for nothing", async (context) => {
  const { state, pass } = await polled(context);
  state.connection = "no bridge";
  state.heard(["/mai/state", "locks", "1"]);
  assert.deepEqual(await pass(5000), []);
});
