// The WebSocket to the bridge: requests with numbers and their answers, and looking for the bridge until it is there.
export const CONNECTED = "connected";
export const CONNECTING = "connecting";
export const NO_BRIDGE = "no bridge";

const FIRST_WAIT_MS = 250; // before the next try; doubled each time
const LONGEST_WAIT_MS = 2000;
const ANSWER_MS = 8000; // a bridge that has been silent for so long is taken for dead
const DATA = "/mai/latent/data"; // comes in parts, of which the last closes

export class BridgeError extends Error {
  constructor(code, address, sentence) {
    super(sentence);
    Object.assign(this, { code, address });
  }
}

export class Connection {
  // around: openSocket() -> WebSocket, closing {request address: closing address}, later(ms, action) -> number,
  // cancel(number). hooks: became(state), welcomed(band), heard(message) of everything.
  constructor(clientName, around, hooks) {
    Object.assign(this, { clientName, around, hooks });
    this.state = null;
    this.requests = 0;
    this.pending = new Map(); // by number: {address, closing, answers, resolve, reject, timer}
    this.wait = FIRST_WAIT_MS;
  }

  open() {
    if (this.state === null) this.#become(CONNECTING);
    const socket = this.around.openSocket();
    this.socket = socket;
    socket.onopen = () => this.#hello();
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = () => this.#lost(socket);
  }

  // A promise of all answers, as [address, number, ...]; rejected with a BridgeError. One that has no answer of its own
  // (/mai/clip, /mai/transport) is not for this.
  request(address, ...values) {
    if (this.state !== CONNECTED && address !== "/mai/hello") {
      return Promise.reject(new BridgeError("not_ready", address, sentenceOf(this.state)));
    }
    const number = (this.requests = (this.requests % 0x7fffffff) + 1);
    return new Promise((resolve, reject) => {
      const timer = this.around.later(ANSWER_MS, () => this.socket.close());
      this.pending.set(number, { address, closing: this.around.closing[address], answers: [], resolve, reject, timer });
      this.socket.send(JSON.stringify([address, number, ...values]));
    });
  }

  #hello() {
    this.request("/mai/hello", this.clientName, 0).then(
      ([[, , version, , model, bars, beatsPerBar, stepsPerBeat, ...tracks]]) => {
        this.wait = FIRST_WAIT_MS;
        this.#become(CONNECTED);
        this.hooks.welcomed({ version, model, bars, beatsPerBar, stepsPerBeat, tracks });
      },
      () => this.socket.close(),
    );
  }

  #hear(message) {
    const [address, number] = message;
    const pending = this.pending.get(number);
    if (pending && (address === "/mai/error" || closes(pending.closing, message))) this.#settle(number, message);
    else if (pending && address !== "/mai/bar") pending.answers.push(message);
    this.hooks.heard(message);
  }

  #settle(number, message) {
    const { answers, resolve, reject, timer } = this.pending.get(number);
    this.around.cancel(timer);
    this.pending.delete(number);
    if (message[0] === "/mai/error") reject(new BridgeError(message[3], message[2], message[4]));
    else resolve([...answers, message]);
  }

  #lost(socket) {
    if (socket !== this.socket) return;
    const waiting = [...this.pending.values()];
    this.pending.clear();
    this.#become(NO_BRIDGE);
    for (const { reject, address, timer } of waiting) {
      this.around.cancel(timer);
      reject(new BridgeError("not_ready", address, sentenceOf(NO_BRIDGE)));
    }
    this.around.later(this.wait, () => this.open());
    this.wait = Math.min(LONGEST_WAIT_MS, 2 * this.wait);
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.hooks.became(state);
  }
}

export function sentenceOf(state) {
  if (state === CONNECTED) return "Connected";
  if (state === NO_BRIDGE) return "No bridge. Open a terminal and start: maisynth serve";
  return "Looking for the bridge";
}

function closes(closing, [address, , , , part, parts]) {
  return address === closing && (address !== DATA || part + 1 === parts);
}
