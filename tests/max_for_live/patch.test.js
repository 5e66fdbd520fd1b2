// The whole device as it is shipped, object by object, in virtual time.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { Clock, FakeLive } = require('./fake_max.js');
const { Patch } = require('./mini_max.js');

const SHIPPED = fs.readFileSync(path.join(__dirname, '../../max_for_live/MAIsynthesizer.amxd'));
const BEAT = 600; // milliseconds: 100 beats a minute
const AT_ONCE = -1;

function device() {
  const sent = [];
  const live = new FakeLive();
  live.song.tempo = 60000 / BEAT;
  const patch = new Patch(SHIPPED, new Clock(), live, (message) => sent.push(message));
  patch.sent = sent;
  patch.load();
  patch.use('Track', 1);
  tell(patch, '/mai/welcome', 1, '0.1.0', 1, 'tiny', 4, 4, 12, 'Drums', 'Piano');
  sent.length = 0;
  return patch;
}

function tell(patch, ...message) {
  patch.receive(...message);
  patch.clock.advance(0);
}

// A bar's first or only message, for track 1, to be played at once.
function tellBar(patch, bar, ...notes) {
  tell(patch, '/mai/bar', 3, bar, 1, 0, 1, AT_ONCE, ...notes);
}

const ons = (patch) => patch.midi.filter((event) => event.velocity > 0);
const offs = (patch) => patch.midi.filter((event) => event.velocity === 0);
const texts = (patch) => [...patch.texts.values()];

test('a bar is played in the tempo of the Live set, each note with its own velocity and length', () => {
  const patch = device();
  const began = patch.clock.now;
  tellBar(patch, 0, 60, 100, 0, 1, 64, 90, 0.5, 0.5, 67, 80, 3.75, 0.25);
  patch.clock.advance(4 * BEAT);
  assert.deepStrictEqual(
    ons(patch).map(({ at, pitch, velocity }) => [at - began, pitch, velocity]),
    [[0, 60, 100], [0.5 * BEAT, 64, 90], [3.75 * BEAT, 67, 80]],
  );
  assert.deepStrictEqual(
    offs(patch).map(({ at, pitch }) => [at - began, pitch]),
    // 95 % of the written length, in whole milliseconds
    [[570, 60], [300 + 285, 64], [2250 + 142, 67]].sort((one, other) => one[0] - other[0]),
  );
});

test('bar n begins n bars after the first', () => {
  const patch = device();
  const began = patch.clock.now;
  for (let bar = 0; bar < 4; bar++) tellBar(patch, bar, 60 + bar, 100, 0, 1);
  patch.clock.advance(16 * BEAT);
  assert.deepStrictEqual(ons(patch).map(({ at, pitch }) => [at - began, pitch]), [
    [0, 60], [4 * BEAT, 61], [8 * BEAT, 62], [12 * BEAT, 63],
  ]);
  assert.strictEqual(offs(patch).length, 4);
});

test('48 notes in one message and the parts of one bar all sound', () => {
  const patch = device();
  const notes = Array.from({ length: 48 }, (_, step) => [24 + step, 100, step / 12, 1 / 12]);
  tell(patch, '/mai/bar', 3, 0, 1, 0, 2, AT_ONCE, ...notes.flat());
  tell(patch, '/mai/bar', 3, 0, 1, 1, 2, AT_ONCE, 100, 99, 0, 1);
  patch.clock.advance(5 * BEAT);
  assert.strictEqual(ons(patch).length, 49);
  assert.strictEqual(offs(patch).length, 49);
});

test('a note that follows at once on the same pitch is heard as a second note', () => {
  const patch = device();
  tellBar(patch, 0, 36, 100, 0, 1 / 12, 36, 100, 1 / 12, 1 / 12);
  patch.clock.advance(BEAT);
  assert.deepStrictEqual(patch.midi.map(({ velocity }) => velocity), [100, 0, 100, 0]);
});

