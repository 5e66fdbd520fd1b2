// The one connection of a Live set to the bridge: finds it, says hello, and notices when it goes. Held by the device
// that leads; by another one only where Max does not carry what the devices say to each other.
var HELLO_NAME = "Max for Live";
var OWN_REQUESTS = 0; // the number of its hello, ping and bye, which no device uses
var TICK_MS = 1000; // between two ticks
var FIRST_PORT = 20000;
var PORTS = 20000;
var PORT_STEP = 131; // to the next port to try: further than devices of one Live set lie apart
var TRIES_A_PORT = 3; // hellos
var MISSED_ANSWERS = 2; // ticks without a word from the bridge

// Each device has a port of its own: of one that was deleted, Max may free the port a little later.
// out: send(message); listen(port); state(state); pong(seconds for which the bridge has been up); refused(sentence).
function Socket(id, out) {
    this.port = FIRST_PORT + (id % PORTS);
    this.out = out;
    this.state = null;
    this.welcome = null; // the bridge's last one, on this port
    this.tries = 0; // hellos since then
    this.silent = 0; // ticks since the bridge was heard
    this.heard = false; // since the last tick
}

Socket.prototype.open = function () {
    this.out.listen(this.port);
    this.change(CONNECTING);
    this.hello();
};

// Call each TICK_MS. A bridge that does not know us answers a ping elsewhere, so after one silent tick we say hello.
Socket.prototype.tick = function () {
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

// Whatever the bridge has said here.
Socket.prototype.hear = function (address, values) {
    this.heard = true;
    if (address === "/mai/welcome") {
        this.tries = this.silent = 0;
        this.welcome = values;
        this.change(CONNECTED);
    } else if (address === "/mai/pong") this.out.pong(values[1]);
    // What no request was read from, such as a song position that is out of range.
    else if (address === "/mai/error" && values[0] <= OWN_REQUESTS) this.out.refused(values[3]);
};

Socket.prototype.hello = function () {
    if (this.state !== CONNECTED) {
        if (this.tries >= TRIES_A_PORT) this.change(NO_BRIDGE);
        if (this.tries > 0 && this.tries % TRIES_A_PORT === 0 && !this.welcome) this.next_port();
        this.tries += 1;
    }
    this.post(MAI.REQUESTS.HELLO, [HELLO_NAME, this.port, MAI.PROTOCOL_VERSION]);
};

Socket.prototype.ping = function () {
    this.post(MAI.REQUESTS.PING, []);
};

Socket.prototype.close = function () {
    if (this.state === CONNECTED) this.post(MAI.REQUESTS.BYE, []);
    this.state = null;
};

// Max does not say so when another program holds the port.
Socket.prototype.next_port = function () {
    this.port = FIRST_PORT + ((this.port - FIRST_PORT + PORT_STEP) % PORTS);
    this.out.listen(this.port);
};

Socket.prototype.lose = function () {
    this.tries = 0;
    this.change(CONNECTING);
};

Socket.prototype.post = function (address, values) {
    this.out.send([address, OWN_REQUESTS].concat(values));
};

Socket.prototype.change = function (state) {
    if (state === this.state) return;
    this.state = state;
    this.out.state(state);
};
