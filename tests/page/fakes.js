// Devices that the page's modules talk to: a socket to a bridge, a clock with timers, a MIDI output. Time is the test's.
export class FakeClock {
  constructor() {
    this.time = 0;
    this.timers = [];
    this.numbers = 0;
  }

  later = (milliseconds, action) => {
    this.timers.push({ number: ++this.numbers, at: this.time + milliseconds, action });
    return this.numbers;
  };

  cancel = (number) => {
    this.timers = this.timers.filter((timer) => timer.number !== number);
  };

  pass(milliseconds) {
    const end = this.time + milliseconds;
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.time = due.at;
      this.cancel(due.number);
      due.action();
    }
    this.time = end;
  }
}

// A bridge behind sockets: what it was sent, and its words.
export class FakeBridge {
  constructor() {
    this.sockets = [];
    this.isUp = true;
  }

  openSocket = () => {
    const socket = {
      sent: [],
      send: (text) => socket.sent.push(JSON.parse(text)),
      close: () => this.#close(socket),
    };
    this.sockets.push(socket);
    if (!this.isUp) socket.fails = true;
    return socket;
  };

  get socket() {
    return this.sockets.at(-1);
  }

  // What a browser does next: the socket opens, or fails.
  settle() {
    if (this.isUp) this.socket.onopen();
    else this.socket.onclose();
  }

  say(...message) {
    this.socket.onmessage({ data: JSON.stringify(message) });
  }

  welcome(...tracks) {
    const hello = this.socket.sent.find(([address]) => address === "/mai/hello");
    this.say("/mai/welcome", hello[1], "1.0", 1, "A band", 4, 4, 12, ...tracks);
  }

  #close(socket) {
    if (!socket.closed) socket.onclose();
    socket.closed = true;
  }
}

export class FakeMidiOutput {
  constructor(id, name) {
    Object.assign(this, { id, name, sent: [] });
  }

  send([status, pitch, velocity], time = null) {
    this.sent.push({ isOn: (status & 0xf0) === 0x90, channel: status & 15, pitch, velocity, time });
  }
}
