// The face of the shipped device, and what the Live set keeps of it.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { SHIPPED, Clock, FakeLive, Patch, asked, device, run, tell } = require('./shipped_device.js');

test('every control of the face reaches the script under its name', () => {
  const patch = device();
  const names = {
    "Live's Scale": 'follow_scale', 'Clip Slot': 'clip_target',
    ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((slot) => ['Slot ' + slot, 'slot_' + slot])),
  };
  const [script] = patch.scripts.filter(({ context }) => context.control);
  for (const name of patch.controls.keys()) {
    const heard = [];
    script.context.control = (...message) => heard.push(message);
    patch.use(name, 1);
    assert.deepStrictEqual(heard.map(([key]) => key), [names[name] || name.toLowerCase().replace(/ /g, '_')]);
  }
});

test('what the script says of a value is shown by that control, without its output', () => {
  const patch = device();
  const [script] = patch.scripts.filter(({ context }) => context.control);
  const shown = {
    track: 'Track', lock: 'Lock', save: 'Save', morph: 'Morph', morph_x: 'Morph X', morph_y: 'Morph Y',
    density: 'Density', threshold: 'Threshold', swing: 'Swing', humanize: 'Humanize', min_note: 'Min Note', own_density: 'Own Density', follow_scale: "Live's Scale", key: 'Key',
    scale: 'Scale', play_mode: 'Play Mode', clip_target: 'Clip Slot', corner_a: 'Corner A', corner_b: 'Corner B',
    corner_c: 'Corner C', corner_d: 'Corner D',
  };
  for (const [key, name] of Object.entries(shown)) {
    const value = patch.values.get(name)() === 0 ? 1 : 0;
    script.context.control = () => assert.fail(name + ' has put out what it was only to show');
    script.context.show(key, value);
    assert.strictEqual(patch.values.get(name)(), value, name);
  }
});

test('what the script writes is read on the face', () => {
  const patch = device();
  const { face } = patch.scripts.filter(({ context }) => context.control)[0].context;
  for (let place = 0; place < 8; place++) face.slot(place, 'Part ' + place);
  face.slot_name('Part 7');
  face.write_asks(true);
  const texts = [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => patch.texts.get('slot_' + slot));
  assert.deepStrictEqual(texts, ['Part 0', 'Part 1', 'Part 2', 'Part 3', 'Part 4', 'Part 5', 'Part 6', 'Part 7']);
  assert.deepStrictEqual([patch.texts.get('slot_name'), patch.texts.get('write_clip')], ['Part 7', 'Replace?']);
});

test('each control sends its request', () => {
  const patch = device();
  const presses = ['Generate', 'Reroll', 'Undo', 'Redo', 'Panic'];
  for (const name of presses) patch.use(name);
  patch.use('Lock', 1);
  patch.use('Threshold', 62.5);
  patch.use('Density', 25);
  patch.use('Swing', 50);
  patch.use('Humanize', 10);
  patch.use('Min Note', 0.25);
  patch.use('Key', 10);
  patch.use('Scale', 8);
  const ignored = ['/mai/transport', '/mai/stream/start', '/mai/stream/stop'];
  assert.deepStrictEqual(
    patch.sent.filter(([address]) => !ignored.includes(address)).map(([address, _id, ...values]) => [address, ...values]),
    [
      ['/mai/generate'], ['/mai/regenerate', 1, -1], ['/mai/history/undo'], ['/mai/history/redo'], ['/mai/panic'],
      ['/mai/lock', 1, 1], ['/mai/set', 'threshold', 0.625], ['/mai/set', 'density/1', 0.25], ['/mai/set', 'swing', 0.5],
      ['/mai/set', 'humanize', 0.1], ['/mai/set', 'min_note', 0.25], ['/mai/set', 'key', 'A'],
      ['/mai/set', 'scale', 'harmonic_minor'],
    ],
  );
});

function save(patch, slot, values) {
  patch.use('Save', 1);
  patch.use('Slot ' + slot);
  const id = (address) => patch.sent.filter((message) => message[0] === address).at(-1)[1];
  const [name] = asked(patch, '/mai/latent/save').at(-1);
  tell(patch, '/mai/done', id('/mai/latent/save'), name);
  tell(patch, '/mai/latent/data', id('/mai/latent/get'), name, 'f00d', 0, 1, ...values);
  return name;
}

