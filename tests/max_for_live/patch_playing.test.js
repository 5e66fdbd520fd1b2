// The shipped device plays.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { AT_ONCE, BEAT, SHIPPED, Clock, FakeLive, MaxProcess, Patch, asked, device, offs, ons, pitches, run, tell, tellBar } = require('./shipped_device.js');

test('a bar is played in the tempo of the Live set, each note with its own velocity and length', () => {
  const patch = device();
  const began = patch.clock.now;
  tellBar(patch, AT_ONCE, 0, 60, 100, 0, 1, 64, 90, 0.5, 0.5, 67, 80, 3.75, 0.25);
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
  for (let bar = 0; bar < 4; bar++) tellBar(patch, AT_ONCE, bar, 60 + bar, 100, 0, 1);
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
  tellBar(patch, AT_ONCE, 0, 36, 100, 0, 1 / 12, 36, 100, 1 / 12, 1 / 12);
  patch.clock.advance(BEAT);
  assert.deepStrictEqual(patch.midi.map(({ velocity }) => velocity), [100, 0, 100, 0]);
});

test('a note that begins while the same pitch sounds ends the earlier one first', () => {
  const patch = device();
  tellBar(patch, AT_ONCE, 0, 60, 100, 0, 2, 60, 90, 1, 2);
  patch.clock.advance(4 * BEAT);
  assert.deepStrictEqual(patch.midi.map(({ velocity }) => velocity), [100, 0, 90, 0]);
});

test('only the chosen track plays, and what another device asked for plays too', () => {
  const patch = device();
  tell(patch, '/mai/bar', 3, 0, 0, 0, 1, AT_ONCE, 36, 100, 0, 1);
  tell(patch, '/mai/bar', -1, 0, 1, 0, 1, AT_ONCE, 60, 100, 0, 1);
  patch.clock.advance(BEAT);
  assert.deepStrictEqual(pitches(ons(patch)), [60]);
  patch.use('Track', 0);
  tell(patch, '/mai/bar', 4, 0, 0, 0, 1, AT_ONCE, 38, 100, 0, 1);
  patch.clock.advance(BEAT);
  assert.deepStrictEqual(pitches(ons(patch)), [60, 38]);
});

test('a new phrase takes the place of the one that plays; a silent bar too', () => {
  const patch = device();
  tellBar(patch, AT_ONCE, 0, 60, 100, 0, 4);
  tellBar(patch, AT_ONCE, 1, 62, 100, 0, 4);
  patch.clock.advance(BEAT);
  tellBar(patch, AT_ONCE, 0);
  assert.deepStrictEqual(patch.midi.map(({ pitch, velocity }) => [pitch, velocity]), [[60, 100], [60, 0]]);
  patch.clock.advance(20 * BEAT);
  assert.strictEqual(patch.midi.length, 2);
});

const placeOf = (patch, began) => ons(patch).map(({ at, pitch }) => [+((at - began) / BEAT).toFixed(3), pitch]);

test("streamed bars are played at their places in the song, by Live's own clock", () => {
  const patch = device();
  tellBar(patch, 0, 0, 60, 100, 0, 1, 61, 100, 1 + 1 / 12, 0.5, 62, 100, 3.97, 0.25);
  const began = patch.clock.now;
  patch.live.play();
  run(patch, 3);
  tellBar(patch, 4, 1, 63, 100, 0, 1);
  run(patch, 3);
  const placed = placeOf(patch, began);
  assert.deepStrictEqual(pitches(ons(patch)), [60, 61, 62, 63]);
  for (const [number, beat] of [0, 13 / 12, 3.97, 4].entries()) {
    assert.ok(Math.abs(placed[number][0] - beat) < 0.003, String(placed[number])); // a pipe counts whole milliseconds
  }
});

test('a change of tempo in the middle of a bar moves the notes that were sent before it', () => {
  const patch = device();
  tellBar(patch, 0, 0, 60, 100, 0, 1, 61, 100, 2, 1);
  const began = patch.clock.now;
  patch.live.play();
  patch.clock.advance(BEAT);
  patch.live.change('tempo', 50);
  patch.clock.advance(3 * BEAT);
  assert.deepStrictEqual(ons(patch).map(({ at }) => Math.round(at - began)), [0, BEAT + 2 * BEAT]);
});

test('a bar that is sent anew before its time replaces the first, and no note sounds twice', () => {
  const patch = device();
  tellBar(patch, 4, 1, 60, 100, 0, 1, 61, 100, 1, 1);
  patch.live.play();
  run(patch, 2);
  tellBar(patch, 4, 1, 70, 100, 0, 1, 61, 100, 1, 1);
  run(patch, 5);
  assert.deepStrictEqual(pitches(ons(patch)), [70, 61]);
});

test('a bar that comes a little late, as after Start, is played from its first note', () => {
  const patch = device();
  patch.live.play();
  patch.clock.advance(12);
  tellBar(patch, 0, 0, 60, 100, 0, 1, 61, 100, 0.1, 1, 62, 100, 0.25, 1);
  run(patch, 1);
  assert.deepStrictEqual(pitches(ons(patch)), [60, 61, 62]);
});

