// Several devices in one Live set: one socket, one who leads, slots for all.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { BRIDGE, RECEIVER, PLAYER, SET, HASH, Clock, Device, FakeLive, MaxProcess } = require('./scripted_device.js');

const WELCOME = ['/mai/welcome', 0, '0.1.0', 1, 'tiny', 4, 4, 12, 'Drums', 'Piano', 'Bass'];

// Devices on tracks of their own; each plays that track of the band.
class Set {
  constructor({ devices = 3, latency = null, kept = [], globals } = {}) {
    this.clock = new Clock();
    this.clock.now = 1_000_000; // later than the stamps below
    this.live = new FakeLive({ clock: this.clock, tracks: 8 });
    this.max = new MaxProcess({ clock: this.clock, latency, globals });
    this.devices = [];
    for (let number = 0; number < devices; number++) this.add({ kept: kept[number] });
    this.settle();
  }
  add(options = {}) {
    const track = this.devices.length;
    const { clock, live, max } = this;
    this.devices.push(new Device({ live, clock, max, track, values: { track }, ...options }));
    return this.devices.at(-1);
  }
  // What the devices tell each other has come through.
  settle() {
    this.clock.advance(10);
    return this;
  }
  welcomed(device = this.leader()) {
    device.answer(...WELCOME);
    device.answer('/mai/pong', 0, 10 + this.clock.now / 1000, 0, 0);
    return this.settle();
  }
  leader() {
    return this.devices.find((device) => device.from(PLAYER, 'lead').at(-1)?.[1] === 1);
  }
  // Seconds in which the bridge answers the pings of whoever asks.
  pass(seconds) {
    for (let tenth = 0; tenth < 10 * seconds; tenth++) {
      const pings = this.devices.map((device) => device.from(BRIDGE, '/mai/ping').length);
      this.clock.advance(100);
      this.devices.forEach((device, number) => {
        if (device.from(BRIDGE, '/mai/ping').length > pings[number]) {
          device.answer('/mai/pong', 0, 10 + this.clock.now / 1000, 0, 0);
        }
      });
    }
  }
  forget() {
    this.devices.forEach((device) => device.forget());
    return this;
  }
  words() {
    return this.devices.map((device) => device.shows('lamp_word')?.[1]);
  }
}

