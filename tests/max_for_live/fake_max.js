// Max for tests: a clock that only the test moves, and the js object.
'use strict';
const vm = require('node:vm');

// Milliseconds that pass when the test says so.
class Clock {
  constructor() {
    this.now = 0;
    this.waiting = [];
  }

  after(milliseconds, action) {
    const entry = { at: this.now + milliseconds, action };
    this.waiting.push(entry);
    return () => (this.waiting = this.waiting.filter((other) => other !== entry));
  }

  advance(milliseconds) {
    const end = this.now + milliseconds;
    for (;;) {
      const due = this.waiting.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.waiting.splice(this.waiting.indexOf(due), 1);
      this.now = Math.max(this.now, due.at);
      due.action();
    }
    this.now = end;
  }
}

// A clock that runs.
const realClock = {
  get now() {
    return performance.now();
  },
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

// What all devices of one Max share: the Global objects, and what goes from each send to every receive of its name,
// the sender's own among them.
class MaxProcess {
  // `latency`: milliseconds that such a message takes, as Max says it may; null: it is there before the sender goes on.
  // `globals` null: this Max's JavaScript has no Global.
  constructor({ clock = null, latency = null, globals = new Map() } = {}) {
    Object.assign(this, { clock, latency, globals, receivers: [], isCut: false });
  }

  receive(name, hear) {
    const receiver = { name, hear };
    this.receivers.push(receiver);
    return () => (this.receivers = this.receivers.filter((other) => other !== receiver));
  }

  send(name, message) {
    if (this.isCut) return;
    if (message.length > 256) throw new Error('a list of ' + message.length + ' is too long for Max');
    // The order is nobody's: here the newest device hears first.
    const pass = () => [...this.receivers].reverse().forEach((one) => {
      if (one.name === name && this.receivers.includes(one)) one.hear(message);
    });
    if (this.latency === null) pass();
    else this.clock.after(this.latency, pass);
  }
}

// What Max has of JavaScript and what it adds, as far as the scripts may use it. `life`: {isOver}, of the object.
function maxGlobals(clock, globals, LiveAPI, onOutlet, life) {
  class Task {
    constructor(action, self) {
      this.fire = () => life.isOver || action.call(self);
      this.stop = null;
    }
    schedule(milliseconds) {
      this.cancel();
      this.stop = clock.after(milliseconds, this.fire);
    }
    cancel() {
      if (this.stop) this.stop();
    }
  }
  // One object for all js objects, which here share numbers alone.
  function Global(name) {
    if (!globals.has(name)) globals.set(name, {});
    return new Proxy(globals.get(name), {
      set(shared, key, value) {
        if (typeof value !== 'number') throw new Error('a Global keeps numbers: ' + String(key));
        shared[key] = value;
        return true;
      },
    });
  }
  class FakeDate {
    getTime() {
      return clock.now;
    }
  }
  return {
    LiveAPI, Task, Global: globals ? Global : undefined, Date: FakeDate, post: () => {},
    outlet: (number, ...values) => onOutlet(number, values.flat()),
    arrayfromargs: (values) => Array.prototype.slice.call(values),
  };
}

// Max's js object: runs `source`, passes on what it puts out, and gives it messages.
class JsObject {
  constructor(source, { clock, max = new MaxProcess(), LiveAPI, onOutlet }) {
    this.life = { isOver: false, isSilent: false };
    const known = maxGlobals(clock, max.globals, LiveAPI, (number, values) => {
      if (this.life.isSilent) return;
      if (!(number < this.context.outlets)) throw new Error('the script has no outlet ' + number);
      if (values.some((value) => typeof value !== 'string' && !Number.isFinite(value))) {
        throw new Error('the script puts out what is no number and no word: ' + JSON.stringify(values));
      }
      onOutlet(number, values);
    }, this.life);
    this.context = vm.createContext({ ...known, mgraphics: fakeGraphics() });
    vm.runInContext(source, this.context);
  }

  // As Max: the function of the message's name, else anything().
  message(selector, ...values) {
    this.context.messagename = selector;
    const named = this.context[selector];
    (typeof named === 'function' ? named : this.context.anything)(...values);
  }

  // Max frees the object. Nobody has told us whether its outlets still lead anywhere as it says farewell, nor whether
  // Max lets it do so: `how` is 'heard', 'silenced' or 'at once'.
  free(how = 'heard') {
    this.life.isSilent = how !== 'heard';
    if (how !== 'at once' && this.context.notifydeleted) this.context.notifydeleted();
    this.life.isOver = this.life.isSilent = true;
  }
}

// What a jsui draws with: keeps the texts, refuses what mgraphics does not have.
function fakeGraphics(size = [100, 96]) {
  const calls = [
    'init', 'redraw', 'set_source_rgba', 'rectangle', 'ellipse', 'fill', 'select_font_face', 'set_font_size', 'move_to',
  ];
  const graphics = { size, texts: [], text_measure: (text) => [5 * text.length, 9] };
  for (const name of calls) graphics[name] = () => {};
  graphics.show_text = (text) => graphics.texts.push(text);
  return new Proxy(graphics, {
    get(target, name) {
      if (!(name in target)) throw new Error('mgraphics has no ' + String(name));
      return target[name];
    },
  });
}

module.exports = { Clock, JsObject, MaxProcess, realClock };
