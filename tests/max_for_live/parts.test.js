// The ideas of the device's script one by one.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { load, plain } = require('./parts.js');

// ---- schedule: streamed bars under the numbers of sixteenths

function schedule() {
  const part = load('schedule');
  const stored = {};
  const made = new part.Schedule((slice, notes) => {
    if (notes.length) stored[slice] = plain(notes);
    else delete stored[slice];
  });
  return { part, made, stored };
}

test('a note lies under the sixteenth that it begins in, with the rest as offset', () => {
  const { made, stored } = schedule();
  made.hear(8, 0, [60, 100, 0, 1, 62, 90, 0.3125, 0.5, 64, 80, 3.75, 0.25]);
  assert.deepStrictEqual(stored, { 32: [60, 100, 0, 1], 33: [62, 90, 0.0625, 0.5], 47: [64, 80, 0, 0.25] });
});

test('a step of a twelfth beat, told in 32 bits, does not slip into the sixteenth before', () => {
  const { made, stored } = schedule();
  made.hear(4, 0, [60, 100, Math.fround(0.25) - 1e-8, 0.1]);
  assert.deepStrictEqual(Object.keys(stored), ['17']);
});

test('a bar that is sent once more takes the place of the first one', () => {
  const { made, stored } = schedule();
  made.hear(4, 0, [60, 100, 0, 1, 61, 100, 2, 1]);
  const late = made.hear(4, 0, [65, 100, 0, 1]);
  assert.deepStrictEqual(stored, { 16: [65, 100, 0, 1] });
  assert.deepStrictEqual(plain(late), {}, 'it is no new bar: what was stored has sounded');
});

test('the parts of a bar add up, and an early note shares the slice of the bar before', () => {
  const { made, stored } = schedule();
  made.hear(0, 0, [60, 100, 3.75, 0.25]);
  made.hear(4, 0, [61, 100, -0.125, 1]);
  made.hear(4, 1, [62, 100, 1, 1]);
  assert.deepStrictEqual(stored[15], [60, 100, 0, 0.25, 61, 100, 0.125, 1]);
  assert.deepStrictEqual(stored[20], [62, 100, 0, 1]);
});

test('a note before the song begins with it', () => {
  const { made, stored } = schedule();
  made.hear(0, 0, [60, 100, -0.02, 1]);
  assert.deepStrictEqual(stored, { 0: [60, 100, 0, 1] });
});

test('a slice is never longer than a list of Max', () => {
  const { made, stored } = schedule();
  made.hear(0, 0, Array.from({ length: 100 }, (_, pitch) => [pitch, 100, 0, 1]).flat());
  assert.strictEqual(stored[0].length, 240);
});

test('after many bars the oldest are forgotten, and a change of music forgets what has passed', () => {
  const { made, stored } = schedule();
  for (let bar = 0; bar < 40; bar++) made.hear(4 * bar, 0, [60, 100, 0, 1]);
  assert.strictEqual(Object.keys(stored).length, 32);
  made.forget_past(141, 4);
  assert.deepStrictEqual(Object.keys(stored), ['560', '576', '592', '608', '624']);
  made.clear();
  assert.deepStrictEqual(stored, {});
});

test('of a bar that came late, what is not long past is played at once', () => {
  const { part, made } = schedule();
  const late = made.hear(4, 0, [60, 100, 0, 1, 61, 100, 0.05, 1, 62, 100, 0.2, 1, 63, 100, 2, 1]);
  // Beat 4.1: the first sixteenth has begun; later ones are played from the store.
  assert.deepStrictEqual(plain(part.still_to_play(late, 4.1)).map((value) => +value.toFixed(3)), [
    60, 100, 0, 1, 61, 100, 0, 1, 62, 100, 0.1, 1,
  ]);
  assert.deepStrictEqual(plain(part.still_to_play(late, 4.35)).slice(0, 2), [62, 100]);
});

// ---- phrase