for (const latency of [null, 2]) {
  const told = latency === null ? '' : ', also where Max takes its time';

  test('one device alone opens a port and says hello, and all are connected' + told, () => {
    const set = new Set({ latency }).welcomed();
    assert.deepStrictEqual(set.devices.map((device) => device.from(RECEIVER).length), [1, 0, 0]);
    assert.deepStrictEqual(set.devices.map((device) => device.asked('/mai/hello').length), [1, 0, 0]);
    assert.deepStrictEqual(set.words(), ['Connected', 'Connected', 'Connected']);
    assert.deepStrictEqual(set.devices.map((device) => device.shows('track_name')[1]), ['Drums', 'Piano', 'Bass']);
  });

  test('the bridge is asked once for the tracks of all, and anew when a device plays another' + told, () => {
    const set = new Set({ latency }).welcomed();
    assert.deepStrictEqual(set.devices[0].asked('/mai/subscribe'), [[0, 1, 2]]);
    set.devices[2].use('track', 1);
    set.settle();
    assert.deepStrictEqual(set.devices[0].asked('/mai/subscribe').at(-1), [0, 1]);
    assert.deepStrictEqual(set.devices.slice(1).flatMap((device) => device.asked('/mai/subscribe')), []);
  });

  test('what a device asks goes through the leader, and the answer comes back to it alone' + told, () => {
    const set = new Set({ latency }).welcomed().forget();
    const [leader, , third] = set.devices;
    third.use('generate');
    set.settle();
    assert.deepStrictEqual(third.from(BRIDGE), []);
    assert.strictEqual(leader.asked('/mai/generate').length, 1);
    leader.answered('/mai/generate', 'latent');
    set.settle();
    assert.strictEqual(third.says(), 'A new phrase for the whole band');
    assert.strictEqual(leader.from(2, 'status').length, 0, 'it was not the one that asked');
    third.use('reroll');
    set.settle();
    leader.refuse('/mai/regenerate', 'not_ready', 'unlock it first');
    set.settle();
    assert.strictEqual(third.says(), 'unlock it first');
    assert.strictEqual(leader.from(2, 'status').length, 0);
  });

  test('a device that is dropped in later is taken in at once' + told, () => {
    const set = new Set({ devices: 1, latency }).welcomed();
    const late = set.add();
    set.settle();
    assert.strictEqual(late.shows('lamp_word')[1], 'Connected');
    assert.deepStrictEqual(late.from(RECEIVER), []);
    assert.deepStrictEqual(set.devices[0].asked('/mai/subscribe').at(-1), [0, 1]);
    const asked = set.devices[0].asked('/mai/get').flat().slice(-7);
    assert.deepStrictEqual(asked.slice(-1), ['density/1']);
    assert.ok(asked.includes('threshold'), 'nobody has told it');
  });

  for (const how of ['heard', 'silenced', 'at once']) {
    test(`when the leader is deleted (${how}) another takes over within three seconds` + told, () => {
      const set = new Set({ latency }).welcomed();
      set.pass(5);
      const [gone, ...left] = set.devices;
      gone.free(how);
      if (how === 'heard') assert.strictEqual(gone.asked('/mai/bye').length, 1);
      set.devices = left;
      set.settle();
      if (how === 'heard') assert.ok(set.leader(), 'at once');
      set.forget().pass(3);
      const leading = left.filter((device) => device.script.context.ensemble.leads());
      assert.strictEqual(leading.length, 1);
      const [hello] = leading[0].from(BRIDGE, '/mai/hello').concat([null]);
      if (how !== 'heard') assert.ok(hello, 'it says hello itself');
      set.welcomed(leading[0]);
      assert.deepStrictEqual(set.words(), ['Connected', 'Connected']);
      assert.deepStrictEqual(leading[0].asked('/mai/subscribe').at(-1), [1, 2]);
      assert.deepStrictEqual(left.flatMap((device) => device.asked('/mai/stream/start')), [], 'the stream runs on');
    });
  }
}

test('a bar that the leader hears is played by the device whose track it is', () => {
  const set = new Set().welcomed().forget();
  set.devices[0].answer('/mai/bar', 7, 0, 2, 0, 1, 8, 40, 100, 0, 1);
  assert.deepStrictEqual(set.devices.map((device) => device.from(PLAYER, 'slices').length), [0, 0, 1]);
});

test('a leader that is alone tells nobody what it hears', () => {
  const set = new Set({ devices: 1 }).welcomed().forget();
  set.devices[0].answer('/mai/bar', 7, 0, 0, 0, 1, 8, 40, 100, 0, 1);
  assert.deepStrictEqual(set.devices[0].from(5), []);
});

test('a bridge that goes is seen by all, and so is its coming back', () => {
  const set = new Set().welcomed();
  set.clock.advance(7000);
  assert.deepStrictEqual(set.words(), ['No bridge', 'No bridge', 'No bridge']);
  assert.deepStrictEqual(set.devices.slice(1).flatMap((device) => device.asked('/mai/hello')), []);
  set.welcomed();
  assert.deepStrictEqual(set.words(), ['Connected', 'Connected', 'Connected']);
  assert.deepStrictEqual(set.devices[0].asked('/mai/subscribe'), [[0, 1, 2], [0, 1, 2]]);
});

test('a request that was under way when the leader went is forgotten, and the next one is answered', () => {
  const set = new Set().welcomed();
  const [gone, second, third] = set.devices;
  third.use('generate');
  gone.free('heard');
  set.devices = [second, third];
  const leader = set.leader();
  set.welcomed(leader);
  const waiting = Object.values(third.script.context.connection.pending).map(({ address }) => address);
  assert.ok(!waiting.includes('/mai/generate'), String(waiting));
  third.use('generate');
  leader.answered('/mai/generate', 'latent');
  assert.strictEqual(third.says(), 'A new phrase for the whole band');
});