test('a mouse on the pad moves the point, its parameters, and the morph', () => {
  const patch = device();
  const names = [1, 2, 3, 4].map((slot) => save(patch, slot, [slot]));
  const pad = patch.scripts.find((script) => script.context.paint);
  run(patch, 2);
  pad.context.onclick(50, 48);
  patch.clock.advance(150);
  assert.deepStrictEqual([patch.values.get('Morph X')(), patch.values.get('Morph Y')()], [50, 50]);
  assert.deepStrictEqual(asked(patch, '/mai/morph').at(-1), names.flatMap((name) => [name, 0.25]));
  pad.context.ondrag(500, -20, 1);
  patch.clock.advance(150);
  assert.deepStrictEqual([patch.values.get('Morph X')(), patch.values.get('Morph Y')()], [100, 100]);
  pad.context.ondrag(0, 0, 0);
  assert.strictEqual(patch.values.get('Morph X')(), 100, 'the mouse was let go');
  pad.context.paint();
  assert.deepStrictEqual(pad.context.mgraphics.texts, ['Slot 1', 'Slot 2', 'Slot 3', 'Slot 4']);
});

test('a name that is typed is the name of the slot that was pressed last', () => {
  const patch = device();
  save(patch, 5, [1]);
  patch.type('Middle Eight');
  assert.strictEqual(patch.texts.get('slot_5'), 'Middle Eight');
});

test('a set that is saved and opened again has its track, mode, corners, settings and slots', () => {
  const first = device();
  const name = save(first, 3, [0.5, -0.125]);
  for (const [control, value] of [['Corner D', 6], ['Threshold', 70], ['Clip Slot', 0], ['Morph X', 30], ['Lock', 1]]) {
    first.use(control, value);
  }
  const kept = JSON.parse(JSON.stringify(first.set));
  assert.deepStrictEqual(Object.keys(kept).includes('Generate'), false);
  const second = device({ set: kept });
  for (const control of ['Track', 'Corner D', 'Threshold', 'Clip Slot', 'Morph X', 'Lock']) {
    assert.strictEqual(second.values.get(control)(), first.values.get(control)(), control);
  }
  assert.strictEqual(second.texts.get('slot_3'), 'Slot 3');
  assert.strictEqual(second.texts.get('track_name'), 'Piano');
  second.use('Slot 3');
  assert.deepStrictEqual(asked(second, '/mai/latent/recall'), [[name]]);
});

test('opening a set asks for nothing but what it has kept', () => {
  const first = device();
  first.use('Threshold', 70);
  first.use('Lock', 1);
  const clock = new Clock();
  const sent = [];
  const live = new FakeLive({ clock });
  const patch = new Patch(SHIPPED, { clock, live, set: first.set, onSend: (message) => sent.push(message) });
  patch.load();
  tell(patch, '/mai/welcome', 1, '0.1.0', 1, 'tiny', 4, 4, 12, 'Drums', 'Piano');
  const changing = sent.filter(([address]) => /set|lock|generate|morph|recall|panic|undo/.test(address));
  assert.deepStrictEqual(changing.map(([address, , ...values]) => [address, ...values]), [
    ['/mai/lock', 1, 1], ['/mai/set', 'threshold', 0.7],
  ]);
});

test('the models of the bridge fill the menu, and choosing one loads it', () => {
  const patch = device();
  const [, id] = patch.greeted.find(([address]) => address === '/mai/model/list');
  tell(patch, '/mai/models', id, 'tiny', 'big band');
  tell(patch, '/mai/done', id);
  assert.deepStrictEqual([patch.models, patch.model], [['tiny', 'big band'], 'tiny']);
  patch.chooseModel('big band');
  assert.deepStrictEqual(asked(patch, '/mai/model/load'), [['big band']]);
});

test('it listens where it asks the bridge to answer', () => {
  const patch = device();
  const [hello] = patch.greeted.filter(([address]) => address === '/mai/hello');
  assert.deepStrictEqual(patch.ports, [hello[3]]);
});

test('the lamp is green when the bridge has answered', () => {
  const patch = device();
  assert.strictEqual(patch.texts.get('lamp'), '0.4 0.82 0.42 1');
  assert.strictEqual(patch.texts.get('lamp_word'), 'Connected');
  assert.strictEqual(patch.texts.get('status'), 'Connected to tiny');
});

test('what is played on the track itself passes through', () => {
  const patch = device();
  [0x90, 60, 100].forEach((byte) => patch.playKey(byte));
  assert.deepStrictEqual(patch.through, [0x90, 60, 100]);
});
