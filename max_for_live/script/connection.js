// What this device asks of the bridge, and what it is answered, whichever device's socket carries it.
var CONNECTED = "connected";
var CONNECTING = "connecting";
var NO_BRIDGE = "no bridge";

// All devices of a set may ask through one socket and hear every answer: each has numbers of its own.
var REQUESTS_A_DEVICE = 1000000;
var NUMBERED_DEVICES = 2000;

// out: send(message), an array with the address first; lamp(state); welcomed(band); refused(sentence).
function Connection(id, out) {
    this.out = out;
    this.first_request = (id % NUMBERED_DEVICES) * REQUESTS_A_DEVICE + 1;
    this.requests = 0;
    this.state = null;
    this.band = null; // {version, model, bars, beats_per_bar, steps_per_beat, tracks}
    this.pending = {}; // by request number: {address, answer}
}

// answer: {done(values), heard(address, values), refused(code, sentence)}, each optional. False: there is no bridge.
Connection.prototype.request = function (address, values, answer) {
    return this.request_in_parts(address, [values], answer);
};

// Several messages that are one request. Their values without the number.
Connection.prototype.request_in_parts = function (address, parts, answer) {
    if (this.state !== CONNECTED) {
        this.out.refused(sentence_of(this.state));
        return false;
    }
    var number = this.first_request + (this.requests % REQUESTS_A_DEVICE);
    this.requests += 1;
    this.pending[number] = { address: address, answer: answer || {} };
    for (var part = 0; part < parts.length; part++) this.out.send([address, number].concat(parts[part]));
    return true;
};

// Something that the bridge has said, to this device or to another one of the set.
Connection.prototype.hear = function (address, values) {
    if (address === "/mai/welcome") {
        this.welcome(values);
        return;
    }
    var pending = this.pending[values[0]];
    if (!pending || address === "/mai/bar") return;
    if (address === "/mai/error") {
        this.refuse(values, pending);
        return;
    }
    if (pending.answer.heard) pending.answer.heard(address, values);
    if (!closes(pending.address, address, values)) return;
    delete this.pending[values[0]];
    if (pending.answer.done) pending.answer.done(values);
};

Connection.prototype.welcome = function (values) {
    this.band = {
        version: values[1],
        model: values[3],
        bars: values[4],
        beats_per_bar: values[5],
        steps_per_beat: values[6],
        tracks: values.slice(7)
    };
    this.become(CONNECTED);
    this.out.welcomed(this.band);
};

Connection.prototype.refuse = function (values, pending) {
    delete this.pending[values[0]];
    if (pending.answer.refused) pending.answer.refused(values[2], values[3]);
    else this.out.refused(values[3]);
};

Connection.prototype.become = function (state) {
    if (state !== CONNECTED) this.pending = {}; // a socket that is gone brings no answers
    if (state === this.state) return;
    this.state = state;
    this.out.lamp(state);
};

// /mai/latent/data comes in parts, of which the last closes.
function closes(request, address, values) {
    if (MAI.CLOSING[request] !== address) return false;
    return address !== "/mai/latent/data" || values[3] + 1 === values[4];
}

function sentence_of(state) {
    if (state === NO_BRIDGE) return "No bridge. Open a terminal and start: maisynth serve";
    if (state === CONNECTED) return "Connected";
    return "Looking for the bridge on this computer";
}
