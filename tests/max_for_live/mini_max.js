// Runs the shipped device: reads the .amxd, makes the objects in it, and passes messages along its wires as Max does
// (right outlets first; cold inlets keep, the left one fires). It refuses an object that it does not know.
'use strict';
const { JsObject } = require('./fake_max.js');

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

const isNumber = (word) => /^-?\d*\.?\d+\.?$/.test(word);
const atom = (word) => (isNumber(word) ? Number(word) : word);

// An object class: (its arguments, out(outlet, message), the patch, its box) -> in(inlet, message).
// A message is an array of atoms; one that starts with a number is a number or a list.
const CLASSES = {
  js: ([file], out, patch) => {
    const script = new JsObject(patch.files.get(file), patch.clock, patch.live, (outlet, values) => out(outlet, values));
    return (_inlet, message) => script.message(...message);
  },
  udpsend: (_words, _out, patch) => (_inlet, message) => patch.onSend(message),
  udpreceive: (_words, out, patch) => {
    patch.receive = (...message) => out(0, message);
    return (_inlet, [selector, port]) => {
      if (selector !== 'port') throw new Error('udpreceive does not know ' + selector);
      patch.onPort(port);
    };
  },
  'live.thisdevice': (_words, out, patch) => {
    patch.load = () => out(0, ['bang']);
    patch.enable = (on) => out(1, [on]);
    return never;
  },
  'live.text': control,
  'live.dial': control,
  'live.menu': control,
  'live.comment': (_words, _out, patch, box) => (_inlet, [selector, shown]) => {
    if (selector !== 'set') throw new Error('live.comment does not know ' + selector);
    patch.texts.set(box.id, shown);
  },
  panel: () => never,
  message: (_words, out, _patch, box) => () => out(0, box.text.split(' ').map(atom)),
  prepend: (words, out) => (_inlet, message) => out(0, [...words, ...message]),
  deferlow: (_words, out, patch) => (_inlet, message) => patch.clock.after(0, () => out(0, message)),
  route: (words, out) => (_inlet, message) => {
    const place = words.indexOf(String(message[0]));
    if (place < 0) out(words.length, message);
    else out(place, message.length > 1 ? message.slice(1) : ['bang']);
  },
  t: (words, out) => (_inlet, message) => {
    for (let outlet = words.length - 1; outlet >= 0; outlet--) out(outlet, words[outlet] === 'b' ? ['bang'] : message);
  },
  zl: ([mode, size], out) => (_inlet, list) => {
    if (mode === 'slice') {
      if (list.length > +size) out(1, list.slice(+size));
      out(0, list.slice(0, +size));
    } else if (mode === 'iter') {
      for (let at = 0; at < list.length; at += +size) out(0, list.slice(at, at + +size));
    } else throw new Error('zl does not know ' + mode);
  },
  unpack: (words, out) => (_inlet, list) => {
    for (let outlet = Math.min(words.length, list.length) - 1; outlet >= 0; outlet--) {
      out(outlet, [words[outlet].includes('.') ? list[outlet] : Math.trunc(list[outlet])]);
    }
  },
  gate: (_words, out) => {
    let open = false;
    return (inlet, message) => {
      if (inlet === 0) open = message[0] !== 0;
      else if (open) out(0, message);
    };
  },
  sel: ([wanted], out) => (_inlet, message) => (message[0] === +wanted ? out(0, ['bang']) : out(1, message)),
  expr: (words, out) => {
    const values = Array(9).fill(0);
    const source = words.join(' ').replace(/\$i(\d)/g, 'Math.trunc(v[$1 - 1])').replace(/\$f(\d)/g, 'v[$1 - 1]');
    const compute = new Function('v', `return Number(${source})`);
    return (inlet, list) => {
      list.forEach((value, place) => (values[inlet + place] = value));
      if (inlet === 0) out(0, [compute(values)]);
    };
  },
  '+': arithmetic((a, b) => a + b),
  '*': arithmetic((a, b) => a * b),
  pipe: (words, out, patch) => {
    const kept = words.map(Number);
    let cancels = [];
    return (inlet, message) => {
      if (message[0] === 'clear' && inlet === 0) {
        cancels.forEach((cancel) => cancel());
        cancels = [];
        return;
      }
      if (typeof message[0] !== 'number') throw new Error(`pipe does not know ${message} in inlet ${inlet}`);
      kept[inlet] = Math.trunc(message[0]);
      if (inlet > 0) return;
      const values = kept.slice(0, -1);
      const send = () => {
        for (let outlet = values.length - 1; outlet >= 0; outlet--) out(outlet, [values[outlet]]);
      };
      cancels.push(patch.clock.after(kept.at(-1), send));
    };
  },
  makenote: ([velocity, duration], out, patch, box) => {
    // Its other modes, in which the first note-off ends a pitch that began again, are not here.
    if (!box.text.endsWith('@repeatmode 1')) throw new Error('makenote is known with @repeatmode 1 alone');
    const kept = [0, +velocity, +duration];
    const sounding = new Map(); // pitch -> cancel its note-off
    const send = (pitch, loudness) => (out(1, [loudness]), out(0, [pitch]));
    const end = (pitch) => (sounding.get(pitch)(), sounding.delete(pitch), send(pitch, 0));
    return (inlet, message) => {
      if (message[0] === 'stop' && inlet === 0) {
        [...sounding.keys()].forEach(end);
        return;
      }
      kept[inlet] = message[0];
      if (inlet > 0) return;
      const pitch = kept[0];
      if (sounding.has(pitch)) end(pitch); // repeatmode 1
      send(pitch, kept[1]);
      sounding.set(pitch, patch.clock.after(kept[2], () => end(pitch)));
    };
  },
  noteout: (_words, _out, patch) => {
    const kept = [0, 0, 1];
    return (inlet, message) => {
      kept[inlet] = message[0];
      if (inlet === 0) patch.midi.push({ at: patch.clock.now, pitch: kept[0], velocity: kept[1] });
    };
  },
  midiin: (_words, out, patch) => {
    patch.playKey = (byte) => out(0, [byte]);
    return never;
  },
  midiout: (_words, _out, patch) => (_inlet, [byte]) => patch.through.push(byte),
};

