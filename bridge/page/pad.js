// The pad: saved latents as points, like ones near each other, and a cursor between them that morphs the band.
import { find, make } from "./elements.js";
import { shares } from "./format.js";
import { recall, remember } from "./kept.js";
import { inside, placeByLikeness } from "./likeness.js";
import { labelSides } from "./pad_labels.js";
import { drawPad } from "./pad_picture.js";
import { padWeights } from "./pad_weights.js";

const PLACES = "pad places"; // where a musician has put a latent, by name
const KEY_STEP = 0.02;
const DRAG_PIXELS = 4; // less is a click
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  // morph(weights), recall(name): what the musician does here; wake(): there is something to draw.
  constructor(morph, recallLatent, wake) {
    Object.assign(this, { morph, recallLatent, wake, points: [], cursor: { x: 0.5, y: 0.5 }, weights: [] });
    this.buttons = new Map();
    this.surface = find("pad");
    this.handle = find("pad-cursor");
    this.surface.addEventListener("pointerdown", (event) => this.#hold(event));
    this.handle.addEventListener("keydown", (event) => this.#step(event));
    new ResizeObserver(() => this.#label()).observe(this.surface);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#redraw());
  }

  // latents: [{name, values}] of the model that plays.
  show(latents) {
    const moved = recall(PLACES, {});
    const places = placeByLikeness(latents.map(({ values }) => values));
    this.points = latents.map(({ name }, index) => ({ name, ...places[index], ...moved[name] }));
    for (const [name, button] of this.buttons) {
      if (this.points.some((point) => point.name === name)) continue;
      button.remove();
      this.buttons.delete(name);
    }
    for (const point of this.points) this.#showPoint(point);
    this.#label();
    find("pad-empty").hidden = this.points.length > 1;
    this.#move(this.cursor);
  }

  renamed(name, newName) {
    const moved = recall(PLACES, {});
    if (!moved[name]) return;
    moved[newName] = moved[name];
    delete moved[name];
    remember(PLACES, moved);
  }

  // Call each frame.
  frame() {
    if (this.stale) drawPad(find("pad-picture"), this.points, this.cursor, this.weights);
    this.stale = false;
  }

  #showPoint(point) {
    let button = this.buttons.get(point.name);
    if (!button) {
      button = make("button", { type: "button", class: "point", title: point.name }, [make("span", { text: point.name })]);
      button.addEventListener("pointerdown", (event) => this.#holdPoint(event, point.name));
      button.addEventListener("click", (event) => event.detail === 0 && this.recallLatent(point.name)); // by the keyboard
      this.buttons.set(point.name, button);
      this.surface.append(button);
    }
    button.style.setProperty("--x", point.x);
    button.style.setProperty("--y", point.y);
  }

  #label() {
    this.#redraw();
    const { clientWidth, clientHeight } = this.surface;
    const sides = labelSides(this.points, clientWidth, clientHeight, typeSize());
    this.points.forEach(({ name, x }, index) => {
      const unseen = x > 0.5 ? "unseen left" : "unseen"; // until the point is reached
      this.buttons.get(name).dataset.label = sides[index] ?? unseen;
    });
  }

  #hold(event) {
    if (event.button !== 0 || event.target.closest(".point")) return;
    event.preventDefault();
    this.handle.focus({ preventScroll: true });
    follow(event, this.surface, (x, y) => this.#morphTo({ x, y }));
    const { x, y } = placeIn(this.surface, event);
    this.#morphTo({ x, y });
  }

  #holdPoint(event, name) {
    if (event.button !== 0) return;
    const point = this.points.find((one) => one.name === name);
    let dragged = false;
    const drag = (x, y, far) => {
      dragged ||= far > DRAG_PIXELS;
      if (!dragged) return;
      Object.assign(point, { x: inside(x), y: inside(y) });
      this.#showPoint(point);
      this.#label();
      this.#move(this.cursor);
    };
    follow(event, this.buttons.get(name), drag, this.surface, () => {
      if (dragged) remember(PLACES, { ...recall(PLACES, {}), [name]: { x: point.x, y: point.y } });
      else {
        this.#move({ x: point.x, y: point.y });
        this.recallLatent(name);
      }
    });
  }

  #step(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const far = event.shiftKey ? 5 * KEY_STEP : KEY_STEP;
    this.#morphTo({ x: this.cursor.x + step[0] * far, y: this.cursor.y + step[1] * far });
  }

  #morphTo(cursor) {
    this.#move(cursor);
    if (this.weights.length) this.morph(this.weights);
  }

  #move({ x, y }) {
    this.cursor = { x: between(x), y: between(y) };
    this.weights = padWeights(this.points, this.cursor);
    this.handle.style.setProperty("--x", this.cursor.x);
    this.handle.style.setProperty("--y", this.cursor.y);
    this.handle.setAttribute("aria-valuenow", String(Math.round(100 * this.cursor.x)));
    this.handle.setAttribute("aria-valuetext", shares(this.weights) || "no saved latents");
    find("pad-shares").textContent = shares(this.weights.slice(0, 3));
    this.#redraw();
  }

  #redraw() {
    this.stale = true;
    this.wake();
  }
}

// Calls moved(x, y, pixels) as shares of a surface until the pointer is let go, then ended().
function follow(event, holder, moved, surface = holder, ended = () => {}) {
  holder.setPointerCapture(event.pointerId);
  const move = (now) => {
    const { x, y } = placeIn(surface, now);
    moved(x, y, Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY));
  };
  const end = () => {
    holder.removeEventListener("pointermove", move);
    ended();
  };
  holder.addEventListener("pointermove", move);
  holder.addEventListener("lostpointercapture", end, { once: true });
}

function placeIn(surface, event) {
  const box = surface.getBoundingClientRect();
  return { x: between((event.clientX - box.left) / box.width), y: between((event.clientY - box.top) / box.height) };
}

function typeSize() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

function between(share) {
  return Math.min(1, Math.max(0, share));
}