test('a leader that is switched off hands over, and alone it stays', () => {
  const set = new Set({ devices: 2 }).welcomed();
  const [first, second] = set.devices;
  first.script.message('enabled', 0);
  assert.strictEqual(set.leader(), second);
  assert.strictEqual(first.asked('/mai/bye').length, 1);
  set.welcomed(second);
  assert.deepStrictEqual(set.words(), ['Connected', 'Connected']);
  second.free('heard');
  set.devices = [first];
  set.forget().pass(3);
  assert.strictEqual(first.asked('/mai/hello').length >= 1, true, 'nobody else is there');
  const alone = new Set({ devices: 1 }).welcomed().forget();
  alone.devices[0].script.message('enabled', 0);
  assert.deepStrictEqual(alone.devices[0].from(BRIDGE), []);
});

test('of those that are left one that is switched on leads', () => {
  const set = new Set();
  const [first, second, third] = set.devices;
  third.script.message('enabled', 0);
  first.free('heard');
  assert.deepStrictEqual([second, third].map((device) => device.script.context.ensemble.leads()), [true, false]);
});

test('the tracks of a device that was deleted are asked for no more', () => {
  const set = new Set().welcomed();
  set.devices[2].free('heard');
  assert.deepStrictEqual(set.devices[0].asked('/mai/subscribe').at(-1), [0, 1]);
});

test('what one says that does not lead is passed over', () => {
  const set = new Set().welcomed().forget();
  set.max.send('devices', ['shared', 0, 'heard', 9999, '/mai/bar', 7, 0, 2, 0, 1, 8, 40, 100, 0, 1]);
  set.max.send('devices', ['shared', 0, 'no such word', 9999]);
  assert.deepStrictEqual(set.devices.flatMap((device) => device.from(PLAYER)), []);
});

test('in a Max without a Global each device has its own socket, and nothing is heard twice', () => {
  const set = new Set({ globals: null });
  assert.deepStrictEqual(set.devices.map((device) => device.asked('/mai/hello').length), [1, 1, 1]);
  set.devices.forEach((device) => set.welcomed(device));
  set.forget();
  set.devices.forEach((device) => device.answer('/mai/bar', 7, 0, 1, 0, 1, -1, 40, 100, 0, 1));
  assert.deepStrictEqual(set.devices.map((device) => device.from(PLAYER, 'notes').length), [0, 1, 0]);
});

test('a copied device has its own number, and both play', () => {
  const set = new Set({ devices: 1 }).welcomed();
  set.devices[0].saved(2, 'Verse', [1]);
  const copy = set.add({ kept: set.devices[0].from(SET).at(-1), values: { track: 0 } });
  set.settle();
  assert.strictEqual(copy.shows('slot_3')[1], 'Verse');
  set.forget();
  set.devices[0].answer('/mai/bar', 7, 0, 0, 0, 1, 8, 40, 100, 0, 1);
  assert.deepStrictEqual(set.devices.map((device) => device.from(PLAYER, 'slices').length), [1, 1]);
  const numbers = set.devices.map((device) => device.script.context.connection.first_request);
  assert.notStrictEqual(numbers[0], numbers[1]);
});

