// Which side of its point each name is written on, so that names do not cover each other; null: there is no room.
const LINE = 1.07; // of the page's type
const CHARACTER = 0.42;
const LONGEST = 8.7;
const GAP = 11; // pixels
const SIDES = ["right", "left", "above", "below"];

// points: [{name, x, y}], 0 to 1, of a surface so wide and high in pixels; type: pixels of the page's. Returns a side a
// point.
export function labelSides(points, width, height, type) {
  const dots = points.map(({ x, y }) => box(x * width - 6, y * height - 6, 12, 12));
  const taken = [];
  return points.map(({ name, x, y }, index) => {
    const others = dots.filter((_, other) => other !== index);
    for (const side of SIDES) {
      const label = labelBox(side, x * width, y * height, Math.min(LONGEST, name.length * CHARACTER) * type, LINE * type);
      const fits = label.left >= 0 && label.right <= width && label.top >= 0 && label.bottom <= height;
      if (!fits || [...taken, ...others].some((one) => overlap(one, label))) continue;
      taken.push(label);
      return side;
    }
    return null;
  });
}

function labelBox(side, x, y, wide, tall) {
  if (side === "right") return box(x + GAP, y - tall / 2, wide, tall);
  if (side === "left") return box(x - GAP - wide, y - tall / 2, wide, tall);
  return box(x - wide / 2, side === "above" ? y - GAP - tall : y + GAP, wide, tall);
}

function box(left, top, width, height) {
  return { left, top, right: left + width, bottom: top + height };
}

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
