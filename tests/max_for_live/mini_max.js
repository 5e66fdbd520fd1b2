// Runs the shipped device: reads the .amxd, makes the objects in it, and passes messages along its wires as Max does
// (right outlets first; cold inlets keep, the left one fires). It refuses an object that it does not know.
'use strict';
const { MaxProcess } = require('./fake_max.js');
const { CLASSES } = require('./max_objects.js');

// The patcher and the embedded files of a frozen device.
function readDevice(bytes) {
  let collection;
  for (let at = 12; at < bytes.length; ) {
    const size = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'ptch') collection = bytes.subarray(at + 8, at + 8 + size);
    at += 8 + size;
  }
  const files = new Map();
  for (const [, entry] of chunks(chunks(collection.subarray(collection.readUInt32BE(12)))[0][1])) {
    const field = Object.fromEntries(chunks(entry));
    const start = field.of32.readUInt32BE(0);
    files.set(text(field.fnam), text(collection.subarray(start, start + field.sz32.readUInt32BE(0))));
  }
  return { patcher: JSON.parse([...files.values()][0]).patcher, files };
}

function chunks(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at + 4)) {
    found.push([bytes.toString('latin1', at, at + 4), bytes.subarray(at + 8, at + bytes.readUInt32BE(at + 4))]);
  }
  return found;
}

function text(bytes) {
  return bytes.toString('utf8').replace(/\0+$/, '');
}

class Patch {
  // `onSend(message)`: what udpsend is given. `onPort(port)`: where udpreceive has to listen. `max`: what all devices of
  // one Max share. `set`: what a saved Live set kept of the device.
  constructor(bytes, { clock, live, device = live.addDevice(), onSend, onPort = () => {}, max, set }) {
    const { patcher, files } = readDevice(bytes);
    Object.assign(this, { clock, live, device, files, onSend, onPort, midi: [], through: [], scripts: [], ends: [] });
    this.max = max || new MaxProcess({ clock });
    this.isLoaded = false;
    this.line = null; // the song beat at which the scheduler is, within a tick of a metro
    this.controls = new Map();
    this.values = new Map(); // by the parameter's name: what the control shows
    this.restorers = new Map();
    this.set = {}; // what the Live set keeps
    this.texts = new Map(); // what each text of the face shows, by the name under which the script speaks to it
    const inputs = new Map();
    const wires = patcher.lines.map(({ patchline }) => patchline);
    this.keys = keysOfFace(patcher, wires);
    const place = new Map(patcher.boxes.map(({ box }) => [box.id, box.patching_rect]));
    // One outlet to several boxes: the rightmost first, then the lowest.
    wires.sort((one, other) => {
      const [a, b] = [place.get(one.destination[0]), place.get(other.destination[0])];
      return b[0] - a[0] || b[1] - a[1];
    });
    for (const { box } of patcher.boxes) {
      const [name, ...words] = box.maxclass === 'newobj' ? box.text.split(' ') : [box.maxclass];
      if (!CLASSES[name]) throw new Error('no object ' + name);
      const out = (outlet, message) => {
        if (this.isGone) return;
        for (const { source, destination } of wires) {
          if (source[0] === box.id && source[1] === outlet) inputs.get(destination[0])(destination[1], message);
        }
      };
      const plain = words.filter((word, at) => !word.startsWith('@') && !(words[at - 1] || '').startsWith('@'));
      inputs.set(box.id, CLASSES[name](plain, out, this, box));
    }
    this.saved = set;
  }

  // Live has loaded the device: every parameter has its value back, then live.thisdevice bangs.
  load() {
    for (const [name, value] of Object.entries(this.saved || {})) this.restorers.get(name)(value);
    this.isLoaded = true;
    this.banged();
  }

  // The device is deleted; see JsObject.free.
  free(how) {
    this.scripts.forEach((script) => script.free(how));
    this.ends.forEach((end) => end());
    this.isGone = true;
  }

  use(name, value) {
    if (!this.controls.has(name)) throw new Error('the face has no ' + name);
    this.controls.get(name)(value);
  }
}

// The names under which the script speaks to the boxes of the face: the words of the route behind it.
function keysOfFace(patcher, wires) {
  const route = patcher.boxes.map(({ box }) => box).find((box) => (box.text || '').startsWith('route lamp'));
  const words = route.text.split(' ').slice(1);
  const ofFace = wires.filter(({ source }) => source[0] === route.id);
  return new Map(ofFace.map(({ source, destination }) => [destination[0], words[source[1]]]));
}

module.exports = { Patch, readDevice };
