// What each control of the face does with its value.

function ask(address, values, sentence, title) {
    ensemble.hold(false);
    connection.request(address, values, {
        done: function () {
            if (title) device.title = title;
            say(sentence);
            follow_stream();
        }
    });
}

function send_lock() {
    connection.request(MAI.REQUESTS.LOCK, [device.track, device.locked ? 1 : 0], {
        done: function () { say(device.locked ? "This track is locked: it stays as it is" : "This track is free again"); }
    });
}

function use_slot(place) {
    device.slot = place;
    if (device.saves) {
        device.saves = false;
        show("save", 0);
        slots.save(place);
    } else {
        if (slots.slots[place]) device.title = slots.label(place);
        ensemble.hold(false);
        slots.recall(place);
    }
    face.slot_name(slots.label(place));
}

function choose_track(track) {
    if (track === device.track) return;
    if (device.locked) connection.request(MAI.REQUESTS.LOCK, [device.track, 0], {});
    device.track = settings.track = track;
    phrase.clear();
    silence();
    if (device.locked) send_lock();
    show_track();
    subscribe();
    if (!socket) tell(ensemble.leader(), "here", [track]);
    if (connection.state !== CONNECTED) return;
    settings.ask("density");
    if (track >= connection.band.tracks.length) say(no_track(connection.band));
}

function choose_mode(mode) {
    device.mode = mode;
    if (mode === CLIP) {
        silence();
        say("Each new phrase is written into a clip");
    } else say("The band plays along while Live plays");
    lead_or_follow();
}

function panic() {
    silence();
    tell(ALL, "silence");
    ensemble.hold(true);
    connection.request(MAI.REQUESTS.PANIC, [], { done: function () { say("Silence"); } });
}

// Buttons: only when pressed, and only once Live has loaded the device.
var BUTTONS = {
    generate: function () {
        device.phrases += 1;
        ask(MAI.REQUESTS.GENERATE, [], "A new phrase for the whole band", "phrase " + device.phrases);
    },
    reroll: function () { ask(MAI.REQUESTS.REGENERATE, [device.track, -1], "This track is new, the others stay", ""); },
    undo: function () { ask(MAI.REQUESTS.HISTORY_UNDO, [], "Back to what played before", "before"); },
    redo: function () { ask(MAI.REQUESTS.HISTORY_REDO, [], "Forward to what was undone", "again"); },
    panic: panic,
    write_clip: function () { write_clip(true); }
};

// Values: kept while the set loads, and carried out from then on.
var CONTROLS = {
    track: { keep: function (track) { device.track = settings.track = track; }, use: choose_track },
    play_mode: { keep: function (mode) { device.mode = mode; }, use: choose_mode },
    lock: {
        keep: function (on) { device.locked = Boolean(on); },
        use: function (on) { device.locked = Boolean(on); send_lock(); }
    },
    save: { use: function (on) { device.saves = Boolean(on); if (on) say(SAVE_TO); } },
    slot_name: { use: function (label) { slots.rename(device.slot, label); } },
    morph: { keep: function (value) { morph.share = value / 100; }, use: function (value) { morph.move_dial(value / 100); } },
    morph_x: { keep: function (x) { morph.x = x / 100; }, use: function (x) { move_pad(x / 100, morph.y); } },
    morph_y: { keep: function (y) { morph.y = y / 100; }, use: function (y) { move_pad(morph.x, y / 100); } },
    own_density: {
        keep: function (on) { settings.own_density = Boolean(on); },
        use: function (on) { settings.choose_own_density(on); }
    },
    follow_scale: {
        keep: function (on) { device.follows_scale = Boolean(on); },
        use: function (on) { device.follows_scale = Boolean(on); if (on) follow_scale(); }
    },
    clip_target: { keep: function (target) { device.clip_target = target; }, use: function (target) { device.clip_target = target; } },
    model: { use: choose_model }
};

function move_pad(x, y) {
    face.pad(["place", x, y]);
    morph.move_pad(x, y);
}

function add_setting(name) {
    CONTROLS[name] = {
        keep: function (value) { settings.restore(name, value); },
        use: function (value) { settings.choose(name, value); }
    };
}

function add_slot(place) {
    BUTTONS["slot_" + (place + 1)] = function () { use_slot(place); };
}

function add_corner(corner) {
    function keep(place) {
        morph.corners[corner] = place;
    }
    CONTROLS["corner_" + "abcd"[corner]] = {
        keep: keep,
        use: function (place) { keep(place); show_slots(); }
    };
}

for (var setting in SETTINGS) add_setting(setting);
for (var place = 0; place < SLOTS; place++) add_slot(place);
for (var corner = 0; corner < 4; corner++) add_corner(corner);
