// How the band plays: the controls of the face on one side, the bridge's settings on the other.
var KEYS = ["off", "C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
var SCALES = [
    "off", "major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian", "harmonic_minor", "melodic_minor",
    "major_pentatonic", "minor_pentatonic", "blues", "whole_tone", "chromatic"
];
var NO_DENSITY = -1;
var SETTING_MS = 50; // between two values of one control, as automation brings them: the newest counts
var PITCH_CLASSES = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };

// What the bridge calls each control, and the value of one as that of the other.
var SETTINGS = {
    threshold: shared_by_all("threshold", share_of, percents_of),
    swing: shared_by_all("swing", share_of, percents_of),
    humanize: shared_by_all("humanize", share_of, percents_of),
    min_note: shared_by_all("min_note", same, same),
    key: shared_by_all("key", function (index) { return KEYS[index]; }, key_index),
    scale: shared_by_all("scale", function (index) { return SCALES[index]; }, scale_index),
    density: {
        of_track: true,
        name: function (track) { return "density/" + track; },
        to_bridge: share_of,
        to_control: percents_of
    }
};

function shared_by_all(name, to_bridge, to_control) {
    return { of_track: false, name: function () { return name; }, to_bridge: to_bridge, to_control: to_control };
}

function share_of(percents) { return percents / 100; }
function percents_of(share) { return 100 * share; }
function same(value) { return value; }

// show(control, value): the control's place, without its output. newly_chosen(control): keep it in the set.
// later(milliseconds, action): a Task.
function Settings(connection, show, newly_chosen, later) {
    this.connection = connection;
    this.show = show;
    this.newly_chosen = newly_chosen;
    this.later = later;
    this.waits = {}; // by control: "sent" a short while ago, or "newer" since
    this.track = 0;
    this.values = {}; // of the controls
    this.chosen = {}; // those that the musician has moved in this set: sent again to every bridge
    this.own_density = false; // else the threshold decides
}

// A control has its value back from the set.
Settings.prototype.restore = function (control, value) {
    this.values[control] = value;
};

Settings.prototype.choose = function (control, value) {
    this.values[control] = value;
    if (!this.chosen[control]) {
        this.chosen[control] = true;
        this.newly_chosen(control);
    }
    if (control === "density" && !this.own_density) {
        this.own_density = true;
        this.show("own_density", 1);
    }
    this.send_soon(control);
};

Settings.prototype.send_soon = function (control) {
    var self = this;
    if (this.waits[control]) {
        this.waits[control] = "newer";
        return;
    }
    this.send(control);
    this.waits[control] = "sent";
    this.later(SETTING_MS, function () {
        var newer = self.waits[control] === "newer";
        self.waits[control] = null;
        if (newer) self.send_soon(control);
    });
};

Settings.prototype.choose_own_density = function (on) {
    this.own_density = Boolean(on);
    this.chosen.density = true;
    this.newly_chosen("density");
    this.send("density");
};

Settings.prototype.send = function (control) {
    var setting = SETTINGS[control];
    var value = setting.to_bridge(this.values[control]);
    if (control === "density" && !this.own_density) value = NO_DENSITY;
    this.connection.request(MAI.REQUESTS.SET, [setting.name(this.track), value], {});
};

// To a bridge that has just been found: our track's settings, and what is the whole band's if we lead. The rest is
// asked; where another device asks for what is the band's, we hear the answers.
Settings.prototype.exchange = function (leads, asks_for_band) {
    for (var control in SETTINGS) {
        var of_track = SETTINGS[control].of_track;
        var ours = this.chosen[control] && this.values[control] !== undefined;
        if (ours && (leads || of_track)) this.send(control);
        else if (asks_for_band || of_track) this.ask(control);
    }
};

// The answer is heard as everything is that the bridge says of a setting.
Settings.prototype.ask = function (control) {
    this.connection.request(MAI.REQUESTS.GET, [SETTINGS[control].name(this.track)], {
        refused: function () {} // a track that this band lacks
    });
};

// The bridge has said what a setting is. Returns whether it is one of ours.
Settings.prototype.hear = function (name, value) {
    for (var control in SETTINGS) {
        if (SETTINGS[control].name(this.track) !== name) continue;
        if (control === "density") {
            this.own_density = value >= 0;
            this.show("own_density", this.own_density ? 1 : 0);
            if (!this.own_density) return true;
        }
        this.values[control] = SETTINGS[control].to_control(value);
        this.show(control, this.values[control]);
        return true;
    }
    return false;
};

function scale_index(name) {
    return Math.max(0, SCALES.indexOf(name));
}

// Any spelling of a key, as its place in KEYS.
function key_index(name) {
    if (name === "off" || !PITCH_CLASSES.hasOwnProperty(name[0])) return 0;
    var raised = name[1] === "#" ? 1 : name[1] === "b" ? 11 : 0;
    return 1 + ((PITCH_CLASSES[name[0]] + raised) % 12);
}
