// The script finds the bridge and keeps it.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { BRIDGE, RECEIVER, FACE, PLAYER, Device } = require('./scripted_device.js');

test('a loaded device opens its port, says hello from it, and shows that it looks for the bridge', () => {
  const device = new Device();
  const [[, port]] = device.from(RECEIVER);
  assert.ok(port >= 20000 && port < 40000);
  assert.deepStrictEqual(device.asked('/mai/hello'), [['Max for Live', port, 1]]);
  assert.strictEqual(device.says(), 'Looking for the bridge on this computer');
  assert.deepStrictEqual(device.shows('lamp_word'), ['set', 'Connecting']);
});

test('without an answer it says what to start, and tries another port', () => {
  const device = new Device();
  device.clock.advance(3500);
  assert.strictEqual(device.says(), 'No bridge. Open a terminal and start: maisynth serve');
  assert.deepStrictEqual(device.shows('lamp_word'), ['set', 'No bridge']);
  const ports = device.from(RECEIVER).map(([, port]) => port);
  assert.strictEqual(ports[1], ports[0] + 131);
  assert.strictEqual(device.asked('/mai/hello').at(-1)[1], ports[1]);
});

test('the welcome lights the lamp, names model and track, and the track is subscribed to', () => {
  const device = new Device().connected();
  assert.strictEqual(device.says(), 'Connected to tiny');
  assert.deepStrictEqual(device.shows('lamp_word'), ['set', 'Connected']);
  assert.deepStrictEqual(device.shows('track_name'), ['set', 'Drums']);
  assert.deepStrictEqual(device.asked('/mai/subscribe'), [[0]]);
});

test('pings that are answered keep the connection', () => {
  const device = new Device().connected();
  device.live_on(20);
  assert.deepStrictEqual(device.asked('/mai/hello').length, 1);
  assert.deepStrictEqual(device.shows('lamp_word'), ['set', 'Connected']);
});

test('after one silent second it says hello, so that a bridge started anew is back within three', () => {
  const device = new Device().connected();
  device.live_on(3);
  device.forget();
  device.clock.advance(2000);
  assert.strictEqual(device.asked('/mai/hello').length, 1);
  assert.strictEqual(device.shows('lamp_word'), undefined, 'one lost answer is no alarm');
  device.answer('/mai/welcome', 99, '0.1.0', 1, 'tiny', 4, 4, 12, 'Drums', 'Piano');
  assert.deepStrictEqual(device.asked('/mai/subscribe'), [[0]]);
});

test('a bridge that stays away turns the lamp, and keeps its port when it comes back', () => {
  const device = new Device().connected();
  device.forget();
  device.clock.advance(4000);
  assert.deepStrictEqual(device.shows('lamp_word'), ['set', 'Connecting']);
  device.clock.advance(4000);
  assert.deepStrictEqual(device.shows('lamp_word'), ['set', 'No bridge']);
  assert.deepStrictEqual(device.from(RECEIVER), []);
  device.connected();
  assert.strictEqual(device.says(), 'Connected to tiny');
});

test('a request without a bridge is not sent, and says why', () => {
  const device = new Device();
  device.forget();
  device.use('generate');
  device.use('write_clip');
  assert.deepStrictEqual(device.from(BRIDGE), []);
  assert.deepStrictEqual(device.from(FACE, 'status').map((sent) => sent[2]), [
    'Looking for the bridge on this computer', 'Nothing to write yet: press Generate',
  ]);
});

test("a refusal is shown in the bridge's words", () => {
  const device = new Device().connected();
  device.use('reroll');
  device.refuse('/mai/regenerate', 'not_ready', 'nothing has been generated yet: send /mai/generate first');
  assert.strictEqual(device.says(), 'nothing has been generated yet: send /mai/generate first');
});

test('what the device does not know is passed over', () => {
  const device = new Device().connected();
  device.forget();
  device.answer('/mai/changed', 'tempo', 90);
  device.answer('/mai/done', 999);
  device.answer('toString', 1);
  device.answer('/mai/bar', 3, 0, 1, 0, 1, -1, 36, 100, 0, 1);
  device.use('no_such_control', 1);
  assert.deepStrictEqual(device.out, []);
});

test('a bridge that was started anew is asked for the stream again', () => {
  const device = new Device().connected();
  device.live_on(2);
  device.forget();
  device.clock.advance(1000);
  device.answered('/mai/ping', 0.5, 0, 0);
  assert.deepStrictEqual(device.asked('/mai/stream/start'), [[]]);
});

test('the stream ends when no device plays live any more', () => {
  const device = new Device().connected();
  device.forget();
  device.use('play_mode', 1);
  device.live_on(5);
  assert.deepStrictEqual(device.asked('/mai/stream/stop'), [[]]);
});

test('Panic stops the notes here before it asks the bridge, and the stream waits for the next start', () => {
  const device = new Device().connected();
  device.forget();
  device.use('panic');
  assert.deepStrictEqual(device.out[0], [PLAYER, 'stop']);
  assert.strictEqual(device.asked('/mai/panic').length, 1);
  device.live_on(3);
  assert.deepStrictEqual(device.asked('/mai/stream/start'), []);
  device.live.play();
  device.live_on(1);
  assert.deepStrictEqual(device.asked('/mai/stream/start'), [[]]);
});
