import assert from "node:assert/strict";
import test from "node:test";
import { placeByLikeness } from "../../bridge/page/likeness.js";
import { MorphSender } from "../../bridge/page/morph_sender.js";
import { labelSides } from "../../bridge/page/pad_labels.js";
import { padWeights } from "../../bridge/page/pad_weights.js";

const CORNERS = [{ name: "a", x: 0.1, y: 0.1 }, { name: "b", x: 0.9, y: 0.1 }, { name: "c", x: 0.5, y: 0.9 }];
const sum = (weights) => weights.reduce((all, { weight }) => all + weight, 0);

test("a cursor on a point is that point alone, and between two it is half of each", () => {
  assert.deepEqual(padWeights(CORNERS, { x: 0.9, y: 0.1 }), [{ name: "b", weight: 1 }]);
  const middle = padWeights(CORNERS.slice(0, 2), { x: 0.5, y: 0.1 });
  assert.deepEqual(middle.map(({ weight }) => weight), [0.5, 0.5]);
});

test("weights are shares of one, the nearest first, and no point is asked for that is not heard", () => {
  const many = Array.from({ length: 40 }, (_, index) => ({ name: `${index}`, x: index / 40, y: (index * 7 % 40) / 40 }));
  const weights = padWeights(many, { x: 0.31, y: 0.52 });
  assert.ok(Math.abs(sum(weights) - 1) < 1e-9);
  assert.ok(weights.length <= 8);
  assert.deepEqual([...weights].sort((a, b) => b.weight - a.weight), weights);
  assert.ok(weights.every(({ weight }) => weight >= 0.02));
});

test("nearer is more, without steps", () => {
  let before = 0;
  for (let x = 0.2; x <= 0.9; x += 0.01) {
    const share = padWeights(CORNERS, { x, y: 0.1 }).find(({ name }) => name === "b")?.weight ?? 0;
    assert.ok(share >= before - 1e-9 && share - before < 0.12, `${x}: ${before} to ${share}`);
    before = share;
  }
});

test("no points are no weights", () => {
  assert.deepEqual(padWeights([], { x: 0.5, y: 0.5 }), []);
});

function cloud(centre, count, seed) {
  return Array.from({ length: count }, (_, one) => centre.map((value, axis) => value + 0.1 * Math.sin(seed + one * 5 + axis * 3)));
}

test("like latents are placed near each other, apart from the others, and inside the plane", () => {
  const vectors = [...cloud([1, 0, 0, 0], 3, 1), ...cloud([0, 1, 0, 0], 3, 2)];
  const places = placeByLikeness(vectors);
  const distance = (a, b) => Math.hypot(places[a].x - places[b].x, places[a].y - places[b].y);
  assert.ok(Math.max(distance(0, 1), distance(3, 4)) < Math.min(distance(0, 3), distance(1, 4)));
  assert.ok(places.every(({ x, y }) => x > 0 && x < 1 && y > 0 && y < 1));
  assert.deepEqual(placeByLikeness(vectors), places);
});

test("equal latents, one latent and none can be placed, and equal ones can be told apart", () => {
  assert.deepEqual(placeByLikeness([]), []);
  assert.deepEqual(placeByLikeness([[1, 2]]), [{ x: 0.5, y: 0.5 }]);
  const places = placeByLikeness([[1, 2], [1, 2], [1, 2]]);
  for (let i = 0; i < 3; i++) for (let j = 0; j < i; j++) {
    assert.ok(Math.hypot(places[i].x - places[j].x, places[i].y - places[j].y) > 0.05);
  }
  assert.ok(placeByLikeness([[0, 0], [0, 0]]).every(({ x, y }) => Number.isFinite(x + y)));
});

test("two names do not cover each other", () => {
  const near = [{ name: "a long name", x: 0.5, y: 0.5 }, { name: "another name", x: 0.52, y: 0.5 }];
  const sides = labelSides(near, 300, 300, 15);
  assert.equal(sides[0], "left");
  assert.equal(sides[1], "right");
  const crowd = Array.from({ length: 9 }, () => ({ name: "a long name", x: 0.5, y: 0.5 }));
  assert.ok(labelSides(crowd, 300, 300, 15).filter((side) => side === null).length >= 5);
});

function hand() {
  const [frames, sent] = [[], []];
  const sender = new MorphSender(
    (weights) => new Promise((resolve) => sent.push({ weights, resolve })),
    (action) => frames.push(action),
  );
  const frame = () => frames.splice(0).forEach((action) => action());
  return { sender, sent, frame };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("many moves in one frame are one morph, the newest", () => {
  const { sender, sent, frame } = hand();
  for (let move = 0; move < 10; move++) sender.morph(move);
  frame();
  assert.deepEqual(sent.map(({ weights }) => weights), [9]);
});

test("a slow bridge has few morphs on their way, and gets the last place in the end", async () => {
  const { sender, sent, frame } = hand();
  for (let move = 0; move < 60; move++) {
    sender.morph(move);
    frame();
  }
  assert.deepEqual(sent.map(({ weights }) => weights), [0, 1, 2]);
  sent[0].resolve();
  await settled();
  frame();
  assert.equal(sent.at(-1).weights, 59);
  for (const one of sent) one.resolve();
  await settled();
  frame();
  assert.equal(sent.length, 4);
});
