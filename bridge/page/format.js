// Numbers and names as a musician reads them.
export function percent(share) {
  return `${Math.round(100 * share)} %`;
}

export function milliseconds(value) {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

// A song position as bar and beat, both from 1: "3.2".
export function barBeat(beat, beatsPerBar) {
  const bar = Math.floor(beat / beatsPerBar);
  return `${bar + 1}.${Math.floor(beat - bar * beatsPerBar) + 1}`;
}

// harmonic_minor as "harmonic minor".
export function words(name) {
  return name.replaceAll("_", " ");
}

export function number(value, digits = 2) {
  return String(Number(value.toFixed(digits)));
}

// "1 beat", "2.5 beats".
export function counted(value, unit) {
  return `${number(value)} ${unit}${value === 1 ? "" : "s"}`;
}

// A name that every system takes for a file.
export function fileName(text) {
  const plain = text.replace(/[^\p{L}\p{N} _.,#-]/gu, "").trim().replace(/^\.+/, "");
  return plain.slice(0, 60) || "phrase";
}

// "60 % Verse, 40 % Chorus" of [{name, weight}].
export function shares(weights) {
  return weights.map(({ name, weight }) => `${percent(weight)} ${name}`).join(", ");
}
