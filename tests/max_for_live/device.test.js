// The device's script alone, under a fake Max and a fake Live, in virtual time.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { Clock, FakeLive, JsObject } = require('./fake_max.js');

const SOURCE = fs.readFileSync(path.join(__dirname, '../../max_for_live/device.js'), 'utf8');
const BRIDGE = 0, RECEIVER = 1, FACE = 2, PLAYER = 3;
const NO_BRIDGE = 'no bridge: start maisynth serve';

class Device {
  constructor() {
    this.clock = new Clock();
    this.live = new FakeLive(7);
    this.out = [];
    this.script = new JsObject(SOURCE, this.clock, this.live, (outlet, values) => this.out.push([outlet, ...values]));
  }
  loaded() {
    this.script.message('bang');
    return this;
  }
  connected() {
    this.loaded();
    this.answer('/mai/welcome', 1, '0.1.0', 1, 'tiny', 4, 4, 12, 'Drums', 'Piano');
    return this;
  }
  answer(address, ...values) {
    this.script.message(address, ...values);
  }
  // What left an outlet since the last call of forget, without the outlet's number.
  from(outlet, selector) {
    return this.out.filter((sent) => sent[0] === outlet && (!selector || sent[1] === selector)).map((sent) => sent.slice(1));
  }
  forget() {
    this.out = [];
  }
  status() {
    return this.from(FACE, 'status').at(-1)[1];
  }
}

test('a loaded device opens its port and says hello from it', () => {
  const device = new Device().loaded();
  assert.deepStrictEqual(device.from(RECEIVER), [['port', 20007]]);
  assert.deepStrictEqual(device.from(BRIDGE), [['/mai/hello', 1, 'Max for Live', 20007]]);
  assert.strictEqual(device.status(), 'looking for the bridge');
});

test('it says hello each second until it is welcomed, and then no more', () => {
  const device = new Device().loaded();
  device.clock.advance(2500);
  assert.strictEqual(device.from(BRIDGE, '/mai/hello').length, 3);
  device.answer('/mai/welcome', 3, '0.1.0', 1, 'tiny', 4, 4, 12, 'Drums');
  device.forget();
  device.clock.advance(5000);
  assert.deepStrictEqual(device.from(BRIDGE, '/mai/hello'), []);
});

test('without an answer it says what to start, and tries the next port', () => {
  const device = new Device().loaded();
  device.clock.advance(3000);
  assert.strictEqual(device.status(), NO_BRIDGE);
  assert.deepStrictEqual(device.from(RECEIVER), [['port', 20007], ['port', 20008]]);
  assert.strictEqual(device.from(BRIDGE, '/mai/hello').at(-1).at(-1), 20008);
});

test('the welcome names the model, the track and the length of a bar', () => {
  const device = new Device().connected();
  assert.strictEqual(device.status(), 'connected to tiny');
  assert.deepStrictEqual(device.from(FACE, 'track'), [['track', 'Drums']]);
  assert.deepStrictEqual(device.from(PLAYER, 'bar_beats'), [['bar_beats', 4]]);
  assert.deepStrictEqual(device.from(BRIDGE, '/mai/subscribe'), [['/mai/subscribe', 2, 0]]);
});

test('it pings every two seconds, and pongs keep the connection', () => {
  const device = new Device().connected();
  for (let second = 0; second < 20; second++) {
    device.clock.advance(1000);
    device.answer('/mai/pong', 0, 1.5, 0, 0);
  }
  assert.strictEqual(device.from(BRIDGE, '/mai/ping').length, 10);
  assert.strictEqual(device.status(), 'connected to tiny');
});

test('after three missed pongs it says so and looks for the bridge again', () => {
  const device = new Device().connected();
  device.forget();
  device.clock.advance(6500);
  assert.strictEqual(device.from(BRIDGE, '/mai/ping').length, 3);
  assert.deepStrictEqual(device.from(FACE), []);
  device.clock.advance(1000);
  assert.strictEqual(device.status(), NO_BRIDGE);
  assert.strictEqual(device.from(BRIDGE, '/mai/hello').length, 1);
  device.answer('/mai/welcome', 9, '0.1.0', 1, 'tiny', 4, 4, 12, 'Drums');
  assert.strictEqual(device.status(), 'connected to tiny');
});

test('each request has a new number, and its end is shown', () => {
  const device = new Device().connected();
  device.forget();
  device.script.message('generate');
  device.script.message('keep', 'A');
  device.script.message('recall', 'B');
  assert.deepStrictEqual(device.from(BRIDGE), [
    ['/mai/generate', 3],
    ['/mai/latent/save', 4, 'A'],
    ['/mai/latent/recall', 5, 'B'],
  ]);
  device.answer('/mai/done', 4, 'A');
  assert.strictEqual(device.status(), 'saved A');
  device.answer('/mai/error', 5, '/mai/latent/recall', 'unknown_name', "there is no latent 'B'");
  assert.strictEqual(device.status(), "unknown_name: there is no latent 'B'");
});

test('a request without a bridge is not sent, and says why', () => {
  const device = new Device().loaded();
  device.forget();
  device.script.message('generate');
  device.script.message('morph', 0.3);
  assert.deepStrictEqual(device.from(BRIDGE), []);
  assert.strictEqual(device.status(), NO_BRIDGE);
});

test('a moving morph dial sends its newest place ten times a second', () => {
  const device = new Device().connected();
  device.forget();
  for (let step = 0; step <= 40; step++) {
    device.script.message('morph', step / 40);
    device.clock.advance(5);
  }
  device.clock.advance(200);
  const morphs = device.from(BRIDGE, '/mai/morph');
  assert.ok(morphs.length >= 2 && morphs.length <= 3, JSON.stringify(morphs));
  assert.deepStrictEqual(morphs.at(-1).slice(2), ['A', 0, 'B', 1]);
});

test('panic stops the notes here before it asks the bridge', () => {
  const device = new Device().connected();
  device.forget();
  device.script.message('panic');
  assert.deepStrictEqual(device.out, [[PLAYER, 'stop'], [BRIDGE, '/mai/panic', 3]]);
});

test('another track is subscribed to and named; one that the band lacks is not asked for', () => {
  const device = new Device().connected();
  device.forget();
  device.script.message('choose_track', 1);
  assert.deepStrictEqual(device.out, [[PLAYER, 'track', 1], [FACE, 'track', 'Piano'], [BRIDGE, '/mai/subscribe', 3, 1]]);
  device.forget();
  device.script.message('choose_track', 5);
  assert.deepStrictEqual(device.out, [[PLAYER, 'track', 5], [FACE, 'track', 'no such track']]);
});

test("the length of a beat follows Live's tempo, and stopping Live stops the notes", () => {
  const device = new Device().loaded();
  assert.deepStrictEqual(device.from(PLAYER), [['beat_ms', 500]]);
  device.live.change('tempo', 100);
  device.live.change('is_playing', 1);
  device.live.change('is_playing', 0);
  assert.deepStrictEqual(device.from(PLAYER), [['beat_ms', 500], ['beat_ms', 600], ['stop']]);
});

test('what the device does not know is passed over', () => {
  const device = new Device().connected();
  device.forget();
  device.answer('/mai/changed', 'threshold', 0.5);
  device.answer('/mai/done', 99);
  device.answer('toString', 1);
  assert.deepStrictEqual(device.out, []);
});
