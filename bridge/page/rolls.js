// The piano rolls: one canvas a track, drawn when its notes change; the playhead moves over all of them.
import { find } from "./elements.js";
import { instrumentOf } from "./instruments.js";
import { LEAST_LINES, inLines, notePlace, pitchRange } from "./roll_places.js";

const LEAST_NOTE = { wide: 3, tall: 3.5 }; // pixels
const LEAST_STROKE = { wide: 7, tall: 7 }; // of a drum
const TALLEST_NOTE = 9;
const LEAST_LIT = 0.2; // beats: a stroke of a drum is too short to be seen

export class Rolls {
  // wake(): there is something to draw.
  constructor(state, wake) {
    Object.assign(this, { state, wake });
    this.canvases = [];
    this.stale = new Set(); // tracks
    this.sizes = new ResizeObserver(() => this.redraw());
    state.on("phrase", (whole) => {
      if (whole) this.stale.add(whole.track);
      else this.redraw();
      wake();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  // One a track, in its order.
  show(canvases) {
    this.sizes.disconnect();
    this.canvases = canvases;
    for (const canvas of canvases) this.sizes.observe(canvas);
    this.redraw();
  }

  redraw() {
    this.canvases.forEach((_, track) => this.stale.add(track));
    this.wake();
  }

  // Call each frame.
  frame() {
    for (const track of this.stale) if (this.canvases[track]) this.#draw(track, this.canvases[track]);
    this.stale.clear();
  }

  // Light the tracks that sound at a beat of the phrase; null: none does.
  light(beat) {
    const { phrase, band } = this.state;
    const bar = beat === null ? -1 : Math.floor(beat / band.beatsPerBar);
    this.canvases.forEach((canvas, track) => {
      const at = bar < 0 ? 0 : beat - bar * band.beatsPerBar;
      const notes = bar < 0 ? null : phrase.notes(bar, track);
      const sounds = notes?.some(({ start, duration }) => start <= at && at < start + Math.max(duration, LEAST_LIT));
      const lit = sounds ? "1" : "0";
      if (canvas.dataset.lit !== lit) canvas.dataset.lit = lit;
    });
  }

  #draw(track, canvas) {
    const { phrase, band } = this.state;
    const scale = devicePixelRatio;
    const width = Math.round(canvas.clientWidth * scale);
    const height = Math.round(canvas.clientHeight * scale);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    context.clearRect(0, 0, width, height);
    const beats = phrase.bars * band.beatsPerBar;
    drawLines(context, beats, band.beatsPerBar, { width, height, scale }, style.getPropertyValue("--line"));
    const drums = instrumentOf(band.tracks[track], track).family === "drums";
    const told = phrase.line(track, band.beatsPerBar);
    const notes = drums ? inLines(told) : told;
    const range = drums ? pitchRange(notes, LEAST_LINES) : pitchRange(notes);
    const least = drums ? LEAST_STROKE : LEAST_NOTE;
    const [ground, hue] = [style.getPropertyValue("--panel"), style.color];
    context.fillStyle = hue;
    for (const note of notes) {
      // Softer notes are paler; not see-through, or two that touch would be darker where they do.
      context.fillStyle = `color-mix(in srgb, ${hue} ${60 + 10 * Math.round((4 * note.velocity) / 127)}%, ${ground})`;
      drawNote(context, notePlace(note, range, beats), least, { width, height, scale });
    }
    canvas.dataset.notes = String(notes.length);
  }
}

function drawLines(context, beats, beatsPerBar, { width, height, scale }, colour) {
  context.fillStyle = colour;
  for (let beat = 1; beat < beats; beat++) {
    const isBar = beat % beatsPerBar === 0;
    if (!isBar && width / beats < 14 * scale) continue;
    context.globalAlpha = isBar ? 1 : 0.4;
    context.fillRect(Math.round((beat / beats) * width), 0, Math.max(1, Math.round(scale)), height);
  }
  context.globalAlpha = 1;
}

function drawNote(context, place, least, { width, height, scale }) {
  const tall = Math.min(Math.max(least.tall * scale, place.height * height * 0.86), TALLEST_NOTE * scale);
  const wide = Math.max(least.wide * scale, place.width * width - scale);
  const middle = (place.y + place.height / 2) * height;
  context.beginPath();
  context.roundRect(place.x * width, middle - tall / 2, wide, tall, Math.min(tall, wide) / 2.6);
  context.fill();
}

// share: of the phrase, 0 to 1; null: nothing sounds.
export function movePlayhead(share) {
  const line = find("playhead");
  line.hidden = share === null;
  if (share !== null) line.style.setProperty("--share", share.toFixed(5));
}
