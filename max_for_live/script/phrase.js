// The phrase that was generated last, of this device's track, as its bars come in.
var ANSWER_MS = 1000; // bars that lie further apart belong to different answers

function Phrase() {
    this.bars = []; // by number: notes as [pitch, velocity, start, duration, ...]
    this.last_id = null;
    this.last_bar = -1;
    this.heard_at = -Infinity;
    this.heard = []; // the bars of the present answer
}

// One message of a bar. Returns whether it is the first of an answer.
Phrase.prototype.hear = function (id, bar, part, notes, now) {
    var is_first = id !== this.last_id || bar < this.last_bar || now - this.heard_at > ANSWER_MS;
    if (is_first) this.heard = [];
    this.last_id = id;
    this.last_bar = bar;
    this.heard_at = now;
    if (part === 0) {
        this.bars[bar] = [];
        this.heard.push(bar);
    }
    this.bars[bar] = (this.bars[bar] || []).concat(notes);
    return is_first;
};

// The answer is whole. One that brought several bars from the first on is all there is; a rerolled bar is not.
Phrase.prototype.settle = function () {
    var count = this.heard.length;
    if (count > 1 && this.heard[0] === 0 && this.heard[count - 1] === count - 1) this.bars.length = count;
};

// All its notes, from the phrase's start: [{pitch, velocity, start_time, duration}], in beats.
Phrase.prototype.notes = function (bar_beats) {
    var notes = [];
    for (var bar = 0; bar < this.bars.length; bar++) {
        var atoms = this.bars[bar] || [];
        for (var at = 0; at + 3 < atoms.length; at += 4) {
            notes.push({
                pitch: atoms[at],
                velocity: atoms[at + 1],
                start_time: Math.max(0, bar * bar_beats + atoms[at + 2]),
                duration: atoms[at + 3]
            });
        }
    }
    return notes;
};

Phrase.prototype.clear = function () {
    this.bars = [];
    this.heard = [];
    this.last_id = null;
};