test('starting Live ends the phrase that was played while it stood', () => {
  const patch = device();
  tellBar(patch, AT_ONCE, 0, 60, 100, 0, 4, 62, 100, 2, 1);
  patch.clock.advance(BEAT);
  patch.live.play();
  run(patch, 8);
  assert.deepStrictEqual(pitches(ons(patch)), [60]);
  assert.ok(offs(patch)[0].at < 2.1 * BEAT);
});

test('the same after a start far in the song', () => {
  const patch = device();
  patch.live.locate(400);
  patch.live.play();
  patch.clock.advance(12);
  tellBar(patch, 400, 0, 60, 100, 0, 1, 61, 100, 0.1, 1, 62, 100, 0.25, 1);
  run(patch, 1);
  assert.deepStrictEqual(pitches(ons(patch)), [60, 61, 62]);
});

test('after a locate the song plays what belongs there, and a loop plays its bar again', () => {
  const patch = device();
  tellBar(patch, 0, 0, 60, 100, 0, 1);
  tellBar(patch, 4, 1, 64, 100, 0.25, 1);
  patch.live.play();
  run(patch, 1);
  patch.live.locate(4);
  run(patch, 1);
  patch.live.locate(0);
  run(patch, 0.75);
  assert.deepStrictEqual(pitches(ons(patch)), [60, 64, 60]);
});

test('a loop does not play the music of before a change', () => {
  const patch = device();
  tellBar(patch, 0, 0, 60, 100, 0, 1);
  patch.live.play();
  run(patch, 5);
  patch.receive('/mai/changed', 'threshold', 0.7);
  patch.live.locate(0);
  run(patch, 2);
  assert.deepStrictEqual(pitches(ons(patch)), [60]);
});

test('starting in the middle of a bar plays from there', () => {
  const patch = device();
  tellBar(patch, 8, 2, 60, 100, 0, 1, 62, 100, 2, 1);
  patch.live.locate(9.1);
  patch.live.play();
  run(patch, 2);
  assert.deepStrictEqual(pitches(ons(patch)), [62]);
});

test('the bridge is told where the song is at every sixteenth, and at start, stop, locate and tempo change', () => {
  const patch = device();
  patch.live.locate(6);
  patch.clock.advance(1);
  assert.deepStrictEqual(patch.sent.at(-1), ['/mai/transport', 6, 100, 0, 4, 4]);
  patch.live.change('signature_numerator', 3);
  patch.live.play();
  patch.clock.advance(BEAT);
  const told = patch.sent.filter(([address, beat]) => address === '/mai/transport' && beat > 6);
  assert.deepStrictEqual(told.map(([, beat]) => beat), [6.25, 6.5, 6.75, 7]);
  assert.deepStrictEqual(told[0].slice(2), [100, 1, 3, 4]);
  patch.live.change('tempo', 120);
  patch.live.stop();
  patch.clock.advance(1);
  assert.deepStrictEqual(patch.sent.at(-1), ['/mai/transport', 7, 120, 0, 3, 4]);
  patch.live.change('signature_denominator', 8);
  patch.clock.advance(1);
  assert.deepStrictEqual(patch.sent.at(-1), ['/mai/transport', 7, 120, 0, 3, 8]);
});

test('a device that does not lead says nothing of the song', () => {
  const clock = new Clock();
  const live = new FakeLive({ clock, tracks: 2 });
  const max = new MaxProcess();
  const sent = [[], []];
  const patches = sent.map((log, track) => {
    const onSend = (message) => log.push(message);
    const patch = new Patch(SHIPPED, { clock, live, max, device: live.addDevice(live.tracks[track]), onSend });
    patch.load();
    return patch;
  });
  live.play();
  clock.advance(1000);
  const transports = sent.map((log) => log.filter(([address]) => address === '/mai/transport').length);
  assert.ok(transports[0] >= 8, String(transports));
  assert.strictEqual(transports[1], 0);
  assert.strictEqual(patches.length, 2);
});

for (const [what, silence] of [
  ['panic', (patch) => patch.use('Panic')],
  ['stopping Live', (patch) => patch.live.stop()],
  ['switching the device off', (patch) => patch.enable(0)],
  ['clip mode', (patch) => patch.use('Play Mode', 1)],
]) {
  test(what + ' ends every note and forgets those that wait', () => {
    const patch = device();
    tellBar(patch, 0, 0, 60, 100, 0, 4, 64, 100, 0, 4, 65, 100, 1.1, 1, 67, 100, 2, 1);
    patch.live.play();
    patch.clock.advance(1.05 * BEAT); // the fourth sixteenth waits already
    silence(patch);
    patch.clock.advance(1);
    const silent = patch.clock.now;
    patch.clock.advance(10 * BEAT);
    assert.deepStrictEqual(pitches(ons(patch)), [60, 64]);
    assert.deepStrictEqual(pitches(offs(patch)).sort(), [60, 64]);
    assert.ok(offs(patch).every(({ at }) => at <= silent), what);
  });
}
