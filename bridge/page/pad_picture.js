// What lies under the points of the pad: a soft light at each, and lines to those that the cursor takes from.
const LIGHT = 0.28; // of the pad's width
const HUES = ["--drums", "--piano", "--guitar", "--bass", "--strings"];

export function drawPad(canvas, points, cursor, weights) {
  const scale = devicePixelRatio;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  context.clearRect(0, 0, width, height);
  points.forEach((point, index) => {
    const share = weights.find(({ name }) => name === point.name)?.weight ?? 0;
    const hue = style.getPropertyValue(HUES[index % HUES.length]);
    drawLight(context, point.x * width, point.y * height, LIGHT * width, hue, 0.1 + 0.32 * share);
  });
  context.lineCap = "round";
  context.strokeStyle = style.color;
  for (const { name, weight } of weights) {
    const point = points.find((one) => one.name === name);
    context.globalAlpha = 0.15 + 0.75 * weight;
    context.lineWidth = (0.75 + 3 * weight) * scale;
    context.beginPath();
    context.moveTo(cursor.x * width, cursor.y * height);
    context.lineTo(point.x * width, point.y * height);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function drawLight(context, x, y, radius, hue, strength) {
  const light = context.createRadialGradient(x, y, 0, x, y, radius);
  light.addColorStop(0, hue);
  light.addColorStop(1, "transparent");
  context.globalAlpha = strength;
  context.fillStyle = light;
  context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
}
