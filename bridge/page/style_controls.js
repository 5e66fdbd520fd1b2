// How the band plays, and how it is in time: key and scale, threshold, swing, humanize, tempo, lookahead, the clock.
import { find } from "./elements.js";
import { counted, number, percent, words } from "./format.js";
import { CLOCKS, MAI, SCALES } from "./protocol.js";

const KEYS = ["off", "C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
const CLOCK_WORDS = { transport: "DAW", midi: "MIDI clock", link: "Ableton Link", internal: "Own" };
const MODE_WORDS = { loop: "Loop", wander: "Wander", hold: "Hold a bar" };

export function styleControls(controls, state) {
  const ranges = MAI.SETTINGS;
  controls.menu("key", KEYS, (key) => (key === "off" ? "Off" : key));
  controls.menu("scale", SCALES, (scale) => (scale === "off" ? "Off" : words(scale)));
  controls.slider("threshold", ranges.threshold, 0.01, percent);
  controls.slider("swing", ranges.swing, 0.01, percent);
  controls.slider("humanize", ranges.humanize, 0.01, percent);
  controls.slider("morph_glide", { low: 0, high: 8 }, 0.5, (bars) => counted(bars, "bar"));
  controls.menu("clock", CLOCKS, (clock) => CLOCK_WORDS[clock] ?? clock);
  controls.menu("stream_mode", MAI.STREAM_MODES, (mode) => MODE_WORDS[mode] ?? mode);
  controls.number("tempo", ranges.tempo);
  controls.slider("lookahead", { low: 0, high: 8 }, 0.25, (beats) => counted(beats, "beat"));
  state.on("status", () => {
    const { source, leader, bpm } = state.status.clock;
    const follows = source !== "internal";
    find("tempo").disabled = follows;
    find("clock-now").textContent = follows ? `${leader ?? words(source)}, ${number(bpm, 1)}` : "own clock";
  });
}
