// How the band plays, and which model.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { BRIDGE, FACE, SET, Device } = require('./scripted_device.js');

test('a new device shows how the band plays, and changes nothing', () => {
  const device = new Device({ values: { threshold: 50, key: 0, scale: 1, density: 50 } }).connected();
  assert.deepStrictEqual(device.asked('/mai/set'), []);
  assert.deepStrictEqual(device.asked('/mai/get').flat(), [
    'threshold', 'swing', 'humanize', 'min_note', 'key', 'scale', 'density/0',
  ]);
  device.answered('/mai/get', 'density/0', 0.25);
  assert.deepStrictEqual(device.shows('density'), ['set', 25]);
  assert.deepStrictEqual(device.shows('own_density'), ['set', 1]);
});

test('a value that Live tells once more is not taken for a wish', () => {
  const device = new Device({ values: { threshold: 50, lock: 1, track: 1 } }).connected();
  device.forget();
  for (const [name, value] of [['threshold', 50], ['lock', 1], ['track', 1]]) device.use(name, value);
  assert.deepStrictEqual(device.from(BRIDGE), []);
  device.answer('/mai/changed', 'threshold', 0.8);
  device.use('threshold', 50);
  assert.deepStrictEqual(device.asked('/mai/set'), [['threshold', 0.5]]);
});

test('what was chosen in a set is sent to every bridge that is found', () => {
  const first = new Device().connected();
  first.use('threshold', 70);
  first.use('scale', 3);
  assert.deepStrictEqual(first.asked('/mai/set'), [['threshold', 0.7], ['scale', 'dorian']]);
  const kept = first.from(SET).at(-1);
  const second = new Device({ kept, values: { threshold: 70, scale: 3, key: 0, density: 50 } }).connected();
  assert.deepStrictEqual(second.asked('/mai/set'), [['threshold', 0.7], ['scale', 'dorian']]);
});

test('a density of its own is switched on by turning the dial, and off again', () => {
  const device = new Device({ values: { density: 50 } }).connected();
  device.use('density', 20);
  device.use('own_density', 0);
  device.use('own_density', 1);
  assert.deepStrictEqual(device.asked('/mai/set'), [['density/0', 0.2], ['density/0', -1], ['density/0', 0.2]]);
});

test('an automated dial sends its newest value twenty times a second', () => {
  const device = new Device().connected();
  for (let step = 0; step <= 100; step++) {
    device.use('threshold', step);
    device.clock.advance(2);
  }
  device.clock.advance(100);
  const sent = device.asked('/mai/set').map(([, value]) => value);
  assert.ok(sent.length >= 4 && sent.length <= 6, String(sent));
  assert.deepStrictEqual([sent[0], sent.at(-1)], [0, 1]);
});

test('swing and humanize are told as shares, the shortest note in beats, and come back so', () => {
  const device = new Device().connected();
  for (const [name, value] of [['swing', 25], ['humanize', 100], ['min_note', 0.25]]) device.use(name, value);
  assert.deepStrictEqual(device.asked('/mai/set'), [['swing', 0.25], ['humanize', 1], ['min_note', 0.25]]);
  device.forget();
  for (const [name, value] of [['swing', 0.5], ['humanize', 0], ['min_note', 4]]) device.answer('/mai/changed', name, value);
  assert.deepStrictEqual(device.from(FACE), [['swing', 'set', 50], ['humanize', 'set', 0], ['min_note', 'set', 4]]);
});

test('what somebody else changes moves the controls, and is not sent back', () => {
  const device = new Device().connected();
  device.forget();
  device.answer('/mai/changed', 'key', 'D#');
  device.answer('/mai/changed', 'density/1', 0.5);
  device.answer('/mai/changed', 'density/0', -1);
  assert.deepStrictEqual(device.from(FACE), [['key', 'set', 4], ['own_density', 'set', 0]]);
  assert.deepStrictEqual(device.from(BRIDGE), []);
});

test("the set's scale is followed when asked, in Live's own words", () => {
  const device = new Device().connected();
  device.live.change('scale_mode', 1);
  device.clock.advance(1);
  device.use('follow_scale', 1);
  device.live.change('root_note', 9);
  device.live.change('scale_name', 'Harmonic Minor');
  device.clock.advance(1);
  assert.deepStrictEqual(device.asked('/mai/set').slice(-2), [['key', 'A'], ['scale', 'Harmonic Minor']]);
  device.live.change('scale_name', 'Bhairav');
  device.clock.advance(1);
  device.refuse('/mai/set', 'out_of_range', 'scale is Bhairav, expected ...');
  assert.strictEqual(device.says(), "The band does not know Live's scale Bhairav: its own stays");
  device.live.change('scale_mode', 0);
  device.clock.advance(1);
  assert.deepStrictEqual(device.asked('/mai/set').at(-1), ['key', 'off']);
});

test('the menu lists the models; another one is loaded and greeted, and a refused one is put back', () => {
  const device = new Device().connected();
  const [, id] = device.from(BRIDGE, '/mai/model/list')[0];
  device.answer('/mai/models', id, 'tiny', 'large one');
  device.answer('/mai/done', id);
  assert.deepStrictEqual(device.from(FACE, 'model'), [
    ['model', 'clear'], ['model', 'append', 'tiny'], ['model', 'append', 'large one'], ['model', 'setsymbol', 'tiny'],
  ]);
  device.use('model', 'large one');
  device.refuse('/mai/model/load', 'bad_model', 'it has no drums');
  assert.deepStrictEqual(device.shows('model'), ['setsymbol', 'tiny']);
  device.use('model', 'large one');
  device.answered('/mai/model/load', 'large one');
  assert.strictEqual(device.asked('/mai/hello').length, 2);
});
