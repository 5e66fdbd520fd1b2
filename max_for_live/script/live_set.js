// What Live tells: tempo, transport, metre and scale of the set. LiveAPI objects are made once Live has loaded the
// device, and kept, or Max would collect them.

// changed(property): called when Live says something new; not from within Live's notification, which forbids changes.
function LiveSet(later, changed) {
    this.later = later;
    this.changed = changed;
    this.tempo = 120;
    this.playing = false;
    this.key = ""; // as a letter
    this.scale = "";
    this.has_scale = true;
    this.observers = [];
    this.told = { beat: 0, at: 0 };
}

var NOTE_NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
var OBSERVED = {
    tempo: function (set, value) { set.tempo = value; },
    is_playing: function (set, value) { set.playing = Boolean(value); },
    signature_numerator: function () {},
    signature_denominator: function () {},
    current_song_time: function () {},
    root_note: function (set, value) { set.key = NOTE_NAMES[value] || ""; },
    scale_name: function (set, value) { set.scale = String(value); },
    scale_mode: function (set, value) { set.has_scale = Boolean(value); }
};

LiveSet.prototype.observe = function () {
    this.observers = [];
    for (var property in OBSERVED) this.observers.push(this.observer(property));
};

LiveSet.prototype.observer = function (property) {
    var self = this;
    var observer = new LiveAPI(function (args) {
        if (args[0] !== property) return;
        if (property === "current_song_time" && self.playing) return; // many times a second; the patch tells it better
        OBSERVED[property](self, args[1]);
        self.later(0, function () {
            self.changed(property);
        });
    }, "live_set");
    observer.property = property; // from now on; tells the present value at once
    return observer;
};

// The patch says where the song is, in beats.
LiveSet.prototype.hear_position = function (beat, now) {
    this.told = { beat: beat, at: now };
};

LiveSet.prototype.beat = function (now) {
    return this.told.beat + (this.playing ? (now - this.told.at) / this.beat_ms() : 0);
};

LiveSet.prototype.beat_ms = function () {
    return 60000 / this.tempo;
};
