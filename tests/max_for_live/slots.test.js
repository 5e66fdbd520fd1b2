// The eight slots, what the Live set keeps, and the morph between them.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { FACE, SET, HASH, Device } = require('./scripted_device.js');

test('Save and a slot keep what plays, in the bridge and in the set', () => {
  const device = new Device().connected();
  const name = device.saved(2, '', [0.5, -0.25]);
  assert.match(name, /^Slot 3 ~/);
  assert.deepStrictEqual(device.shows('slot_3'), ['text', 'Slot 3']);
  assert.deepStrictEqual(device.shows('save'), ['set', 0]);
  const words = device.from(SET).at(-1);
  assert.strictEqual(words[0], 'mai1');
  assert.ok(words.includes('v0.5_-0.25') && words.includes('h' + HASH), String(words));
});

test('a slot that is saved again gives up what it kept before', () => {
  const device = new Device().connected();
  const first = device.saved(2, 'Verse', [1]);
  const second = device.saved(2, '', [2]);
  assert.match(second, /^Verse ~/);
  assert.notStrictEqual(second, first);
  assert.deepStrictEqual(device.asked('/mai/latent/delete'), [[first]]);
});

test('an empty slot says how to fill it', () => {
  const device = new Device().connected();
  device.use('slot_4');
  assert.strictEqual(device.says(), 'Slot 4 is empty. Press Save, then the slot, to keep what plays');
});

test('a renamed slot keeps its latent', () => {
  const device = new Device().connected();
  device.saved(0, 'My Verse', [1]);
  assert.deepStrictEqual(device.shows('slot_1'), ['text', 'My Verse']);
  device.use('slot_1');
  const [name] = device.asked('/mai/latent/recall').at(-1);
  assert.match(name, /^My Verse ~/);
});

test('a set that is opened again brings its slots to a bridge that does not know them', () => {
  const first = new Device().connected();
  const name = first.saved(1, 'Chorus', Array.from({ length: 200 }, (_, n) => Math.fround(n / 7)));
  const second = new Device({ kept: first.from(SET).at(-1) }).connected();
  assert.deepStrictEqual(second.shows('slot_2'), ['text', 'Chorus']);
  second.use('slot_2');
  assert.deepStrictEqual(second.asked('/mai/latent/recall'), [[name]]);
  second.refuse('/mai/latent/recall', 'unknown_name', 'there is no latent');
  const parts = second.asked('/mai/latent/put');
  assert.deepStrictEqual(parts.map((values) => values.slice(0, 4)), [[name, HASH, 0, 2], [name, HASH, 1, 2]]);
  assert.deepStrictEqual(parts.flatMap((values) => values.slice(4)).map(Math.fround)[199], Math.fround(199 / 7));
  assert.deepStrictEqual(second.asked('/mai/latent/recall'), [[name], [name]]);
});

test('a latent that the bridge refuses for another reason is not sent again', () => {
  const device = new Device().connected();
  device.saved(0, '', [1]);
  device.use('slot_1');
  device.refuse('/mai/latent/recall', 'bad_model', 'it was saved with another model');
  assert.deepStrictEqual(device.asked('/mai/latent/put'), []);
  assert.strictEqual(device.says(), 'it was saved with another model');
});

test('a moving point sends its newest place ten times a second', () => {
  const device = new Device().connected();
  const names = [0, 1].map((place) => device.saved(place, '', [place]));
  device.use('morph_y', 100);
  device.clock.advance(150);
  device.forget();
  for (let step = 0; step <= 40; step++) {
    device.use('morph_x', (100 * step) / 40);
    device.clock.advance(5);
  }
  device.clock.advance(200);
  const morphs = device.asked('/mai/morph');
  assert.ok(morphs.length >= 2 && morphs.length <= 3, JSON.stringify(morphs));
  assert.deepStrictEqual(morphs.at(-1), [names[0], 0, names[1], 1]);
});

test('the dial goes along the corners that hold something', () => {
  const device = new Device().connected();
  const names = [0, 3].map((place) => device.saved(place, '', [place]));
  device.forget();
  device.use('morph', 25);
  device.clock.advance(150);
  assert.deepStrictEqual(device.asked('/mai/morph'), [[names[0], 0.75, names[1], 0.25]]);
});

test('without a slot there is nothing to morph, and it says so', () => {
  const device = new Device().connected();
  device.use('morph', 50);
  device.clock.advance(150);
  assert.deepStrictEqual(device.asked('/mai/morph'), []);
  assert.match(device.says(), /^Nothing to morph/);
});

test('the pad shows the names at its corners, and follows the parameters', () => {
  const device = new Device().connected();
  device.saved(5, 'Drop', [1]);
  device.use('corner_b', 5);
  assert.deepStrictEqual(device.from(FACE, 'pad').slice(-2), [['pad', 'corners', '1', 'Drop', '3', '4'], ['pad', 'filled', 1]]);
  device.use('morph_y', 40);
  assert.deepStrictEqual(device.from(FACE, 'pad').at(-1), ['pad', 'place', 0.5, 0.4]);
});
