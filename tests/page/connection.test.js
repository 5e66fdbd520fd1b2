import assert from "node:assert/strict";
import test from "node:test";
import { BridgeError, CONNECTED, Connection, NO_BRIDGE } from "../../bridge/page/connection.js";
import { FakeBridge, FakeClock } from "./fakes.js";

const CLOSING = { "/mai/hello": "/mai/welcome", "/mai/ping": "/mai/pong", "/mai/generate": "/mai/done",
  "/mai/latent/list": "/mai/done", "/mai/latent/get": "/mai/latent/data" };

function connected() {
  const [bridge, clock, states, heard] = [new FakeBridge(), new FakeClock(), [], []];
  let band = null;
  const around = { openSocket: bridge.openSocket, closing: CLOSING, later: clock.later, cancel: clock.cancel };
  const hooks = { became: (state) => states.push(state), heard: (message) => heard.push(message),
    welcomed: (told) => (band = told) };
  const connection = new Connection("page", around, hooks);
  connection.open();
  bridge.settle();
  bridge.welcome("Drums", "Bass");
  return { bridge, clock, states, heard, connection, band: () => band };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a welcome tells the band and its grid", async () => {
  const { states, band } = connected();
  await settled();
  assert.deepEqual(states, ["connecting", CONNECTED]);
  assert.deepEqual(band(), { version: "1.0", model: "A band", bars: 4, beatsPerBar: 4, stepsPerBeat: 12,
    tracks: ["Drums", "Bass"] });
});

test("an answer goes to its own request and leaves nothing waiting", async () => {
  const { bridge, connection } = connected();
  await settled();
  const names = connection.request("/mai/latent/list");
  const pong = connection.request("/mai/ping");
  const [list, ping] = bridge.socket.sent.slice(-2).map(([, number]) => number);
  bridge.say("/mai/latents", list, "a", "b");
  bridge.say("/mai/pong", ping, 1.5, 0, 0);
  bridge.say("/mai/done", list);
  assert.deepEqual(await names, [["/mai/latents", list, "a", "b"], ["/mai/done", list]]);
  assert.equal((await pong)[0][2], 1.5);
  assert.equal(connection.pending.size, 0);
});

test("data in parts is whole with its last part", async () => {
  const { bridge, connection } = connected();
  await settled();
  const got = connection.request("/mai/latent/get", "a");
  const number = bridge.socket.sent.at(-1)[1];
  bridge.say("/mai/latent/data", number, "a", "hash", 0, 2, 1, 2);
  assert.equal(connection.pending.size, 1);
  bridge.say("/mai/latent/data", number, "a", "hash", 1, 2, 3);
  assert.equal((await got).length, 2);
});

test("a refusal carries the bridge's code and sentence", async () => {
  const { bridge, connection } = connected();
  await settled();
  const asked = connection.request("/mai/generate");
  bridge.say("/mai/error", bridge.socket.sent.at(-1)[1], "/mai/generate", "busy", "later, please");
  await assert.rejects(asked, (problem) => problem instanceof BridgeError && problem.code === "busy"
    && problem.message === "later, please" && problem.address === "/mai/generate");
});

test("bars of a request are heard and not collected", async () => {
  const { bridge, connection, heard } = connected();
  await settled();
  const asked = connection.request("/mai/generate");
  const number = bridge.socket.sent.at(-1)[1];
  bridge.say("/mai/bar", number, 0, 0, 0, 1, -1);
  bridge.say("/mai/done", number, "id");
  assert.deepEqual(await asked, [["/mai/done", number, "id"]]);
  assert.ok(heard.some(([address]) => address === "/mai/bar"));
});

test("a lost bridge refuses what waits and is looked for until it is back", async () => {
  const { bridge, clock, states, connection } = connected();
  await settled();
  const asked = connection.request("/mai/generate");
  bridge.isUp = false;
  bridge.socket.onclose();
  await assert.rejects(asked, /maisynth serve/);
  assert.equal(states.at(-1), NO_BRIDGE);
  await assert.rejects(connection.request("/mai/generate"), /No bridge/);
  for (let round = 0; round < 6; round++) {
    clock.pass(2000);
    bridge.settle();
  }
  assert.ok(bridge.sockets.length >= 6);
  bridge.isUp = true;
  clock.pass(2000);
  bridge.settle();
  bridge.welcome("Drums");
  await settled();
  assert.equal(states.at(-1), CONNECTED);
});

test("a bridge that has stopped answering is left", async () => {
  const { bridge, clock, states, connection } = connected();
  await settled();
  const asked = connection.request("/mai/ping");
  clock.pass(7900);
  assert.equal(states.at(-1), CONNECTED);
  clock.pass(200);
  await assert.rejects(asked, /No bridge/);
  assert.ok(bridge.sockets[0].closed);
});

test("an old socket that closes late does not end the new one", async () => {
  const { bridge, clock, states } = connected();
  await settled();
  bridge.socket.onclose();
  clock.pass(300);
  bridge.settle();
  bridge.welcome("Drums");
  await settled();
  bridge.sockets[0].onclose();
  assert.equal(states.at(-1), CONNECTED);
});
