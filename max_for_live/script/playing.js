// What the device does with the song and with the bars that come.

function lead_or_follow() {
    if (device.mode === LIVE && device.enabled) ensemble.wish_stream(now());
    var leads = ensemble.claim(device.enabled);
    if (leads && !device.leader) ensemble.set_streaming(false); // nobody led: what the Global says is of another set
    if (leads) device.leader = ensemble.id;
    hold_socket(leads || device.unheard >= UNHEARD_BEATS);
    if (leads !== device.led) outlet(TO_PLAYER, ["lead", leads ? 1 : 0]);
    device.led = leads;
    if (leads && !live.playing) say_position(); // while Live plays, the patch says it at every sixteenth
}

function follow_stream() {
    if (!ensemble.leads() || connection.state !== CONNECTED) return;
    var wanted = ensemble.wants_stream(now());
    if (wanted === ensemble.streaming()) return;
    ensemble.set_streaming(wanted);
    connection.request(wanted ? MAI.REQUESTS.STREAM_START : MAI.REQUESTS.STREAM_STOP, [], {
        refused: function (_code, text) {
            ensemble.set_streaming(!wanted);
            say(text);
        }
    });
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

function silence() {
    stop_notes();
    schedule.clear();
}

function live_changed(property) {
    if (property === "is_playing" && live.playing !== device.was_playing) {
        device.was_playing = live.playing;
        if (live.playing) ensemble.hold(false);
        if (!live.playing || audition.sounds) stop_notes();
        audition.sounds = false;
    }
    if (property === "root_note" || property === "scale_name" || property === "scale_mode") {
        if (device.follows_scale) follow_scale();
    } else {
        say_position();
    }
}

function follow_scale() {
    if (!live.key || !connection || connection.state !== CONNECTED) return;
    var key = live.has_scale ? live.key : "off";
    connection.request(MAI.REQUESTS.SET, ["key", key], {});
    if (!live.has_scale) return;
    connection.request(MAI.REQUESTS.SET, ["scale", live.scale], {
        refused: function () { say("The band does not know Live's scale " + live.scale + ": its own stays"); }
    });
}

function hear_bar(values) {
    if (values[2] !== device.track || !device.enabled) return;
    if (values[5] < 0) hear_phrase(values[0], values[1], values[3], values.slice(6));
    else if (device.mode === LIVE) hear_streamed(values[5], values[3], values.slice(6));
}

function hear_streamed(start, part, notes) {
    var late = schedule.hear(start, part, notes);
    if (!live.playing) return;
    late = still_to_play(late, live.beat(now()));
    if (late.length) play_notes(late);
}

function hear_phrase(id, bar, part, notes) {
    var bar_beats = connection.band ? connection.band.beats_per_bar : 4;
    var is_first = phrase.hear(id, bar, part, notes, now());
    if (is_first) forget_old_music();
    if (device.mode === LIVE && !live.playing) audition.hear(is_first, bar, notes, bar_beats, live.beat_ms(), now());
    var answers = (device.answers += 1);
    later(SETTLE_MS, function () {
        if (answers !== device.answers) return;
        phrase.settle();
        if (device.mode === CLIP) write_clip(false);
    });
}

// What was stored for a loop or a locate is of the music before.
function forget_old_music() {
    if (live.playing) schedule.forget_past(live.beat(now()), connection.band ? connection.band.beats_per_bar : 4);
    else schedule.clear();
}

function write_clip(pressed) {
    var bar_beats = connection.band ? connection.band.beats_per_bar : 4;
    var name = connection.band ? connection.band.tracks[device.track] : "MAIsynthesizer";
    clips.write({
        notes: phrase.notes(bar_beats),
        length: phrase.bars.length * bar_beats,
        name: name + (device.title ? " " + device.title : ""),
        colour: COLOURS[device.track % COLOURS.length]
    }, device.clip_target, pressed);
}