test('a device that Max carries nothing to opens a socket of its own, and gives it up when it hears again', () => {
  const set = new Set({ devices: 2 }).welcomed();
  set.max.isCut = true;
  set.forget().pass(4);
  const [leader, other] = set.devices;
  assert.strictEqual(other.asked('/mai/hello').length >= 1, true);
  assert.deepStrictEqual(leader.asked('/mai/hello'), []);
  set.welcomed(other);
  assert.deepStrictEqual(other.asked('/mai/subscribe'), [[1]]);
  assert.deepStrictEqual(other.asked('/mai/stream/start'), [], 'the other one still leads');
  other.use('generate');
  assert.strictEqual(other.asked('/mai/generate').length, 1);
  set.max.isCut = false;
  set.pass(2);
  assert.strictEqual(other.asked('/mai/bye').length, 1);
  assert.strictEqual(other.shows('lamp_word')[1], 'Connected');
  set.forget();
  other.use('generate');
  assert.deepStrictEqual([leader, other].map((device) => device.asked('/mai/generate').length), [1, 0]);
});

test('the last device of the set ends the stream as it goes; the first of the next set starts it again', () => {
  const set = new Set({ devices: 2 }).welcomed();
  const [first, second] = set.devices;
  first.free('heard');
  set.devices = [second];
  set.welcomed(second);
  assert.deepStrictEqual(first.asked('/mai/stream/stop'), []);
  second.free('heard');
  assert.strictEqual(second.asked('/mai/stream/stop').length, 1);
  set.devices = [];
  const next = set.add();
  set.welcomed(next);
  assert.deepStrictEqual(next.asked('/mai/stream/start'), [[]]);
});

test('after a set that was closed without a word, the next one starts the stream', () => {
  const set = new Set({ devices: 1 }).welcomed();
  set.devices[0].free('at once');
  set.devices = [];
  const next = set.add();
  set.clock.advance(3000);
  set.welcomed(next);
  assert.deepStrictEqual(next.asked('/mai/stream/start'), [[]]);
});

test('Panic on one device ends the notes of all', () => {
  const set = new Set().welcomed().forget();
  set.devices[1].use('panic');
  assert.deepStrictEqual(set.devices.map((device) => device.from(PLAYER, 'stop').length), [1, 1, 1]);
});

test('another model is greeted by the leader, and all show its tracks', () => {
  const set = new Set().welcomed();
  const [leader, second] = set.devices;
  second.use('model', 'other');
  leader.answered('/mai/model/load', 'other');
  assert.strictEqual(leader.asked('/mai/hello').length, 2);
  leader.answer('/mai/welcome', 0, '0.1.0', 1, 'other', 4, 4, 12, 'Beats', 'Keys', 'Low');
  assert.deepStrictEqual(set.devices.map((device) => device.shows('track_name')[1]), ['Beats', 'Keys', 'Low']);
});

test('the menus of all devices are filled by one question', () => {
  const set = new Set().welcomed();
  const [leader] = set.devices;
  assert.strictEqual(set.devices.flatMap((device) => device.asked('/mai/model/list')).length, 1);
  const [, id] = leader.from(BRIDGE, '/mai/model/list')[0];
  leader.answer('/mai/models', id, 'tiny');
  leader.answer('/mai/models', id, 'large');
  leader.answer('/mai/done', id);
  for (const device of set.devices) {
    const items = device.from(2, 'model').filter(([, what]) => what === 'append').map(([, , name]) => name);
    assert.deepStrictEqual(items, ['tiny', 'large']);
  }
});

// ---- what the set keeps

test('a slot that is saved on one device is on all, and each keeps it in the set', () => {
  const set = new Set().welcomed();
  const [leader, second] = set.devices;
  second.use('save', 1);
  second.use('slot_4');
  const [name] = leader.asked('/mai/latent/save').at(-1);
  leader.answered('/mai/latent/save', name);
  leader.answered('/mai/latent/get', name, HASH, 0, 1, 0.5, -1);
  for (const device of set.devices) {
    assert.deepStrictEqual(device.shows('slot_4'), ['text', 'Slot 4']);
    assert.ok(device.from(SET).at(-1).includes('v0.5_-1'));
  }
  set.devices[2].use('slot_4');
  set.devices[2].use('slot_name', 'Bridge');
  assert.deepStrictEqual(set.devices.map((device) => device.shows('slot_4')[1]), ['Bridge', 'Bridge', 'Bridge']);
});

