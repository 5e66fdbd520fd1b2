// The Max objects that the device uses: cold inlets keep, the left one fires. A class that is not here is an error, and so
// is a message that an object does not know.
'use strict';
const { JsObject } = require('./fake_max.js');

const isNumber = (word) => /^-?\d*\.?\d+\.?$/.test(word);
const atom = (word) => (isNumber(word) ? Number(word) : word);

// An object class: (its arguments, out(outlet, message), the patch, its box) -> in(inlet, message).
// A message is an array of atoms; one that starts with a number is a number or a list.
const CLASSES = {
  js: scripted,
  jsui: scripted,
  udpsend: (_words, _out, patch) => (_inlet, message) => patch.onSend(message),
  udpreceive: (_words, out, patch) => {
    patch.receive = (...message) => out(0, message);
    return (_inlet, [selector, port]) => {
      if (selector !== 'port') throw new Error('udpreceive does not know ' + selector);
      patch.onPort(port);
    };
  },
  send: ([name], _out, patch) => (_inlet, message) => patch.max.send(name, message),
  receive: ([name], out, patch) => {
    patch.ends.push(patch.max.receive(name, (message) => out(0, message)));
    return never;
  },
  'live.thisdevice': (_words, out, patch) => {
    patch.banged = () => out(0, ['bang']);
    patch.enable = (on) => out(1, [on]);
    return never;
  },
  'live.text': control,
  'live.dial': control,
  'live.numbox': control,
  'live.menu': control,
  'live.tab': control,
  'live.comment': (_words, _out, patch, box) => (_inlet, [selector, shown]) => {
    if (selector !== 'set') throw new Error('live.comment does not know ' + selector);
    patch.texts.set(patch.keys.get(box.id), shown);
  },
  panel: (_words, _out, patch, box) => (_inlet, [selector, ...colour]) => {
    if (selector !== 'bgcolor' || colour.length !== 4) throw new Error('panel does not know ' + selector);
    patch.texts.set(patch.keys.get(box.id), colour.join(' '));
  },
  textedit: (_words, out, patch, box) => {
    patch.type = (text) => out(0, ['text', text]); // with @outputmode 1: one symbol
    return (_inlet, [selector, shown]) => {
      if (selector !== 'set') throw new Error('textedit does not know ' + selector);
      patch.texts.set(patch.keys.get(box.id), shown);
    };
  },
  umenu: (_words, out, patch) => {
    patch.models = [];
    patch.chooseModel = (name) => {
      if (!patch.models.includes(name)) throw new Error('the menu has no ' + name);
      out(1, [name]);
      out(0, [patch.models.indexOf(name)]);
    };
    return (_inlet, [selector, name]) => {
      if (selector === 'clear') patch.models = [];
      else if (selector === 'append') patch.models.push(name);
      else if (selector === 'setsymbol') patch.model = name;
      else throw new Error('umenu does not know ' + selector);
    };
  },
  // A pattr that is a parameter: kept in the set, put out when the set is opened and when it is given a value.
  pattr: (_words, out, patch, box) => {
    const name = nameOf(box);
    patch.restorers.set(name, (value) => out(0, (patch.set[name] = value)));
    return (_inlet, message) => out(0, (patch.set[name] = message));
  },
  coll: (_words, out) => {
    const stored = new Map();
    return (_inlet, message) => {
      if (message[0] === 'remove') stored.delete(message[1]);
      else if (message[0] === 'clear') stored.clear();
      else if (typeof message[0] !== 'number') throw new Error('coll does not know ' + message[0]);
      else if (message.length > 1) {
        if (message.length > 256) throw new Error('a list of ' + message.length + ' is too long for Max');
        stored.set(message[0], message.slice(1));
      } else if (stored.has(message[0])) {
        out(1, [message[0]]);
        out(0, stored.get(message[0]));
      }
    };
  },
  // In notes, it runs with Live's transport, at its lines.
  metro: ([interval], out, patch, box) => {
    if (!box.text.endsWith(`${interval} @quantize 16n @active 1`) || interval !== '16n') throw new Error(box.text);
    const EARLY = 1e-6; // of a sixteenth
    let cancel = () => {};
    const follow = () => {
      cancel();
      if (!patch.live.song.is_playing) return;
      const place = patch.live.beat() * 4;
      const next = Math.ceil(place - EARLY);
      cancel = patch.clock.after(((next - place) * 15000) / patch.live.song.tempo, () => fire(next));
    };
    const fire = (line) => {
      if (!patch.live.song.is_playing) return;
      // The scheduler's own time: a computer that stalls makes Max late, but lets it miss no line.
      patch.line = line / 4;
      out(0, ['bang']);
      patch.line = null;
      const wait = ((line + 1 - patch.live.beat() * 4) * 15000) / patch.live.song.tempo;
      cancel = patch.clock.after(Math.max(0, wait), () => fire(line + 1));
    };
    patch.live.listeners.push(follow);
    return never;
  },
  transport: (_words, out, patch) => () => {
    const { song } = patch.live;
    const beat = patch.line ?? patch.live.beat();
    const bars = Math.floor(beat / song.signature_numerator);
    const told = [
      [bars + 1], [1 + (Math.floor(beat) % song.signature_numerator)], [(beat % 1) * 480], [480], [song.tempo],
      [song.signature_numerator, song.signature_denominator], [song.is_playing], [beat * 480],
    ];
    for (let outlet = told.length - 1; outlet >= 0; outlet--) out(outlet, told[outlet]);
  },
  pack: (words, out) => {
    const kept = words.map(Number);
    return (inlet, message) => {
      if (message[0] !== 'bang') kept[inlet] = words[inlet].includes('.') ? message[0] : Math.trunc(message[0]);
      if (inlet === 0) out(0, [...kept]);
    };
  },
  f: (_words, out) => keeper(out, (value) => value),
  i: (_words, out) => keeper(out, Math.trunc),
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
  '/': arithmetic((a, b) => a / b),
  '!/': arithmetic((a, b) => b / a),
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

function keeper(out, read) {
  let kept = 0;
  return (inlet, [value]) => {
    if (value !== 'bang') kept = read(value);
    if (inlet === 0) out(0, [kept]);
  };
}

function scripted([file], out, patch, box) {
  const script = new JsObject(patch.files.get(file || box.filename), {
    clock: patch.clock,
    max: patch.max,
    LiveAPI: patch.live.api(patch.device, () => patch.isLoaded),
    onOutlet: (outlet, values) => out(outlet, values),
  });
  patch.scripts.push(script);
  return (_inlet, message) => script.message(...message);
}

function nameOf(box) {
  return box.saved_attribute_attributes.valueof.parameter_longname;
}

// A control of the face. patch.use(name, value) is the musician, a controller or automation.
function control(_words, out, patch, box) {
  const values = box.saved_attribute_attributes.valueof;
  const { parameter_mmin: low = 0, parameter_mmax: high, parameter_initial: [initial] } = values;
  const name = nameOf(box);
  const isButton = box.maxclass === 'live.text' && box.mode === 0;
  let kept = initial;
  const keep = (value) => {
    if (!(value >= low && value <= high)) throw new Error(`${name} goes from ${low} to ${high}, not to ${value}`);
    kept = value;
    if (values.parameter_invisible !== 2 && !isButton) patch.set[name] = value;
  };
  keep(kept);
  patch.values.set(name, () => kept);
  patch.restorers.set(name, (value) => (keep(value), out(0, [kept])));
  patch.controls.set(name, (value) => {
    if (isButton) return out(0, ['bang']);
    keep(value);
    return out(0, [kept]);
  });
  return (_inlet, message) => {
    if (message[0] === 'set') keep(message[1]);
    else if (message[0] === 'outputvalue') out(0, [kept]);
    else if (message[0] === 'text' && box.maxclass === 'live.text') patch.texts.set(patch.keys.get(box.id), message[1]);
    else if (typeof message[0] === 'number' && !isButton) (keep(message[0]), out(0, [kept]));
    else throw new Error(`${box.maxclass} does not know ${message[0]}`);
  };
}

module.exports = { CLASSES };
