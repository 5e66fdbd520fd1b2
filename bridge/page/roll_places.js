// Where notes are on a piano roll. x and y are shares of its width and height, 0 to 1, y from the top.
const LEAST_PITCHES = 12; // so that two notes are no mountain
export const LEAST_LINES = 5;
const ROOM = 1.5; // pitches above and below

// Lowest and highest pitch shown for these notes.
export function pitchRange(notes, least = LEAST_PITCHES) {
  if (!notes.length) return { low: 60 - least / 2, high: 60 + least / 2 };
  let low = 127;
  let high = 0;
  for (const { pitch } of notes) {
    low = Math.min(low, pitch);
    high = Math.max(high, pitch);
  }
  const missing = Math.max(0, least - (high - low)) / 2;
  return { low: low - missing - ROOM, high: high + missing + ROOM };
}

// Drums have no melody: each that is struck has a line of its own, the lowest at the bottom. Returns the same notes with
// the number of their line for a pitch.
export function inLines(notes) {
  const pitches = [...new Set(notes.map(({ pitch }) => pitch))].sort((a, b) => a - b);
  return notes.map((note) => ({ ...note, pitch: pitches.indexOf(note.pitch) }));
}

// {x, y, width, height} of a note whose start is counted from the phrase's first beat.
export function notePlace({ pitch, start, duration }, range, beats) {
  const height = 1 / (range.high - range.low);
  const x = start / beats;
  return { x, y: (range.high - pitch) * height - height / 2, width: Math.min(duration / beats, 1 - x), height };
}
