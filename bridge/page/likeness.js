// Places latents on a plane so that like ones are near: their two greatest differences (principal components).
const ROUNDS = 60; // of the power iteration
const MARGIN = 0.1;
const APART = 0.13; // points nearer than this could not be told apart or taken hold of
const PUSHES = 40;

// vectors: arrays of numbers. Returns [{x, y}], each 0 to 1; the same vectors are always placed alike.
export function placeByLikeness(vectors) {
  if (vectors.length === 0) return [];
  if (vectors.length === 1) return [{ x: 0.5, y: 0.5 }];
  const products = centredProducts(vectors.map(unit));
  const first = component(products, []);
  const second = component(products, [first]);
  const places = first.map((x, index) => ({ x: x, y: second[index] }));
  return pushedApart(fitted(places));
}

function unit(vector) {
  const length = Math.sqrt(dot(vector, vector)) || 1;
  return Array.from(vector, (value) => value / length);
}

function centredProducts(vectors) {
  const products = vectors.map((a) => vectors.map((b) => dot(a, b)));
  const means = products.map((row) => mean(row));
  const all = mean(means);
  return products.map((row, i) => row.map((value, j) => value - means[i] - means[j] + all));
}

function component(products, without) {
  let vector = products.map((_, index) => Math.sin(1 + index * 2.4)); // anything that no component is square to
  for (let round = 0; round < ROUNDS; round++) {
    vector = products.map((row) => dot(row, vector));
    for (const other of without) {
      const share = dot(vector, other);
      vector = vector.map((value, index) => value - share * other[index]);
    }
    const length = Math.sqrt(dot(vector, vector));
    if (length < 1e-9) return products.map(() => 0); // all alike
    vector = vector.map((value) => value / length);
  }
  const turned = vector.find((value) => Math.abs(value) > 1e-6) < 0 ? -1 : 1; // a component has no sign of its own
  return vector.map((value) => turned * value);
}

function fitted(places) {
  const axes = ["x", "y"].map((axis) => {
    const values = places.map((place) => place[axis]);
    const low = Math.min(...values);
    const spread = Math.max(...values) - low;
    return (place) => (spread < 1e-9 ? 0.5 : MARGIN + ((1 - 2 * MARGIN) * (place[axis] - low)) / spread);
  });
  return places.map((place) => ({ x: axes[0](place), y: axes[1](place) }));
}

function pushedApart(places) {
  const apart = Math.min(APART, 0.7 / Math.sqrt(places.length));
  for (let push = 0; push < PUSHES; push++) {
    for (let i = 0; i < places.length; i++) for (let j = 0; j < i; j++) pushPair(places[i], places[j], apart, i);
  }
  return places;
}

function pushPair(a, b, apart, angle) {
  const distance = Math.hypot(a.x - b.x, a.y - b.y);
  if (distance >= apart) return;
  const x = distance > 1e-6 ? (a.x - b.x) / distance : Math.cos(angle);
  const y = distance > 1e-6 ? (a.y - b.y) / distance : Math.sin(angle);
  const step = (apart - distance) / 2;
  Object.assign(a, { x: inside(a.x + x * step), y: inside(a.y + y * step) });
  Object.assign(b, { x: inside(b.x - x * step), y: inside(b.y - y * step) });
}

export function inside(value) {
  return Math.min(1 - MARGIN / 2, Math.max(MARGIN / 2, value));
}

function dot(a, b) {
  let sum = 0;
  const count = Math.min(a.length, b.length);
  for (let index = 0; index < count; index++) sum += a[index] * b[index];
  return sum;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
