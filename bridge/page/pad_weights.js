// How much of each point a cursor is: the nearer, the more (inverse distances, Shepard 1968). Positions are 0 to 1.
const POWER = 3;
const ON_POINT = 0.012; // so near, the cursor is on the point
const LEAST_SHARE = 0.02; // less is not heard, and costs
const MOST_POINTS = 8;

// points: [{name, x, y}]. Returns [{name, weight}], the greatest first, of sum 1; empty where there are no points.
export function padWeights(points, cursor) {
  const near = points.map(({ name, x, y }) => ({ name, distance: Math.hypot(x - cursor.x, y - cursor.y) }));
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  if (!near.length) return [];
  if (near[0].distance < ON_POINT) return [{ name: near[0].name, weight: 1 }];
  const raw = near.slice(0, MOST_POINTS).map(({ name, distance }) => ({ name, weight: distance ** -POWER }));
  const least = LEAST_SHARE * total(raw);
  const kept = raw.filter(({ weight }) => weight >= least);
  const sum = total(kept);
  return kept.map(({ name, weight }) => ({ name, weight: weight / sum }));
}

function total(weights) {
  return weights.reduce((sum, { weight }) => sum + weight, 0);
}
