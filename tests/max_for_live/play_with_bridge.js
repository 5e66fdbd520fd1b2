// The shipped device in real time against a real bridge: node play_with_bridge.js BRIDGE_PORT
// Presses Generate once and prints, as JSON, what the device played and what its face says.
'use strict';
const dgram = require('node:dgram');
const fs = require('node:fs');
const path = require('node:path');
const { FakeLive } = require('./fake_max.js');
const { Patch } = require('./mini_max.js');
const { decode, encode } = require('./osc.js');

const DEVICE = path.join(__dirname, '../../max_for_live/MAIsynthesizer.amxd');
const TEMPO = 960; // sixteen beats are a second
const PHRASE_MS = (16 * 60000) / TEMPO;
const PATIENCE_MS = 10000;

const clock = {
  get now() {
    return performance.now();
  },
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

const live = new FakeLive(process.pid);
live.song.tempo = TEMPO;

const sender = dgram.createSocket('udp4');
const receiver = dgram.createSocket('udp4');
const send = (message) => sender.send(encode(message), Number(process.argv[2]), '127.0.0.1');
const listen = (port) => receiver.bind(port, '127.0.0.1');
const patch = new Patch(fs.readFileSync(DEVICE), clock, live, send, listen);

const status = () => [...patch.texts.values()].join(' | ');

function finish(failure) {
  console.log(JSON.stringify({ failure, face: [...patch.texts.values()], midi: patch.midi }));
  process.exit(0);
}

receiver.on('message', (datagram) => {
  const message = decode(datagram);
  patch.receive(...message);
  if (message[0] === '/mai/welcome') setTimeout(() => patch.use('Generate'), 50);
  // /mai/done of the generate carries the latent's name; that of the subscription carries nothing.
  if (message[0] === '/mai/done' && message.length > 2) setTimeout(finish, PHRASE_MS + 300);
});
setTimeout(() => finish('nothing was played: ' + status()), PATIENCE_MS);

patch.use('Track', 0);
patch.load();