test('a note that begins while the same pitch sounds ends the earlier one first', () => {
  const patch = device();
  tellBar(patch, 0, 60, 100, 0, 2, 60, 90, 1, 2);
  patch.clock.advance(4 * BEAT);
  assert.deepStrictEqual(patch.midi.map(({ velocity }) => velocity), [100, 0, 90, 0]);
});

test('only the chosen track plays, and what another device asked for plays too', () => {
  const patch = device();
  tell(patch, '/mai/bar', 3, 0, 0, 0, 1, AT_ONCE, 36, 100, 0, 1);
  tell(patch, '/mai/bar', -1, 0, 1, 0, 1, AT_ONCE, 60, 100, 0, 1);
  patch.clock.advance(BEAT);
  assert.deepStrictEqual(ons(patch).map(({ pitch }) => pitch), [60]);
  patch.use('Track', 0);
  tell(patch, '/mai/bar', 4, 0, 0, 0, 1, AT_ONCE, 38, 100, 0, 1);
  patch.clock.advance(BEAT);
  assert.deepStrictEqual(ons(patch).map(({ pitch }) => pitch), [60, 38]);
});

test('bars of a stream, which have a place in the song, are not played', () => {
  const patch = device();
  tell(patch, '/mai/bar', 3, 0, 1, 0, 1, 0, 60, 100, 0, 1);
  tell(patch, '/mai/bar', 3, 0, 1, 0, 1, 16, 60, 100, 0, 1);
  patch.clock.advance(BEAT);
  assert.deepStrictEqual(patch.midi, []);
});

test('a new phrase takes the place of the one that plays; a silent bar too', () => {
  const patch = device();
  tellBar(patch, 0, 60, 100, 0, 4);
  tellBar(patch, 1, 62, 100, 0, 4);
  patch.clock.advance(BEAT);
  tellBar(patch, 0);
  assert.deepStrictEqual(patch.midi.map(({ pitch, velocity }) => [pitch, velocity]), [[60, 100], [60, 0]]);
  patch.clock.advance(20 * BEAT);
  assert.strictEqual(patch.midi.length, 2);
});

for (const [what, silence] of [
  ['panic', (patch) => patch.use('Panic')],
  ['stopping Live', (patch) => (patch.live.change('is_playing', 1), patch.live.change('is_playing', 0))],
  ['switching the device off', (patch) => patch.enable(0)],
]) {
  test(what + ' ends every note and forgets those that wait', () => {
    const patch = device();
    tellBar(patch, 0, 60, 100, 0, 4, 64, 100, 0, 4, 67, 100, 2, 1);
    patch.clock.advance(BEAT);
    silence(patch);
    patch.clock.advance(10 * BEAT);
    assert.deepStrictEqual(ons(patch).map(({ pitch }) => pitch), [60, 64]);
    assert.deepStrictEqual(offs(patch).map(({ pitch }) => pitch).sort(), [60, 64]);
  });
}

test('each control sends its request', () => {
  const patch = device();
  for (const name of ['Generate', 'Save A', 'Save B', 'Recall A', 'Recall B', 'Panic']) patch.use(name);
  patch.use('Morph', 0.25);
  patch.clock.advance(150);
  assert.deepStrictEqual(
    patch.sent.map(([address, _id, ...values]) => [address, ...values]),
    [
      ['/mai/generate'],
      ['/mai/latent/save', 'A'],
      ['/mai/latent/save', 'B'],
      ['/mai/latent/recall', 'A'],
      ['/mai/latent/recall', 'B'],
      ['/mai/panic'],
      ['/mai/morph', 'A', 0.75, 'B', 0.25],
    ],
  );
});

test('the face shows the connection and the name of the track', () => {
  const patch = device();
  assert.deepStrictEqual(texts(patch).sort(), ['Piano', 'connected to tiny']);
});

test('what is played on the track itself passes through', () => {
  const patch = device();
  [0x90, 60, 100].forEach((byte) => patch.playKey(byte));
  assert.deepStrictEqual(patch.through, [0x90, 60, 100]);
});