function never(_inlet, message) {
  throw new Error('nothing should be sent here: ' + message);
}

function arithmetic(compute) {
  return ([right], out) => {
    let kept = +right;
    return (inlet, [value]) => {
      if (inlet === 1) kept = value;
      else out(0, [compute(value, kept)]);
    };
  };
}

// A control of the face: patch.controls.get(name) sends its value, or a bang for a button.
function control(_words, out, patch, box) {
  const { parameter_longname: name, parameter_mmin: low = 0, parameter_mmax: high } =
    box.saved_attribute_attributes.valueof;
  patch.controls.set(name, (value) => {
    if (box.maxclass === 'live.text') return out(0, ['bang']);
    if (!(value >= low && value <= high)) throw new Error(`${name} goes from ${low} to ${high}`);
    return out(0, [value]);
  });
  return never;
}

class Patch {
  // `onSend(message)`: what udpsend is given. `onPort(port)`: where udpreceive has to listen.
  constructor(bytes, clock, live, onSend, onPort = () => {}) {
    const { patcher, files } = readDevice(bytes);
    Object.assign(this, { clock, live, files, onSend, onPort, midi: [], through: [], controls: new Map() });
    this.texts = new Map(); // what each live.comment shows, by box
    const inputs = new Map();
    const wires = patcher.lines.map(({ patchline }) => patchline);
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
        for (const { source, destination } of wires) {
          if (source[0] === box.id && source[1] === outlet) inputs.get(destination[0])(destination[1], message);
        }
      };
      const plain = words.filter((word, at) => !word.startsWith('@') && !(words[at - 1] || '').startsWith('@'));
      inputs.set(box.id, CLASSES[name](plain, out, this, box));
    }
  }

  use(name, value) {
    this.controls.get(name)(value);
  }
}

module.exports = { Patch, readDevice };
