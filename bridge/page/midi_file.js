// A standard MIDI file, format 1: the tempo, then a track an instrument.
const TICKS_A_BEAT = 480;
const NOTE_ON = 0x90;
const NOTE_OFF = 0x80;
const PROGRAM = 0xc0;

// tracks: [{name, program, channel, notes: [{pitch, velocity, start, duration}]}], times in beats. Returns bytes.
export function midiFile(tempo, beatsPerBar, tracks) {
  const microseconds = Math.round(60e6 / tempo);
  const conductor = [
    [0, 0xff, 0x51, 3, ...bytes(microseconds, 3)],
    [0, 0xff, 0x58, 4, beatsPerBar, 2, 24, 8],
  ];
  const chunks = [chunk("MThd", [...bytes(1, 2), ...bytes(tracks.length + 1, 2), ...bytes(TICKS_A_BEAT, 2)])];
  chunks.push(trackChunk(conductor.flat()), ...tracks.map((track) => trackChunk(trackEvents(track))));
  return Uint8Array.from(chunks.flat());
}

function trackEvents({ name, program, channel, notes }) {
  const written = new TextEncoder().encode(name);
  const events = notes.flatMap(({ pitch, velocity, start, duration }) => {
    const on = Math.max(0, Math.round(start * TICKS_A_BEAT));
    const off = Math.max(on + 1, Math.round((start + duration) * TICKS_A_BEAT));
    return [
      { tick: on, isOn: 1, bytes: [NOTE_ON | channel, pitch, velocity] },
      { tick: off, isOn: 0, bytes: [NOTE_OFF | channel, pitch, 0] },
    ];
  });
  events.sort((a, b) => a.tick - b.tick || a.isOn - b.isOn); // a note that is struck again ends first
  const out = [0, 0xff, 0x03, ...variableLength(written.length), ...written, 0, PROGRAM | channel, program];
  let tick = 0;
  for (const event of events) {
    out.push(...variableLength(event.tick - tick), ...event.bytes);
    tick = event.tick;
  }
  return out;
}

function trackChunk(events) {
  return chunk("MTrk", [...events, 0, 0xff, 0x2f, 0]);
}

function chunk(kind, content) {
  return [...new TextEncoder().encode(kind), ...bytes(content.length, 4), ...content];
}

function bytes(value, count) {
  return Array.from({ length: count }, (_, place) => (value >>> (8 * (count - 1 - place))) & 0xff);
}

export function variableLength(value) {
  const groups = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}
