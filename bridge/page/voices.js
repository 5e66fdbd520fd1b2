// One note of a pitched instrument: oscillators through a low pass, with the loudness of a struck, plucked or bowed tone.
// waves: [shape, times the pitch, cents, share]; seconds of attack, of fading while it is held, and after it is let go.
const VOICES = {
  piano: {
    waves: [["triangle", 1, -3, 0.6], ["triangle", 1, 3, 0.5], ["sine", 2, 0, 0.18]],
    attack: 0.004, fades: 1.6, release: 0.14, bright: 9, level: 0.34,
  },
  guitar: {
    waves: [["sawtooth", 1, 0, 0.34], ["triangle", 1, 4, 0.5]],
    attack: 0.003, fades: 0.8, release: 0.09, bright: 6, level: 0.3,
  },
  bass: {
    waves: [["triangle", 1, 0, 0.8], ["sawtooth", 1, 0, 0.18]],
    attack: 0.006, fades: 2.2, release: 0.07, bright: 5, level: 0.5,
  },
  strings: {
    waves: [["sawtooth", 1, -7, 0.28], ["sawtooth", 1, 7, 0.28]],
    attack: 0.11, fades: 9, release: 0.35, bright: 4.5, level: 0.24,
  },
};
const SILENCE = 0.0008;

// seconds: how long it is held; loudness 0-1. Returns {node, sources, end} as drum does.
export function tone(context, family, pitch, time, seconds, loudness) {
  const voice = VOICES[family] ?? VOICES.piano;
  const hertz = 440 * 2 ** ((pitch - 69) / 12);
  const held = Math.max(seconds, voice.attack + 0.02);
  const end = time + held + voice.release + 0.02;
  const node = new GainNode(context, { gain: 0 });
  const peak = voice.level * loudness;
  const left = Math.max(SILENCE * 2, peak * Math.exp(-(held - voice.attack) / voice.fades));
  node.gain.setValueAtTime(0, time);
  node.gain.linearRampToValueAtTime(peak, time + voice.attack);
  node.gain.exponentialRampToValueAtTime(left, time + held);
  node.gain.exponentialRampToValueAtTime(SILENCE, time + held + voice.release);
  const bright = Math.min(12000, hertz * voice.bright * (0.6 + 0.6 * loudness));
  const filter = new BiquadFilterNode(context, { type: "lowpass", frequency: bright, Q: 0.4 });
  filter.frequency.setTargetAtTime(Math.max(200, bright * 0.45), time + voice.attack, voice.fades / 2);
  filter.connect(node);
  const sources = voice.waves.map(([type, times, cents, share]) => {
    const source = new OscillatorNode(context, { type, frequency: hertz * times, detune: cents });
    source.connect(new GainNode(context, { gain: share })).connect(filter);
    source.start(time);
    source.stop(end);
    return source;
  });
  return { node, sources, end };
}
