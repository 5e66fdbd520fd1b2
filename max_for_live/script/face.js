// What the face shows. Every box of the face that the script speaks to is reached by its key in the patch.
var LAMP_COLOURS = {};
LAMP_COLOURS[CONNECTED] = [0.4, 0.82, 0.42, 1];
LAMP_COLOURS[CONNECTING] = [0.95, 0.72, 0.25, 1];
LAMP_COLOURS[NO_BRIDGE] = [0.88, 0.3, 0.27, 1];
var LAMP_WORDS = {};
LAMP_WORDS[CONNECTED] = "Connected";
LAMP_WORDS[CONNECTING] = "Connecting";
LAMP_WORDS[NO_BRIDGE] = "No bridge";
var STATUS_LENGTH = 150;
var LABEL_LENGTH = 12;

// out(message): an array, the box's key first.
function Face(out) {
    this.out = out;
}

Face.prototype.say = function (sentence) {
    var fits = sentence.length <= STATUS_LENGTH;
    this.out(["status", "set", fits ? sentence : sentence.slice(0, STATUS_LENGTH - 1) + "\u2026"]);
};

Face.prototype.lamp = function (state) {
    this.out(["lamp", "bgcolor"].concat(LAMP_COLOURS[state]));
    this.out(["lamp_word", "set", LAMP_WORDS[state]]);
};

// A control's value, without its output.
Face.prototype.show = function (control, value) {
    this.out([control, "set", value]);
};

Face.prototype.track_name = function (name) {
    this.out(["track_name", "set", name]);
};

// label: "" for an empty slot.
Face.prototype.slot = function (place, label) {
    var short = label.length > LABEL_LENGTH ? label.slice(0, LABEL_LENGTH - 1) + "\u2026" : label;
    this.out(["slot_" + (place + 1), "text", short || String(place + 1)]);
};

Face.prototype.slot_name = function (label) {
    this.out(["slot_name", "set", label]);
};

Face.prototype.write_asks = function (asks) {
    this.out(["write_clip", "text", asks ? "Replace?" : "Write Clip"]);
};

Face.prototype.models = function (names, chosen) {
    this.out(["model", "clear"]);
    for (var number = 0; number < names.length; number++) this.out(["model", "append", names[number]]);
    this.model(chosen);
};

Face.prototype.model = function (chosen) {
    this.out(["model", "setsymbol", chosen]);
};

Face.prototype.pad = function (message) {
    this.out(["pad"].concat(message));
};
