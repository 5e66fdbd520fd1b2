// Drums of General MIDI by pitch, from noise and swept sines.
const KICK = { kind: "skin", from: 150, to: 48, seconds: 0.32, level: 1 };
const TOM = (from) => ({ kind: "skin", from, to: from * 0.6, seconds: 0.3, level: 0.65 });
const NOISE = (filter, hertz, seconds, level) => ({ kind: "noise", filter, hertz, seconds, level });
const SNARE = { ...NOISE("bandpass", 2100, 0.17, 0.75), body: 190 };
const CLOSED_HAT = NOISE("highpass", 8500, 0.05, 0.32);
const OPEN_HAT = NOISE("highpass", 7500, 0.35, 0.28);
const CRASH = NOISE("highpass", 5200, 1.1, 0.3);
const RIDE = NOISE("bandpass", 7200, 0.5, 0.24);

const BY_PITCH = {
  35: KICK, 36: KICK, 37: NOISE("bandpass", 1700, 0.05, 0.6), 38: SNARE, 39: NOISE("bandpass", 1200, 0.14, 0.6),
  40: SNARE, 41: TOM(110), 43: TOM(130), 45: TOM(155), 47: TOM(185), 48: TOM(215), 50: TOM(250), 42: CLOSED_HAT,
  44: CLOSED_HAT, 46: OPEN_HAT, 49: CRASH, 52: CRASH, 55: CRASH, 57: CRASH, 51: RIDE, 53: RIDE, 59: RIDE,
  54: NOISE("highpass", 9500, 0.09, 0.25), 56: NOISE("bandpass", 820, 0.12, 0.4), 70: NOISE("highpass", 9000, 0.05, 0.25),
};
const OTHERWISE = NOISE("bandpass", 3000, 0.06, 0.35);

// context, noise: an AudioBuffer; loudness 0-1. Returns {node, sources, end}: sources are started, end is their time.
export function drum(context, noise, pitch, time, loudness) {
  const sound = BY_PITCH[pitch] ?? OTHERWISE;
  const node = new GainNode(context, { gain: 0 });
  const level = sound.level * loudness;
  node.gain.setValueAtTime(level, time);
  node.gain.exponentialRampToValueAtTime(0.0008, time + sound.seconds);
  const end = time + sound.seconds + 0.02;
  const sources = sound.kind === "skin" ? [skin(context, sound, time, node)] : [hiss(context, sound, noise, node)];
  if (sound.body) sources.push(skin(context, { from: sound.body, to: sound.body * 0.7, seconds: 0.12 }, time, node));
  for (const source of sources) {
    source.start(time);
    source.stop(end);
  }
  return { node, sources, end };
}

function skin(context, { from, to, seconds }, time, node) {
  const source = new OscillatorNode(context, { frequency: from });
  source.frequency.setValueAtTime(from, time);
  source.frequency.exponentialRampToValueAtTime(to, time + seconds / 3);
  source.connect(node);
  return source;
}

function hiss(context, { filter, hertz }, noise, node) {
  const source = new AudioBufferSourceNode(context, { buffer: noise, loop: true });
  const shaped = new BiquadFilterNode(context, { type: filter, frequency: hertz, Q: 0.8 });
  source.connect(shaped).connect(node);
  return source;
}