test('a phrase holds the bars of an answer, and a shorter answer has only its own', () => {
  const { Phrase } = load('phrase');
  const phrase = new Phrase();
  for (let bar = 0; bar < 4; bar++) assert.strictEqual(phrase.hear(7, bar, 0, [60 + bar, 100, 0, 1], 10), bar === 0);
  phrase.settle();
  assert.deepStrictEqual(plain(phrase.notes(4)).map(({ start_time }) => start_time), [0, 4, 8, 12]);
  phrase.hear(8, 0, 0, [], 20);
  phrase.hear(8, 1, 0, [48, 100, 0.5, 1], 20);
  phrase.settle();
  assert.deepStrictEqual(plain(phrase.notes(4)), [{ pitch: 48, velocity: 100, start_time: 4.5, duration: 1 }]);
});

test('a single bar that is sent anew changes that bar alone', () => {
  const { Phrase } = load('phrase');
  const phrase = new Phrase();
  for (let bar = 0; bar < 4; bar++) phrase.hear(-1, bar, 0, [60, 100, 0, 1], 0);
  phrase.settle();
  assert.strictEqual(phrase.hear(-1, 2, 0, [72, 100, 0, 1], 5000), true);
  phrase.settle();
  assert.deepStrictEqual(plain(phrase.notes(4)).map(({ pitch }) => pitch), [60, 60, 72, 60]);
});

// ---- what the Live set keeps

