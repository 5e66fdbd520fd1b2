// The band on a MIDI output of the browser. Every note-on has its note-off.
const NOTE_ON = 0x90;
const NOTE_OFF = 0x80;

export class MidiOut {
  // access(): a promise of MIDIAccess, such as navigator.requestMIDIAccess; now(): milliseconds.
  constructor(access, now) {
    Object.assign(this, { access, now, output: null });
    this.sounding = new Map(); // [channel, pitch] by both as text: when the note-off is sent
  }

  // The outputs there are, [{id, name}]. changed(outputs): one has come or gone.
  async start(changed) {
    this.midi = await this.access();
    this.midi.onstatechange = () => changed(this.outputs());
    return this.outputs();
  }

  outputs() {
    return [...this.midi.outputs.values()].map(({ id, name }) => ({ id, name: name ?? id }));
  }

  // "": none.
  choose(id) {
    this.silence();
    this.output = this.midi?.outputs.get(id) ?? null;
  }

  play({ channel, pitch, velocity, time, seconds }) {
    if (!this.output) return;
    const now = this.now();
    const on = Math.max(now, time);
    const off = on + Math.max(5, 1000 * seconds);
    const key = `${channel}/${pitch}`;
    for (const [old, { until }] of this.sounding) if (until < now) this.sounding.delete(old);
    this.output.send([NOTE_ON | channel, pitch, velocity], on);
    this.output.send([NOTE_OFF | channel, pitch, 0], off);
    this.sounding.set(key, { channel, pitch, until: Math.max(off, this.sounding.get(key)?.until ?? 0) });
  }

  // Now, and not when they were due.
  silence() {
    if (!this.output) return;
    this.output.clear?.();
    const now = this.now();
    for (const { channel, pitch, until } of this.sounding.values()) {
      if (until >= now) this.output.send([NOTE_OFF | channel, pitch, 0]);
    }
    this.sounding.clear();
  }
}
