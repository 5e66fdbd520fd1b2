// What the script plays, and what it writes into clips.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { PLAYER, SOURCE, Clock, Device, FakeLive, JsObject, MaxProcess } = require('./scripted_device.js');

test('while Live stands, a phrase plays at once, bar after bar', () => {
  const device = new Device().connected();
  device.forget();
  device.bar(-1, 0, 36, 100, 0, 1);
  device.clock.advance(20);
  device.bar(-1, 1, 38, 90, 0.5, 1);
  assert.deepStrictEqual(device.from(PLAYER), [
    ['stop'], ['notes', 36, 100, 0, 1], ['notes', 38, 90, 4.46, 1], // 20 ms are 0.04 beats
  ]);
});

test('while Live plays, the answer to Generate is left to the stream', () => {
  const device = new Device().connected();
  device.live.play();
  device.clock.advance(1);
  device.forget();
  device.bar(-1, 0, 36, 100, 0, 1);
  assert.deepStrictEqual(device.from(PLAYER), []);
});

test('bars of the stream are stored under their sixteenths', () => {
  const device = new Device().connected();
  device.forget();
  device.bar(8, 2, 36, 100, 0, 1, 38, 100, 1.5, 1);
  assert.deepStrictEqual(device.from(PLAYER), [['slices', 32, 36, 100, 0, 1], ['slices', 38, 38, 100, 0, 1]]);
});

test('a device that is switched off plays nothing', () => {
  const device = new Device().connected();
  device.script.message('enabled', 0);
  device.forget();
  device.bar(8, 2, 36, 100, 0, 1);
  device.bar(-1, 2, 36, 100, 0, 1);
  assert.deepStrictEqual(device.from(PLAYER), []);
});

test('another track is subscribed to, its lock moves with it, and one that the band lacks is said', () => {
  const device = new Device().connected();
  device.use('lock', 1);
  device.forget();
  device.use('track', 1);
  assert.deepStrictEqual(device.asked('/mai/lock'), [[0, 0], [1, 1]]);
  assert.deepStrictEqual(device.asked('/mai/subscribe'), [[1]]);
  device.use('track', 5);
  assert.strictEqual(device.says(), 'This band has 2 tracks: choose another one of them in Track');
  assert.deepStrictEqual(device.shows('track_name'), ['set', '-']);
});

function withPhrase(device) {
  device.bar(-1, 0, 36, 100, 0, 1, 38, 90, 3.5, 0.5);
  device.bar(-1, 1);
  device.clock.advance(200);
  return device;
}
const clip = (device, slot, track = 0) => device.live.tracks[track].clip_slots[slot].clip;

test('Write puts the phrase into the next free slot, with name and colour', () => {
  const device = withPhrase(new Device().connected());
  device.use('clip_target', 1);
  device.use('write_clip');
  device.use('write_clip');
  const [first, second] = [clip(device, 0), clip(device, 1)];
  assert.strictEqual(first.length, 8);
  assert.strictEqual(first.name, 'Drums');
  assert.strictEqual(first.color, 0xe5a03a);
  assert.deepStrictEqual(first.notes.map(({ pitch, start_time }) => [pitch, start_time]), [[36, 0], [38, 3.5]]);
  assert.deepStrictEqual(second.notes.length, 2);
  assert.strictEqual(device.says(), 'Drums is in slot 2');
});

test('a clip in the selected slot is replaced only by a second press in time', () => {
  const device = withPhrase(new Device().connected());
  device.live.view.selected_scene = device.live.scenes[2];
  device.use('clip_target', 0);
  device.use('write_clip');
  const before = clip(device, 2);
  device.use('write_clip');
  assert.deepStrictEqual(device.shows('write_clip'), ['text', 'Replace?']);
  assert.match(device.says(), /There is a clip in slot 3/);
  device.clock.advance(6100);
  assert.deepStrictEqual(device.shows('write_clip'), ['text', 'Write Clip']);
  device.use('write_clip');
  assert.strictEqual(clip(device, 2), before, 'the first yes came too late');
  device.use('write_clip');
  assert.notStrictEqual(clip(device, 2), before);
  assert.deepStrictEqual(device.shows('write_clip'), ['text', 'Write Clip']);
});

test('a yes for one slot is none for another', () => {
  const device = withPhrase(new Device().connected());
  const { live } = device;
  device.use('clip_target', 0);
  for (const scene of [0, 1]) {
    live.view.selected_scene = live.scenes[scene];
    device.use('write_clip');
  }
  const before = [clip(device, 0), clip(device, 1)];
  device.use('write_clip');
  live.view.selected_scene = live.scenes[0];
  device.use('write_clip');
  assert.deepStrictEqual([clip(device, 0), clip(device, 1)], before);
});

test('in clip mode every phrase is written by itself, but never over a clip', () => {
  const device = new Device({ values: { play_mode: 1, clip_target: 0 } }).connected();
  withPhrase(device);
  const first = clip(device, 0);
  assert.strictEqual(first.notes.length, 2);
  assert.deepStrictEqual(device.from(PLAYER, 'notes'), []);
  withPhrase(device);
  withPhrase(device);
  assert.strictEqual(clip(device, 0), first);
});

test('a full track says so', () => {
  const device = withPhrase(new Device().connected());
  device.use('clip_target', 1);
  for (let press = 0; press < 5; press++) device.use('write_clip');
  assert.match(device.says(), /^No free slot is left on this track/);
});

test('a device inside racks finds its track', () => {
  const clock = new Clock();
  const live = new FakeLive({ clock });
  const device = new Device({ live, clock });
  const inRack = live.addDevice(live.tracks[0], 2);
  const script = new JsObject(SOURCE, {
    clock, max: new MaxProcess(), LiveAPI: live.api(inRack, () => true), onOutlet: () => {},
  });
  assert.strictEqual(Number(script.context.own_track().id), device.live.tracks[0].id);
});
