// What Max calls: the messages that reach the js object.

// From live.thisdevice, once the device is loaded: LiveAPI objects made earlier stay dead for ever.
function bang() {
    var id = Number(new LiveAPI("this_device").id);
    if (ticker) ticker.cancel();
    device.loaded = false;
    // What the set has kept, where Live has not told it already.
    for (var name in CONTROLS) {
        if (CONTROLS[name].keep) face.out([name, "outputvalue"]);
    }
    connect(id);
    device.loaded = true;
    device.loaded_at = now();
    device.led = null;
    show_slots();
    face.pad(["place", morph.x, morph.y]);
    connection.open();
    live.observe();
    lead_or_follow();
    ticker = new Task(tick, this);
    ticker.schedule(TICK_MS);
}

function tick() {
    ticker.schedule(TICK_MS);
    lead_or_follow();
    connection.tick();
    follow_stream();
}

function notifydeleted() {
    if (ticker) ticker.cancel();
    if (ensemble) ensemble.leave();
    if (connection) connection.close();
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

// From the pattr that the Live set keeps.
function kept() {
    var state = words_to_state(arrayfromargs(arguments), SLOTS);
    if (!state) return;
    slots.slots = state.slots;
    settings.chosen = {};
    for (var number = 0; number < state.chosen.length; number++) settings.chosen[state.chosen[number]] = true;
    show_slots();
}

function at(beat) {
    live.hear_position(beat, now());
}

function enabled(on) {
    device.enabled = Boolean(on);
    if (!on) schedule.clear();
}

// An OSC message.
function anything() {
    if (messagename[0] !== "/" || !connection) return;
    var values = arrayfromargs(arguments);
    if (messagename === "/mai/bar") hear_bar(values);
    if (connection.hear(messagename, values)) return;
    if (messagename !== "/mai/changed") return;
    if (values[0] === "notice") {
        say(values[1]);
        return;
    }
    settings.hear(values[0], values[1]);
    forget_old_music();
}