function keptSlots(label, values, stamp, set) {
  const words = ['mai1', 'i' + set, 't' + stamp, 's0', 'l' + label, 'n' + label, 'h' + HASH, 'v' + values.join('_')];
  return words;
}

test('a set whose devices were saved with different slots has the newest on all', () => {
  const kept = [keptSlots('Old', [1], 100, 'x'), keptSlots('New', [2], 200, 'x'), keptSlots('Older', [3], 50, 'x')];
  const set = new Set({ kept });
  assert.deepStrictEqual(set.devices.map((device) => device.shows('slot_1')[1]), ['New', 'New', 'New']);
  assert.ok([0, 2].every((number) => set.devices[number].from(SET).at(-1).includes('t200')));
});

test("a new device takes the set's slots over, and one of another set does not bring its own", () => {
  const set = new Set({ devices: 1, kept: [keptSlots('Ours', [1], 100, 'x')] }).welcomed();
  set.clock.advance(2000);
  const plain = set.add();
  const foreign = set.add({ kept: keptSlots('Theirs', [2], 999, 'y') });
  set.settle();
  for (const device of [set.devices[0], plain, foreign]) assert.strictEqual(device.shows('slot_1')[1], 'Ours');
  assert.ok(foreign.from(SET).at(-1).includes('ix'));
});

test('slots come with a device into a set that has none', () => {
  const set = new Set({ devices: 1 }).welcomed();
  set.clock.advance(2000);
  set.add({ kept: keptSlots('Brought', [2], 999, 'y') });
  set.settle();
  assert.deepStrictEqual(set.devices.map((device) => device.shows('slot_1')[1]), ['Brought', 'Brought']);
});

test("the slots of a set that was closed are not those of the next", () => {
  const set = new Set({ devices: 1, kept: [keptSlots('Closed', [1], 900, 'x')] }).welcomed();
  set.devices[0].free('at once');
  const next = set.add({ kept: keptSlots('Opened', [2], 100, 'y') });
  set.settle();
  assert.strictEqual(next.shows('slot_1')[1], 'Opened');
});

test("what Live's undo puts back is on all devices, and is not written over", () => {
  const set = new Set({ devices: 2, kept: [keptSlots('First', [1], 100, 'x')] }).welcomed();
  set.clock.advance(2000);
  set.forget();
  const [first, second] = set.devices;
  first.script.message('kept', ...keptSlots('Undone', [5], 40, 'x'));
  assert.deepStrictEqual([first, second].map((device) => device.shows('slot_1')[1]), ['Undone', 'Undone']);
  assert.deepStrictEqual(first.from(SET), []);
  assert.strictEqual(second.from(SET).length, 1);
});

test('an old value that Live tells once more as it opens the set does not come back', () => {
  const kept = [keptSlots('Old', [1], 100, 'x'), keptSlots('New', [2], 200, 'x')];
  const set = new Set({ kept, devices: 2 });
  set.devices[0].script.message('kept', ...kept[0]);
  assert.deepStrictEqual(set.devices.map((device) => device.shows('slot_1')[1]), ['New', 'New']);
  assert.ok(set.devices[0].from(SET).at(-1).includes('t200'));
});

test('a control of the whole band that one device has moved is sent by whoever leads the opened set', () => {
  const set = new Set({ devices: 2 }).welcomed();
  set.devices[1].use('threshold', 70);
  set.devices[0].answer('/mai/changed', 'threshold', 0.7);
  assert.deepStrictEqual(set.devices[0].shows('threshold'), ['set', 70]);
  const kept = set.devices.map((device) => device.from(SET).at(-1));
  const opened = new Set({ devices: 0 });
  for (const words of kept) opened.add({ kept: words, values: { threshold: 70 } });
  opened.welcomed();
  assert.deepStrictEqual(opened.devices[0].asked('/mai/set'), [['threshold', 0.7]]);
  assert.deepStrictEqual(opened.devices[1].asked('/mai/set'), []);
});
