// The script of the device, for Max's js object (ES5 alone). It finds the bridge, sends it what the controls ask
// for, and tells the patch the tempo. Notes never come here: Max's own objects play them, and keep better time.
autowatch = 0;
inlets = 1;
outlets = 4;

var TO_BRIDGE = 0; // OSC messages, to udpsend
var TO_RECEIVER = 1; // "port N", to udpreceive
var TO_FACE = 2; // "status TEXT" and "track TEXT"
var TO_PLAYER = 3; // "beat_ms X", "bar_beats N", "track N" and "stop"

var FIRST_PORT = 20000;
var PORTS = 20000;
var TICK_MS = 1000; // between two hellos
var TICKS_A_PING = 2;
var MISSED_PONGS = 3;
var TRIES_A_PORT = 3;
var MORPH_MS = 100; // at most one morph in this time, while the dial moves
var STATUS_LENGTH = 90;
var NO_BRIDGE = "no bridge: start maisynth serve";

var port = FIRST_PORT; // where answers are received
var welcomed = false;
var tries = 0; // hellos since the last welcome
var ticks = 0;
var unanswered = 0; // pings since the last pong
var last_id = 0;
var asked = {}; // what to show when the request of that id is done
var band = []; // the bridge's track names
var track = 0;
var morph_share = 0;
var morph_waits = false;
var was_playing = false;
var observers = []; // kept, or Max would collect them
var ticker = null;
var morpher = null;

// From live.thisdevice, once the device is loaded: LiveAPI objects made earlier stay dead for ever.
function bang() {
    var device = new LiveAPI("this_device");
    port = FIRST_PORT + (parseInt(device.id, 10) % PORTS);
    observers = [observe("tempo", follow_tempo), observe("is_playing", follow_playing)];
    outlet(TO_RECEIVER, "port", port);
    welcomed = false;
    tries = 0;
    if (ticker) ticker.cancel();
    ticker = new Task(tick, this);
    if (morpher) morpher.cancel();
    morpher = new Task(send_morph, this);
    morph_waits = false;
    tick();
}

function notifydeleted() {
    if (ticker) ticker.cancel();
    if (morpher) morpher.cancel();
}

// ---- the controls

function generate() {
    request("/mai/generate", [], "a new phrase");
}

// Not "save": Max calls a function of that name when a patcher is saved.
function keep(name) {
    request("/mai/latent/save", [name], "saved " + name);
}

function recall(name) {
    request("/mai/latent/recall", [name], "recalled " + name);
}

function morph(share) {
    morph_share = Math.min(1, Math.max(0, share));
    if (!welcomed || morph_waits) return;
    morph_waits = true;
    morpher.schedule(MORPH_MS);
}

function panic() {
    outlet(TO_PLAYER, "stop");
    request("/mai/panic", [], "silence");
}

function choose_track(number) {
    track = number;
    outlet(TO_PLAYER, "track", track);
    if (welcomed) subscribe();
}

// ---- what the bridge says

var ANSWERS = {
    "/mai/welcome": function (values) {
        welcomed = true;
        unanswered = 0;
        ticks = 0;
        band = values.slice(7);
        outlet(TO_PLAYER, "bar_beats", values[5]);
        outlet(TO_PLAYER, "track", track);
        status("connected to " + values[3]);
        subscribe();
    },
    "/mai/pong": function () {
        unanswered = 0;
    },
    "/mai/done": function (values) {
        if (asked[values[0]]) status(asked[values[0]]);
        delete asked[values[0]];
    },
    "/mai/error": function (values) {
        delete asked[values[0]];
        status(values[2] + ": " + values[3]);
    }
};

function anything() {
    if (ANSWERS.hasOwnProperty(messagename)) ANSWERS[messagename](arrayfromargs(arguments));
}

// ---- finding and keeping the bridge

function tick() {
    if (!welcomed) say_hello();
    else if (ticks % TICKS_A_PING === 0) ping();
    ticks += 1;
    ticker.schedule(TICK_MS);
}

function say_hello() {
    if (tries > 0 && tries % TRIES_A_PORT === 0) {
        // Max does not say so when another program holds the port: try the next one.
        port = FIRST_PORT + ((port - FIRST_PORT + 1) % PORTS);
        outlet(TO_RECEIVER, "port", port);
    }
    status(tries < TRIES_A_PORT ? "looking for the bridge" : NO_BRIDGE);
    tries += 1;
    send("/mai/hello", ["Max for Live", port]);
}

function ping() {
    if (unanswered >= MISSED_PONGS) {
        welcomed = false;
        asked = {};
        tries = TRIES_A_PORT + 1;
        say_hello();
        return;
    }
    unanswered += 1;
    send("/mai/ping", []);
}

function subscribe() {
    outlet(TO_FACE, "track", track < band.length ? band[track] : "no such track");
    if (track < band.length) send("/mai/subscribe", [track]);
}

function send_morph() {
    morph_waits = false;
    request("/mai/morph", ["A", 1 - morph_share, "B", morph_share], "morph " + morph_share.toFixed(2));
}

function request(address, values, when_done) {
    if (!welcomed) {
        status(NO_BRIDGE);
        return;
    }
    asked[send(address, values)] = when_done;
}

// Sends with a new request number, and returns it. One array, never outlet.apply: that crashes Live.
function send(address, values) {
    last_id += 1;
    outlet(TO_BRIDGE, [address, last_id].concat(values));
    return last_id;
}

// ---- Live's transport

function observe(property, follow) {
    var observer = new LiveAPI(function (args) {
        if (args[0] === property) follow(args[1]);
    }, "live_set");
    observer.property = property; // from now on; tells the present value at once
    return observer;
}

function follow_tempo(beats_a_minute) {
    outlet(TO_PLAYER, "beat_ms", 60000 / beats_a_minute);
}

function follow_playing(playing) {
    if (was_playing && !playing) outlet(TO_PLAYER, "stop");
    was_playing = Boolean(playing);
}

function status(text) {
    outlet(TO_FACE, "status", text.length > STATUS_LENGTH ? text.slice(0, STATUS_LENGTH - 1) + "\u2026" : text);
}
