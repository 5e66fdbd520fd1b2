// The whole device as it is shipped, object by object, in virtual time, connected to a bridge that the test speaks for.
'use strict';
const { Clock, MaxProcess } = require('./fake_max.js');
const { FakeLive } = require('./fake_live.js');
const { Patch } = require('./mini_max.js');
const { SHIPPED } = require('./sources.js');

const BEAT = 600; // milliseconds: 100 beats a minute
const AT_ONCE = -1;

function device({ set, track = 1 } = {}) {
  const sent = [];
  const clock = new Clock();
  const live = new FakeLive({ clock, tempo: 60000 / BEAT });
  const ports = [];
  const onPort = (port) => ports.push(port);
  const patch = new Patch(SHIPPED, { clock, live, set, onSend: (message) => sent.push(message), onPort });
  Object.assign(patch, { sent, ports });
  if (!set) patch.use('Track', track);
  patch.load();
  tell(patch, '/mai/welcome', 1, '0.1.0', 1, 'tiny', 4, 4, 12, 'Drums', 'Piano');
  clock.advance(1);
  patch.greeted = sent.splice(0); // what was sent on the way
  patch.midi.length = 0;
  return patch;
}

// Also lets pass what Max defers.
function tell(patch, ...message) {
  patch.receive(...message);
  patch.clock.advance(0);
}

// A bar's first or only message, for track 1.
function tellBar(patch, start, bar, ...notes) {
  tell(patch, '/mai/bar', 3, bar, 1, 0, 1, start, ...notes);
}

// Plays on, with a bridge that answers.
function run(patch, beats) {
  for (let quarter = 0; quarter < 4 * beats; quarter++) {
    patch.clock.advance(BEAT / 4);
    const ping = patch.sent.filter(([address]) => address === '/mai/ping').at(-1);
    if (ping) patch.receive('/mai/pong', ping[1], 10 + patch.clock.now / 1000, 0, 0);
  }
}

const ons = (patch) => patch.midi.filter((event) => event.velocity > 0);
const offs = (patch) => patch.midi.filter((event) => event.velocity === 0);
const pitches = (events) => events.map(({ pitch }) => pitch);
const asked = (patch, address) => patch.sent.filter((message) => message[0] === address).map((m) => m.slice(2));

module.exports = {
  AT_ONCE, BEAT, SHIPPED, Clock, FakeLive, MaxProcess, Patch, asked, device, offs, ons, pitches, run, tell, tellBar,
};
