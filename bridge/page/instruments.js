// What a track is by its name: its colour, and how it sounds. The bridge tells names alone.
const FAMILIES = {
  drums: { hue: "drums", program: 0, channel: 9, pan: 0 },
  piano: { hue: "piano", program: 0, channel: 0, pan: -0.15 },
  guitar: { hue: "guitar", program: 25, channel: 1, pan: 0.3 },
  bass: { hue: "bass", program: 33, channel: 2, pan: 0 },
  strings: { hue: "strings", program: 48, channel: 3, pan: -0.3 },
};
const ORDER = Object.keys(FAMILIES);
const PITCHED = ORDER.filter((family) => family !== "drums");

// track: its number, for one whose name says nothing: these take turns.
export function instrumentOf(name, track) {
  const words = name.toLowerCase();
  const family = ORDER.find((one) => words.includes(one)) ?? PITCHED[track % PITCHED.length];
  return { family, ...FAMILIES[family] };
}
