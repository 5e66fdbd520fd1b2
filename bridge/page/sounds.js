// The built-in synthesiser: the band through plain oscillators and noise, each note scheduled on the audio clock.
import { drum } from "./drums.js";
import { tone } from "./voices.js";

const MOST_VOICES = 72; // more would crackle on a small machine: the oldest gives way
const FADE_SECONDS = 0.03;
const ROOM_SECONDS = 1.1;
const ROOM_SHARE = 0.13;

export class Sounds {
  constructor() {
    this.voices = new Set();
    this.volume = 0.8;
  }

  // Needs a press or a key: browsers make no sound before.
  async start() {
    if (!this.context) this.#build();
    await this.context.resume();
  }

  setVolume(share) {
    this.volume = share;
    this.master?.gain.setTargetAtTime(share * share, this.context.currentTime, 0.02);
  }

  // time: milliseconds of performance.now(); seconds: how long it is held.
  play({ family, pan, pitch, velocity, time, seconds }) {
    if (this.context?.state !== "running") return;
    const at = Math.max(this.context.currentTime, this.#audioTime(time));
    const loudness = (velocity / 127) ** 1.5;
    const voice =
      family === "drums"
        ? drum(this.context, this.noise, pitch, at, loudness)
        : tone(this.context, family, pitch, at, seconds, loudness);
    voice.node.connect(this.#panned(family, pan));
    if (this.voices.size >= MOST_VOICES) this.#end(this.voices.values().next().value);
    this.voices.add(voice);
    voice.sources[0].onended = () => {
      voice.node.disconnect();
      this.voices.delete(voice);
    };
  }

  silence() {
    for (const voice of this.voices) this.#end(voice);
  }

  #end(voice) {
    const now = this.context.currentTime;
    this.voices.delete(voice);
    voice.node.gain.cancelScheduledValues(now);
    voice.node.gain.setTargetAtTime(0, now, FADE_SECONDS / 3);
    for (const source of voice.sources) source.stop(now + FADE_SECONDS);
  }

  // The audio clock's time of what is to be heard at a time of the page's clock.
  #audioTime(time) {
    const stamp = this.context.getOutputTimestamp?.();
    if (stamp?.performanceTime > 0) return stamp.contextTime + (time - stamp.performanceTime) / 1000;
    return this.context.currentTime + (time - performance.now()) / 1000;
  }

  #build() {
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.master = new GainNode(this.context, { gain: this.volume ** 2 });
    const limiter = new DynamicsCompressorNode(this.context, { threshold: -14, ratio: 6, attack: 0.004, release: 0.18 });
    const room = new ConvolverNode(this.context, { buffer: roomEcho(this.context) });
    this.mix = new GainNode(this.context);
    this.mix.connect(this.master);
    this.mix.connect(room).connect(new GainNode(this.context, { gain: ROOM_SHARE })).connect(this.master);
    this.master.connect(limiter).connect(this.context.destination);
    this.noise = whiteNoise(this.context, 1, 1);
    this.panners = new Map();
  }

  #panned(family, pan) {
    if (!this.panners.has(family)) {
      const panner = new StereoPannerNode(this.context, { pan });
      panner.connect(this.mix);
      this.panners.set(family, panner);
    }
    return this.panners.get(family);
  }
}

function whiteNoise(context, channels, seconds) {
  const buffer = new AudioBuffer({
    numberOfChannels: channels, length: Math.ceil(context.sampleRate * seconds), sampleRate: context.sampleRate,
  });
  for (let channel = 0; channel < channels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let at = 0; at < samples.length; at++) samples[at] = 2 * Math.random() - 1;
  }
  return buffer;
}

// A small room: noise that dies away.
function roomEcho(context) {
  const buffer = whiteNoise(context, 2, ROOM_SECONDS);
  for (let channel = 0; channel < 2; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let at = 0; at < samples.length; at++) samples[at] *= (1 - at / samples.length) ** 3;
  }
  return buffer;
}
