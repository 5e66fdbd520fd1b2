// What the devices of a set tell each other, by a send and a receive of one name. The one that leads holds the socket:
// it passes on what the others ask of the bridge, and tells all what the bridge says.
//   shared TO WHAT FROM ...   TO is a device's id, or 0: all
var ALL = 0;
var UNHEARD_BEATS = 6; // the leader is alive but nothing of it comes here: then a socket of our own

var socket = null; // while we hold it

function tell(to, what, values) {
    if (ensemble) outlet(TO_DEVICES, ["shared", to || ALL, what, ensemble.id].concat(values || []));
}

function shared(to, what, from) {
    if (!device.loaded || from === ensemble.id || (to !== ALL && to !== ensemble.id)) return;
    if (SHARED.hasOwnProperty(what)) SHARED[what](from, arrayfromargs(arguments).slice(3));
}

var SHARED = {
    // To the leader: a device that does not know the band, and the track that it plays.
    join: function (from, values) {
        if (!ensemble.leads()) return;
        SHARED.here(from, values);
        if (socket.state === CONNECTED) tell(from, "welcome", socket.welcome);
        else tell(from, "lead", [socket.state]);
        if (!slots.are_empty()) tell_slots(from);
    },
    here: function (from, values) {
        if (!ensemble.leads()) return;
        ensemble.meet(from, values[0]);
        subscribe();
    },
    leave: function (from) {
        ensemble.part_with(from);
        lead_or_follow();
        subscribe();
    },
    // From the leader: that it is there, at each of its beats, and how its socket is.
    lead: function (from, values) {
        if (ensemble.leads()) return;
        follow(from);
        if (values[0] !== CONNECTED) connection.become(values[0]);
        else if (connection.state !== CONNECTED) tell(from, "join", [device.track]);
    },
    welcome: function (from, values) {
        if (ensemble.leads()) return;
        follow(from);
        device.introduced = true;
        connection.hear("/mai/welcome", values);
        device.introduced = false;
    },
    heard: function (from, values) {
        if (from !== ensemble.leader()) return;
        follow(from);
        hear_bridge(values[0], values.slice(1));
    },
    ask: function (_from, message) {
        if (socket) outlet(TO_BRIDGE, message);
    },
    greet: function () {
        if (socket) socket.hello();
    },
    silence: silence,
    slots: hear_slots,
    chosen: function (_from, values) {
        settings.chosen[values[0]] = true;
        keep_state();
    }
};

function send_to_bridge(message) {
    if (socket) outlet(TO_BRIDGE, message);
    else tell(ensemble.leader(), "ask", message);
}

function follow(from) {
    device.unheard = 0;
    hold_socket(false);
    if (from === device.leader) return;
    device.leader = from;
    tell(from, "here", [device.track]);
}

function hold_socket(holds) {
    if (holds && !socket) {
        socket = new Socket(ensemble.id, {
            send: function (message) { outlet(TO_BRIDGE, message); },
            listen: function (port) { outlet(TO_RECEIVER, "port", port); },
            state: socket_changed,
            pong: pong,
            refused: say
        });
        socket.open();
    } else if (!holds && socket) {
        socket.close();
        socket = null;
        connection.become(CONNECTING);
    }
}

function socket_changed(state) {
    if (state === CONNECTED) return; // the welcome says more
    connection.become(state);
    if (ensemble.leads()) tell(ALL, "lead", [state]);
}

// The bridge is asked for the tracks of all devices at once.
function subscribe() {
    if (!socket || connection.state !== CONNECTED) return;
    var tracks = ensemble.tracks(device.track, connection.band.tracks.length);
    if (!tracks.length || tracks.join(" ") === device.subscribed) return;
    device.subscribed = tracks.join(" ");
    connection.request(MAI.REQUESTS.SUBSCRIBE, tracks, {});
}

function tell_slots(to) {
    tell(to, "slots", [is_newcomer() ? 1 : 0].concat(state_to_words(slots.state([]))));
}

// The slots belong to the set: of two versions one wins. A device that has the other one is told so.
function hear_slots(from, values) {
    if (values[2] === "i" + slots.set && values[3] === "t" + slots.stamp) return; // need not be read
    var theirs = words_to_state(values.slice(1), SLOTS);
    if (!theirs) return;
    var choice = prefer(slots, is_newcomer(), theirs, Boolean(values[0]));
    if (choice === THEIRS) {
        slots.take(theirs);
        keep_state();
        show_slots();
    } else if (choice === OURS && (ensemble.leads() || from === ensemble.leader())) tell_slots(ALL);
}

function is_newcomer() {
    return now() - device.loaded_at < RESTORING_MS;
}

// Another one that is switched on leads from now on, if there is one.
function hand_over() {
    ensemble.leave();
    tell(ALL, "leave");
}

// The device is deleted, or lies elsewhere under another number.
function leave_set() {
    var was_last = ensemble.leads() && ensemble.is_alone();
    if (was_last && ensemble.streaming()) socket.post(MAI.REQUESTS.STREAM_STOP, []);
    if (socket) socket.close();
    socket = null;
    device.leader = 0;
    device.loaded = false; // and deaf
    hand_over();
}
