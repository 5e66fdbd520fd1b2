// Finds the bridge, keeps the connection, and pairs answers with requests.
var HELLO_NAME = "Max for Live";
var TICK_MS = 1000; // between two ticks
var FIRST_PORT = 20000;
var PORTS = 20000;
var PORT_STEP = 131; // to the next port to try: further than devices of one Live set lie apart
var TRIES_A_PORT = 3; // hellos
var MISSED_ANSWERS = 2; // ticks without a word from the bridge

var CONNECTED = "connected";
var CONNECTING = "connecting";
var NO_BRIDGE = "no bridge";

// out: send(message), an array with the address first; listen(port); lamp(state); welcomed(band);
// pong(seconds for which the bridge has been up); refused(sentence).
function Connection(id, out) {
    this.port = FIRST_PORT + (id % PORTS);
    this.out = out;
    this.state = null;
    this.was_welcomed = false; // on this port
    this.band = null; // {version, model, bars, beats_per_bar, steps_per_beat, tracks}
    this.last_id = 0;
    this.pending = {}; // by request number: {address, heard, done, refused}
    this.tries = 0; // hellos since the last welcome
    this.silent = 0; // ticks since the bridge was heard
    this.heard = false; // since the last tick
}

Connection.prototype.open = function () {
    this.out.listen(this.port);
    this.change(CONNECTING);
    this.hello();
};

// Call each TICK_MS. A bridge that does not know us answers a ping elsewhere, so after one silent tick we say hello.
Connection.prototype.tick = function () {
    if (this.state !== CONNECTED) {
        this.hello();
        return;
    }
    this.silent = this.heard ? 0 : this.silent + 1;
    this.heard = false;
    if (this.silent >= MISSED_ANSWERS) this.lose();
    if (this.silent > 0) this.hello();
    else this.ping();
};

Connection.prototype.ping = function () {
    var out = this.out;
    this.request(MAI.REQUESTS.PING, [], {
        done: function (values) {
            out.pong(values[1]);
        }
    });
};

Connection.prototype.close = function () {
    if (this.state === CONNECTED) this.post(MAI.REQUESTS.BYE, []);
    this.state = null;
};

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
    this.last_id += 1;
    this.pending[this.last_id] = { address: address, answer: answer || {} };
    for (var part = 0; part < parts.length; part++) this.out.send([address, this.last_id].concat(parts[part]));
    return true;
};

// Whether the message was an answer to a request of ours; a bar is none.
Connection.prototype.hear = function (address, values) {
    this.heard = true;
    if (address === "/mai/welcome") return this.welcome(values);
    var pending = this.pending[values[0]];
    if (address === "/mai/error") return this.refuse(values, pending);
    if (!pending || address === "/mai/bar") return false;
    if (pending.answer.heard) pending.answer.heard(address, values);
    if (closes(pending.address, address, values)) {
        delete this.pending[values[0]];
        if (pending.answer.done) pending.answer.done(values);
    }
    return true;
};

Connection.prototype.welcome = function (values) {
    this.tries = this.silent = 0;
    this.was_welcomed = true;
    this.band = {
        version: values[1],
        model: values[3],
        bars: values[4],
        beats_per_bar: values[5],
        steps_per_beat: values[6],
        tracks: values.slice(7)
    };
    this.change(CONNECTED);
    this.out.welcomed(this.band);
    return true;
};

Connection.prototype.refuse = function (values, pending) {
    delete this.pending[values[0]];
    if (pending && pending.answer.refused) pending.answer.refused(values[2], values[3]);
    else this.out.refused(values[3]);
    return true;
};

Connection.prototype.hello = function () {
    if (this.state !== CONNECTED) {
        if (this.tries >= TRIES_A_PORT) this.change(NO_BRIDGE);
        if (this.tries > 0 && this.tries % TRIES_A_PORT === 0 && !this.was_welcomed) this.next_port();
        this.tries += 1;
    }
    this.post(MAI.REQUESTS.HELLO, [HELLO_NAME, this.port, MAI.PROTOCOL_VERSION]);
};

// Max does not say so when another program holds the port.
Connection.prototype.next_port = function () {
    this.port = FIRST_PORT + ((this.port - FIRST_PORT + PORT_STEP) % PORTS);
    this.out.listen(this.port);
};

Connection.prototype.lose = function () {
    this.pending = {};
    this.tries = 0;
    this.change(CONNECTING);
};

Connection.prototype.post = function (address, values) {
    this.last_id += 1;
    this.out.send([address, this.last_id].concat(values));
};

Connection.prototype.change = function (state) {
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
