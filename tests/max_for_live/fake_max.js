// Max and Live for tests: a clock that only the test moves, a small Live set, and Max's js object.
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

// A Live set with what the device asks of it; a name that Live does not have is an error.
class FakeLive {
  constructor(deviceId = 7) {
    this.deviceId = deviceId;
    this.song = { tempo: 120, is_playing: 0 };
    this.observers = [];
  }

  change(property, value) {
    this.song[property] = value;
    for (const observer of this.observers) if (observer.property_ === property) observer.callback([property, value]);
  }

  api() {
    const live = this;
    return class LiveAPI {
      constructor(callback, path) {
        this.path = typeof callback === 'string' ? callback : path;
        this.callback = typeof callback === 'string' ? null : callback;
        if (!['this_device', 'live_set'].includes(this.path)) throw new Error('no such path in Live: ' + this.path);
        this.id = String(this.path === 'this_device' ? live.deviceId : 1);
      }

      set property(name) {
        if (this.path !== 'live_set' || !(name in live.song)) throw new Error('Live cannot observe ' + name);
        this.property_ = name;
        live.observers.push(this);
        this.callback([name, live.song[name]]);
      }
    };
  }
}

// Max's js object: runs `source`, passes on what it puts out, and gives it messages.
class JsObject {
  constructor(source, clock, live, onOutlet) {
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
    this.context = vm.createContext({
      LiveAPI: live.api(),
      Task,
      outlet: (number, ...values) => {
        if (!(number < this.context.outlets)) throw new Error('the script has no outlet ' + number);
        onOutlet(number, values.flat());
      },
      arrayfromargs: (values) => Array.prototype.slice.call(values),
      post: () => {},
    });
    vm.runInContext(source, this.context);
  }

  // As Max: the function of the message's name, else anything().
  message(selector, ...values) {
    this.context.messagename = selector;
    (this.context[selector] || this.context.anything)(...values);
  }
}

module.exports = { Clock, FakeLive, JsObject };
