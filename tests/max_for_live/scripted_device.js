// A device's whole script, as it is shipped, under a fake Max and a fake Live, in virtual time.
'use strict';
const { Clock, JsObject, MaxProcess } = require('./fake_max.js');
const { FakeLive } = require('./fake_live.js');
const { SOURCE } = require('./sources.js');

const BRIDGE = 0, RECEIVER = 1, FACE = 2, PLAYER = 3, SET = 4, DEVICES = 5;
const EACH_OTHER = 'devices';
const HASH = 'abc123';

class Device {
  constructor({ live, clock = new Clock(), max = new MaxProcess(), track = 0, kept = null, values = {} } = {}) {
    this.clock = clock;
    this.max = max;
    this.live = live || new FakeLive({ clock });
    this.out = [];
    this.isLoaded = false;
    const device = this.live.addDevice(this.live.tracks[track]);
    this.script = new JsObject(SOURCE, {
      clock, max, LiveAPI: this.live.api(device, () => this.isLoaded),
      onOutlet: (outlet, sent) => {
        this.out.push([outlet, ...sent]);
        if (outlet === DEVICES) max.send(EACH_OTHER, sent);
        if (outlet === SET) this.script.message('kept', ...sent); // the pattr puts out what it is given
      },
    });
    this.deafen = max.receive(EACH_OTHER, (message) => this.script.message(...message));
    if (kept) this.script.message('kept', ...kept);
    for (const [name, value] of Object.entries(values)) this.script.message('control', name, value);
    this.isLoaded = true;
    this.script.message('bang');
  }
  connected(tracks = ['Drums', 'Piano']) {
    this.answer('/mai/welcome', 1, '0.1.0', 1, 'tiny', 4, 4, 12, ...tracks);
    this.pong();
    this.clock.advance(1);
    return this;
  }
  // Deleted; see JsObject.free.
  free(how) {
    this.script.free(how);
    this.deafen();
  }
  use(name, value = 'bang') {
    this.script.message('control', name, value);
  }
  answer(address, ...values) {
    this.script.message(address, ...values);
  }
  // Answers the newest request of that address, with its number.
  answered(address, ...values) {
    const [, id] = this.from(BRIDGE, address).at(-1);
    const closing = { '/mai/ping': '/mai/pong', '/mai/latent/get': '/mai/latent/data', '/mai/get': '/mai/value' };
    this.answer(closing[address] || '/mai/done', id, ...values);
  }
  refuse(address, code, text) {
    this.answer('/mai/error', this.from(BRIDGE, address).at(-1)[1], address, code, text);
  }
  // What left an outlet since the last call of forget, without the outlet's number.
  from(outlet, selector) {
    return this.out
      .filter((sent) => sent[0] === outlet && (!selector || sent[1] === selector))
      .map((sent) => sent.slice(1));
  }
  asked(address) {
    return this.from(BRIDGE, address).map(([, , ...values]) => values);
  }
  forget() {
    this.out = [];
  }
  says() {
    return this.from(FACE, 'status').at(-1)[2];
  }
  shows(key) {
    return this.from(FACE, key).at(-1)?.slice(1);
  }
  // Seconds in which the bridge answers every ping.
  live_on(seconds) {
    for (let second = 0; second < seconds; second++) {
      this.clock.advance(1000);
      if (this.from(BRIDGE, '/mai/ping').length) this.pong();
    }
  }
  pong() {
    this.answered('/mai/ping', 10 + this.clock.now / 1000, 0, 0);
  }
  bar(start, bar, ...notes) {
    this.answer('/mai/bar', -1, bar, 0, 0, 1, start, ...notes);
  }
  saved(place, label, values) {
    this.use('save', 1);
    this.use('slot_' + (place + 1));
    const [name] = this.asked('/mai/latent/save').at(-1);
    this.answered('/mai/latent/save', name);
    this.answered('/mai/latent/get', name, HASH, 0, 1, ...values);
    if (label) this.use('slot_name', label);
    return this.asked(label ? '/mai/latent/rename' : '/mai/latent/save').at(-1).at(-1);
  }
}

module.exports = {
  BRIDGE, RECEIVER, FACE, PLAYER, SET, DEVICES, HASH, MaxProcess,
  SOURCE, Clock, Device, FakeLive, JsObject,
};
