// A Live set in real time with as many shipped devices as wanted, each with UDP sockets to use, at a bridge that runs:
// node studio.js BRIDGE_PORT. Reads one command a line from its input, as JSON [name, ...arguments], and answers each
// with a line of JSON.
'use strict';
const dgram = require('node:dgram');
const readline = require('node:readline');
const { MaxProcess, realClock } = require('./fake_max.js');
const { FakeLive } = require('./fake_live.js');
const { Patch } = require('./mini_max.js');
const { decode, encode } = require('./osc.js');
const { SHIPPED } = require('./sources.js');

const bridgePort = Number(process.argv[2]);
const max = new MaxProcess({ clock: realClock });
const live = new FakeLive({ clock: realClock, tracks: 0 });
const patches = [];

function addDevice(set) {
  const track = live.addTrack(4);
  live.tracks.push(track);
  const sender = dgram.createSocket('udp4');
  let receiver = null;
  const onSend = (message) => {
    patch.sent[message[0]] = (patch.sent[message[0]] || 0) + 1;
    sender.send(encode(message), bridgePort, '127.0.0.1');
  };
  const onPort = (port) => {
    patch.opened += 1;
    if (receiver) receiver.close();
    receiver = dgram.createSocket('udp4');
    receiver.on('error', () => {}); // Max says nothing where a port is taken
    receiver.on('message', (datagram) => patch.receive(...decode(datagram)));
    receiver.bind(port, '127.0.0.1');
  };
  const device = live.addDevice(track);
  Object.getPrototypeOf(device).id = 1 + ((process.pid * 64 + patches.length) % 19000);
  const patch = new Patch(SHIPPED, { clock: realClock, live, device, max, set, onSend, onPort });
  Object.assign(patch, { sent: {}, opened: 0, close: () => receiver && receiver.close() });
  patch.track = track;
  patches.push(patch);
  patch.load();
}

const clipOf = (slot) =>
  slot.clip && { name: slot.clip.name, color: slot.clip.color, length: slot.clip.length, notes: slot.clip.notes };

const COMMANDS = {
  add: (count, set) => {
    for (let number = 0; number < count; number++) addDevice(set);
  },
  use: (device, name, value) => patches[device].use(name, value),
  name: (device, text) => patches[device].type(text),
  remove: (device, how) => {
    patches[device].free(how);
    patches[device].close();
  },
  cut: () => (max.isCut = true),
  play: () => {
    live.play();
    live.playedAt = realClock.now;
  },
  stop: () => live.stop(),
  change: (property, value) => live.change(property, value),
  look: (device) => {
    const { texts, midi, set, sent, models, opened } = patches[device];
    const values = Object.fromEntries([...patches[device].values].map(([name, value]) => [name, value()]));
    return { texts: Object.fromEntries(texts), values, midi, set, sent, models, opened, playedAt: live.playedAt };
  },
  forget: () => patches.forEach((patch) => (patch.midi.length = 0)),
  faces: () => patches.map(({ texts }) => texts.get('lamp_word')),
  clips: (device) => patches[device].track.clip_slots.map(clipOf),
  uses: () => [...live.uses],
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [name, ...values] = JSON.parse(line);
  console.log(JSON.stringify(COMMANDS[name](...values) ?? null));
}).on('close', () => process.exit(0));
