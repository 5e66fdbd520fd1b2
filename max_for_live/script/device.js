// The device: what its controls do, and what is done with what the bridge and Live say. The other files each hold one
// idea; this one and the next three (playing, controls, max_calls) join them.
autowatch = 0;
inlets = 1;
outlets = 5;

var TO_BRIDGE = 0; // OSC messages, to udpsend
var TO_RECEIVER = 1; // "port N", to udpreceive
var TO_FACE = 2; // a box's key, then its message
var TO_PLAYER = 3; // "notes ...", "stop", "where", "lead 0/1", "slices ..."
var TO_SET = 4; // what the Live set keeps

var SETTLE_MS = 150; // without another bar: the answer is whole
var SAME_BRIDGE_MS = 400; // by which its begin, reckoned from a pong, trembles
var RESTORING_MS = 1000; // after Live has loaded the device
var LIVE = 0; // play modes
var CLIP = 1;
var SAVE_TO = "Press one of the eight slots to keep what plays there";

var tasks = []; // kept, or Max would collect them
var ticker = null;
// The same for all devices of a Live set; where there is none, every device leads, and the bridge follows one.
var global = typeof Global === "undefined" ? {} : new Global("maisynthesizer");

function now() {
    return new Date().getTime();
}

// An action in so many milliseconds, in Max's low-priority thread.
function later(milliseconds, action) {
    var task = new Task(function () {
        tasks.splice(tasks.indexOf(task), 1);
        action();
    }, this);
    tasks.push(task);
    task.schedule(milliseconds);
}

// One array, never outlet.apply: that crashes Live.
var face = new Face(function (message) { outlet(TO_FACE, message); });
function say(sentence) { face.say(sentence); }
var told = {}; // by control: the value that it has
function show(control, value) {
    told[control] = value;
    face.show(control, value);
}
function stop_notes() { outlet(TO_PLAYER, ["stop"]); }
function play_notes(notes) { outlet(TO_PLAYER, ["notes"].concat(notes)); }
function say_position() { outlet(TO_PLAYER, ["where"]); }

var device = {
    loaded: false, loaded_at: -Infinity, enabled: true, mode: LIVE, track: 0, locked: false, follows_scale: false, saves: false, was_playing: false,
    slot: 0, clip_target: NEXT_FREE, led: null, answers: 0, title: "", phrases: 0, models: []
};
var connection = null;
var ensemble = null;
var live = new LiveSet(later, live_changed);
var phrase = new Phrase();
var audition = new Audition(play_notes, stop_notes);
var schedule = new Schedule(function (slice, notes) {
    outlet(TO_PLAYER, notes.length ? ["slices", slice].concat(notes) : ["slices", "remove", slice]);
});
// Until Live has loaded the device there is no connection, and a request is refused in silence.
var unconnected = { request: function () { return false; }, request_in_parts: function () { return false; } };
var slots = new LatentSlots(unconnected, say, slots_changed);
var morph = new Morph(slots, say, later);
var settings = new Settings(unconnected, show, keep_state, later);
var clips = new ClipWriter(say, function (asks) { face.write_asks(asks); }, later);

function connect(id) {
    connection = new Connection(id, {
        send: function (message) { outlet(TO_BRIDGE, message); },
        listen: function (port) { outlet(TO_RECEIVER, "port", port); },
        lamp: function (state) {
            face.lamp(state);
            if (state !== CONNECTED) say(sentence_of(state));
        },
        welcomed: welcomed,
        pong: pong,
        refused: say
    });
    slots.connection = settings.connection = connection;
    ensemble = new Ensemble(global, id);
}

function welcomed(band) {
    settings.track = device.track;
    say(device.track < band.tracks.length ? "Connected to " + band.model : no_track(band));
    subscribe();
    if (device.locked) send_lock();
    lead_or_follow();
    settings.exchange(ensemble.leads());
    if (device.follows_scale) follow_scale();
    list_models();
    connection.ping();
}

// A bridge that began later than the one we knew was started anew: the stream has ended with the old one.
function pong(uptime) {
    if (ensemble.leads()) {
        var began = now() - 1000 * uptime;
        if (began - global.bridge_began > SAME_BRIDGE_MS) ensemble.set_streaming(false);
        global.bridge_began = began;
    }
    follow_stream();
}

function subscribe() {
    var tracks = connection.band ? connection.band.tracks : [];
    var known = device.track < tracks.length;
    face.track_name(known ? tracks[device.track] : "-");
    if (known && connection.state === CONNECTED) connection.request(MAI.REQUESTS.SUBSCRIBE, [device.track], {});
}

function no_track(band) {
    return "This band has " + band.tracks.length + " tracks: choose another one of them in Track";
}

function list_models() {
    var names = [];
    connection.request(MAI.REQUESTS.MODEL_LIST, [], {
        heard: function (address, values) { if (address === "/mai/models") names = names.concat(values.slice(1)); },
        done: function () {
            var playing = connection.band.model;
            device.models = names.indexOf(playing) < 0 ? [playing].concat(names) : names;
            face.models(device.models, playing);
        }
    });
}

// What the Live set keeps besides the parameters.
function keep_state() {
    if (device.loaded) outlet(TO_SET, state_to_words({ slots: slots.slots, chosen: keys_of(settings.chosen) }));
}

function slots_changed() {
    keep_state();
    show_slots();
}

function show_slots() {
    var corners = [];
    var any = 0;
    for (var place = 0; place < SLOTS; place++) face.slot(place, slots.label(place));
    for (var corner = 0; corner < 4; corner++) {
        corners.push(slots.label(morph.corners[corner]) || String(morph.corners[corner] + 1));
        if (slots.slots[morph.corners[corner]]) any = 1;
    }
    face.slot_name(slots.label(device.slot));
    face.pad(["corners"].concat(corners));
    face.pad(["filled", any]);
}