test('slots come back from the words of the set bit by bit, whatever their names', () => {
  const { state_to_words, words_to_state } = load('state_text');
  const values = Array.from({ length: 300 }, (_, n) => Math.fround(Math.sin(n) * 10 ** ((n % 9) - 4)));
  const slots = Array(8).fill(null);
  slots[2] = { label: 'Strophe „zwei“ 100 %', name: 'Käse, ~x;1', hash: '0123456789', values };
  slots[7] = { label: 'B', name: 'B', hash: '', values: [] };
  const words = state_to_words({ set: 'x7', stamp: 1790000000123, slots, chosen: ['threshold', 'key'] });
  assert.ok(words.every((word) => /^[a-z][^\s,;"]*$/.test(word) && word.length < 1500));
  const state = plain(words_to_state(words, 8));
  state.slots[2].values = state.slots[2].values.map(Math.fround);
  assert.deepStrictEqual(state.slots, slots);
  assert.deepStrictEqual(state.chosen, ['threshold', 'key']);
  assert.deepStrictEqual([state.set, state.stamp], ['x7', 1790000000123]);
});

test('words of another program, and none, are no state', () => {
  const { words_to_state } = load('state_text');
  assert.strictEqual(words_to_state([0], 8), null);
  assert.strictEqual(words_to_state([], 8), null);
  assert.deepStrictEqual(plain(words_to_state(['mai1', 'z1', 'lx'], 8).slots), Array(8).fill(null));
  const old = words_to_state(['mai1', 'i', 'tx'], 8);
  assert.deepStrictEqual([old.set, old.stamp], ['', 0]);
});

// ---- morph

test('the pad is wholly one slot in a corner, and a quarter of each in the middle', () => {
  const { pad_weights } = load('morph');
  assert.deepStrictEqual(plain(pad_weights(0, 1)), [1, 0, 0, 0]);
  assert.deepStrictEqual(plain(pad_weights(1, 0)), [0, 0, 0, 1]);
  assert.deepStrictEqual(plain(pad_weights(0.5, 0.5)), [0.25, 0.25, 0.25, 0.25]);
});

test('the dial goes from corner to corner', () => {
  const { dial_weights } = load('morph');
  assert.deepStrictEqual(plain(dial_weights(0, 3)), [1, 0, 0]);
  assert.deepStrictEqual(plain(dial_weights(0.25, 3)), [0.5, 0.5, 0]);
  assert.deepStrictEqual(plain(dial_weights(1, 3)), [0, 0, 1]);
  assert.deepStrictEqual(plain(dial_weights(0.7, 1)), [1]);
});

// ---- settings

test('keys are read however they are spelt', () => {
  const { key_index, KEYS } = load('settings');
  for (const [name, index] of [['off', 0], ['C', 1], ['D#', 4], ['Eb', 4], ['Db', 2], ['Cb', 12], ['B#', 1], ['', 0]]) {
    assert.strictEqual(key_index(name), index, name);
  }
  assert.ok(KEYS.every((name, index) => key_index(name) === index));
});

// ---- who leads

function two_devices() {
  const { Ensemble } = load('ensemble');
  const shared = {};
  return [new Ensemble(shared, 5), new Ensemble(shared, 6)];
}

test('the first device leads, and the second when it has missed three of its beats', () => {
  const [first, second] = two_devices();
  assert.deepStrictEqual([first.claim(true), second.claim(true)], [true, false]);
  for (let tick = 0; tick < 5; tick++) {
    [first, second].forEach((one) => one.tick());
    assert.strictEqual(second.claim(true), false);
  }
  [1, 2].forEach(() => second.tick());
  assert.strictEqual(second.claim(true), false, 'beats that are late are no alarm');
  second.tick();
  assert.strictEqual(second.claim(true), true);
  first.tick();
  assert.strictEqual(first.claim(true), false, 'the one that was thought gone follows');
});

test('a computer that stands still for a minute deposes nobody: its ticks stand still too', () => {
  const [first, second] = two_devices();
  [first, second].forEach((one) => one.claim(true));
  for (let tick = 0; tick < 3; tick++) [second, first].forEach((one) => (one.tick(), one.claim(true)));
  assert.deepStrictEqual([first.leads(), second.leads()], [true, false]);
});

test('the lead that is given up goes to who is switched on, and only after a while to who is not', () => {
  const [first, second] = two_devices();
  first.claim(true);
  first.leave();
  assert.strictEqual(second.claim(false), false);
  assert.strictEqual(second.claim(true), true);
  second.leave();
  [1, 2, 3].forEach(() => first.tick());
  assert.strictEqual(first.claim(false), true);
});

test('the tracks of all devices are told once each, and only those that the band has', () => {
  const [first] = two_devices();
  for (const [id, track] of [[6, 3], [7, 0], [8, 3], [9, 7]]) first.meet(id, track);
  assert.deepStrictEqual(plain(first.tracks(1, 5)), [0, 1, 3]);
  first.part_with(6);
  first.part_with(8);
  assert.deepStrictEqual(plain(first.tracks(7, 5)), [0]);
  assert.deepStrictEqual(plain(first.tracks(7, 0)), []);
});

test('the stream is wanted while any device wants it, and never after Panic', () => {
  const [first, second] = two_devices();
  assert.strictEqual(first.wants_stream(0), false);
  second.wish_stream(1000);
  assert.strictEqual(first.wants_stream(3000), true);
  assert.strictEqual(first.wants_stream(4001), false);
  second.wish_stream(5000);
  first.hold(true);
  assert.strictEqual(first.wants_stream(5000), false);
});

// ---- whose slots the set has

const SLOT = { label: 'Verse', name: 'Verse ~1', hash: 'f00d', values: [1] };
const kept = (set, stamp, ...slots) => ({ set, stamp, slots });

for (const [what, ours, we_are_new, theirs, they_are_new, winner] of [
  ['the same are left', kept('a', 5, SLOT), true, kept('a', 5, SLOT), false, 'SAME'],
  ['none at all are left', kept('', 0, null), true, kept('a', 9, null), false, 'SAME'],
  ['something wins over nothing, whoever was first', kept('', 0, null), false, kept('a', 5, SLOT), true, 'THEIRS'],
  ['of one set the newest win', kept('a', 5, SLOT), false, kept('a', 6, null, SLOT), true, 'THEIRS'],
  ["of two sets' the newcomer's lose, though newer", kept('a', 5, SLOT), false, kept('b', 9, SLOT), true, 'OURS'],
  ['of two newcomers the newest win', kept('a', 5, SLOT), true, kept('b', 9, SLOT), true, 'THEIRS'],
  ['of the same moment one wins', kept('a', 5, SLOT), true, kept('b', 5, SLOT), true, 'THEIRS'],
]) {
  test('of two versions of the slots ' + what, () => {
    const part = load('slots_of_set');
    const forth = part.prefer(ours, we_are_new, theirs, they_are_new);
    assert.strictEqual(forth, part[winner]);
    assert.strictEqual(part.prefer(theirs, they_are_new, ours, we_are_new) + forth, 0, 'the other device agrees');
  });
}
