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

// What Max has of JavaScript and what it adds, as far as the scripts may use it. `globals`: Max's Global objects.
function maxGlobals(clock, globals, LiveAPI, onOutlet) {
  class Task {
    constructor(action, self) {
      this.fire = () => action.call(self);
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
    LiveAPI, Task, Global, Date: FakeDate, post: () => {},
    outlet: (number, ...values) => onOutlet(number, values.flat()),
    arrayfromargs: (values) => Array.prototype.slice.call(values),
  };
}

// Max's js object: runs `source`, passes on what it puts out, and gives it messages.
class JsObject {
  constructor(source, { clock, globals = new Map(), LiveAPI, onOutlet }) {
    const known = maxGlobals(clock, globals, LiveAPI, (number, values) => {
      if (!(number < this.context.outlets)) throw new Error('the script has no outlet ' + number);
      if (values.some((value) => typeof value !== 'string' && !Number.isFinite(value))) {
        throw new Error('the script puts out what is no number and no word: ' + JSON.stringify(values));
      }
      onOutlet(number, values);
    });
    this.context = vm.createContext({ ...known, mgraphics: fakeGraphics() });
    vm.runInContext(source, this.context);
  }

  // As Max: the function of the message's name, else anything().
  message(selector, ...values) {
    this.context.messagename = selector;
    const named = this.context[selector];
    (typeof named === 'function' ? named : this.context.anything)(...values);
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

module.exports = { Clock, JsObject, realClock };
