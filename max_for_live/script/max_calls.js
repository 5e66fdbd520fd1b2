// What Max calls: the messages that reach the js object.

// From live.thisdevice, once the device is loaded: LiveAPI objects made earlier stay dead for ever. Once more after a
// preset.
function bang() {
    var id = Number(new LiveAPI("this_device").id);
    if (ticker) ticker.cancel();
    if (ensemble && ensemble.id !== id) leave_set();
    device.loaded = false;
    // What the set has kept, where Live has not told it already.
    for (var name in CONTROLS) {
        if (CONTROLS[name].keep) face.out([name, "outputvalue"]);
    }
    socket = null;
    connect(id);
    device.loaded = true;
    device.loaded_at = now();
    device.led = null;
    device.unheard = 0;
    show_slots();
    face.pad(["place", morph.x, morph.y]);
    connection.become(CONNECTING);
    live.observe();
    if (!slots.are_empty()) tell_slots(ALL);
    lead_or_follow();
    if (!socket) tell(ALL, "join", [device.track]);
    device.beats = 0;
    ticker = new Task(beat, this);
    ticker.schedule(BEAT_MS);
}

function beat() {
    ticker.schedule(BEAT_MS);
    device.beats += 1;
    ensemble.tick();
    device.unheard = ensemble.leads() ? 0 : device.unheard + 1;
    lead_or_follow();
    if (socket && device.beats % (TICK_MS / BEAT_MS) === 0) socket.tick();
    if (ensemble.leads()) tell(ALL, "lead", [socket.state]);
    follow_stream();
}

function notifydeleted() {
    if (ticker) ticker.cancel();
    if (ensemble) leave_set();
}

function control(name, value) {
    if (arguments.length > 2) value = arrayfromargs(arguments).slice(1).join(" "); // a text of several words
    if (BUTTONS.hasOwnProperty(name)) {
        if (device.loaded && value !== 0) BUTTONS[name]();
    } else if (CONTROLS.hasOwnProperty(name)) {
        // Live may tell a value that the set has kept once more, a little later: that is nobody's wish.
        if (now() - device.loaded_at < RESTORING_MS && CONTROLS[name].keep && told[name] === value) return;
        told[name] = value;
        var act = CONTROLS[name][device.loaded ? "use" : "keep"];
        if (act) act(value);
    }
}

// From the pattr that the Live set keeps: as the set is opened; what we have just given it; or what Live's undo or a
// preset has put there, and that is a change of the whole set's slots.
function kept() {
    var state = words_to_state(arrayfromargs(arguments), SLOTS);
    if (!state) return;
    if (device.loaded && state.set === slots.set && state.stamp === slots.stamp) return;
    if (device.loaded && is_newcomer()) { // told once more, while another device has told us newer ones
        keep_state();
        return;
    }
    slots.take(state);
    settings.chosen = {};
    for (var number = 0; number < state.chosen.length; number++) settings.chosen[state.chosen[number]] = true;
    show_slots();
    if (!device.loaded) return;
    slots.stamp_anew(now());
    tell_slots(ALL);
}

function at(beat) {
    live.hear_position(beat, now());
}

function enabled(on) {
    var was_on = device.enabled;
    device.enabled = Boolean(on);
    if (!on) schedule.clear();
    if (!ensemble || was_on === device.enabled) return;
    if (!on && ensemble.leads() && !ensemble.is_alone()) hand_over();
    lead_or_follow();
}

// An OSC message.
function anything() {
    if (messagename[0] !== "/" || !socket) return;
    var address = messagename; // it changes with what is told meanwhile
    var values = arrayfromargs(arguments);
    socket.hear(address, values);
    var others_listen = ensemble.leads() && !ensemble.is_alone();
    if (others_listen && address !== "/mai/pong") tell(ALL, "heard", [address].concat(values));
    hear_bridge(address, values);
}
