// The device: its parts, and what they tell each other. The files before this one each hold one idea; this one and
// those after it (sharing, models, playing, controls, max_calls) join them.
autowatch = 0;
inlets = 1;
outlets = 6;

var TO_BRIDGE = 0; // OSC messages, to udpsend
var TO_RECEIVER = 1; // "port N", to udpreceive
var TO_FACE = 2; // a box's key, then its message
var TO_PLAYER = 3; // "notes ...", "stop", "where", "lead 0/1", "slices ..."
var TO_SET = 4; // what the Live set keeps
var TO_DEVICES = 5; // what all devices of the set hear

var SETTLE_MS = 150; // without another bar: the answer is whole
var SAME_BRIDGE_MS = 400; // by which its begin, reckoned from a pong, trembles
var RESTORING_MS = 1000; // after Live has loaded the device
var LIVE = 0; // play modes
var CLIP = 1;
var SAVE_TO = "Press one of the eight slots to keep what plays there";

var tasks = []; // kept, or Max would collect them
var ticker = null;
// The same for all devices of a Live set. Where there is none, every device leads, with a socket of its own.
var global = typeof Global === "undefined" ? {} : new Global("maisynthesizer.ensemble");

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
    loaded: false, loaded_at: -Infinity, enabled: true, mode: LIVE, track: 0, locked: false, follows_scale: false,
    saves: false, was_playing: false, slot: 0, clip_target: NEXT_FREE, answers: 0, title: "", phrases: 0,
    led: null, leader: 0, unheard: 0, beats: 0, introduced: false, subscribed: ""
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
var settings = new Settings(unconnected, show, setting_chosen, later);
var clips = new ClipWriter(say, function (asks) { face.write_asks(asks); }, later);

function connect(id) {
    connection = new Connection(id, {
        send: send_to_bridge,
        lamp: function (state) {
            face.lamp(state);
            if (state !== CONNECTED) say(sentence_of(state));
        },
        welcomed: welcomed,
        refused: say
    });
    slots.connection = settings.connection = connection;
    ensemble = new Ensemble(global, id);
}

function welcomed(band) {
    var knows_nothing = Boolean(socket) || device.introduced; // else the leader asks for what is the whole band's
    settings.track = device.track;
    device.subscribed = "";
    show_track();
    say(device.track < band.tracks.length ? "Connected to " + band.model : no_track(band));
    subscribe();
    if (device.locked) send_lock();
    lead_or_follow();
    settings.exchange(ensemble.leads(), knows_nothing);
    if (device.follows_scale) follow_scale();
    if (knows_nothing) connection.request(MAI.REQUESTS.MODEL_LIST, [], {});
    if (socket) socket.ping();
}

// What the bridge has said, to whichever device of the set.
function hear_bridge(address, values) {
    if (address === "/mai/bar") hear_bar(values);
    else if (address === "/mai/changed") hear_change(values[0], values[1]);
    else if (address === "/mai/value") settings.hear(values[1], values[2]);
    else if (address === "/mai/models") hear_models(values[0], values.slice(1));
    else if (address === "/mai/done") hear_models_end(values[0]);
    connection.hear(address, values);
}

function hear_change(name, value) {
    if (name === "notice") {
        say(value);
        return;
    }
    settings.hear(name, value);
    forget_old_music();
}

function show_track() {
    var tracks = connection.band ? connection.band.tracks : [];
    face.track_name(device.track < tracks.length ? tracks[device.track] : "-");
}

function no_track(band) {
    return "This band has " + band.tracks.length + " tracks: choose another one of them in Track";
}

// What the Live set keeps besides the parameters.
function keep_state() {
    if (device.loaded) outlet(TO_SET, state_to_words(slots.state(keys_of(settings.chosen))));
}

function slots_changed() {
    slots.stamp_anew(now());
    keep_state();
    show_slots();
    tell_slots(ALL);
}

// The first time that the musician moves a control in this set.
function setting_chosen(control) {
    keep_state();
    if (!SETTINGS[control].of_track) tell(ALL, "chosen", [control]);
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
