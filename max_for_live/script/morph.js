// Between the slots at the corners A, B, C and D of the pad, or along them with one dial.
var MORPH_MS = 100; // at most one morph in this time: the newest place counts

// A: top left, B: top right, C: bottom left, D: bottom right; x from the left, y from the bottom, each 0 to 1.
function pad_weights(x, y) {
    return [(1 - x) * y, x * y, (1 - x) * (1 - y), x * (1 - y)];
}

// From the first of `count` corners (0) over each to the last (1).
function dial_weights(share, count) {
    var weights = [];
    var place = share * (count - 1);
    for (var corner = 0; corner < count; corner++) weights.push(Math.max(0, 1 - Math.abs(place - corner)));
    return weights;
}

// slots: LatentSlots; later(milliseconds, action): a Task.
function Morph(slots, say, later) {
    this.slots = slots;
    this.say = say;
    this.later = later;
    this.corners = [0, 1, 2, 3]; // the slot at each
    this.x = 0.5;
    this.y = 0.5;
    this.share = 0;
    this.uses_pad = true;
    this.waits = false;
}

Morph.prototype.move_pad = function (x, y) {
    this.x = x;
    this.y = y;
    this.uses_pad = true;
    this.soon();
};

Morph.prototype.move_dial = function (share) {
    this.share = share;
    this.uses_pad = false;
    this.soon();
};

Morph.prototype.soon = function () {
    var self = this;
    if (this.waits) return;
    this.waits = true;
    this.later(MORPH_MS, function () {
        self.waits = false;
        self.send();
    });
};

Morph.prototype.send = function () {
    var filled = [];
    for (var corner = 0; corner < this.corners.length; corner++) {
        if (this.slots.slots[this.corners[corner]]) filled.push(corner);
    }
    if (!filled.length) {
        this.say("Nothing to morph. Press Save, then a slot that is a corner of the pad");
        return;
    }
    var all = this.uses_pad ? pad_weights(this.x, this.y) : null;
    var along = dial_weights(this.share, filled.length);
    var weights = {};
    var sum = 0;
    for (var number = 0; number < filled.length; number++) {
        var place = this.corners[filled[number]];
        var weight = all ? all[filled[number]] : along[number];
        weights[place] = (weights[place] || 0) + weight;
        sum += weight;
    }
    if (sum <= 0) return; // at a corner that holds nothing
    this.slots.morph(weights, this.where());
};

Morph.prototype.where = function () {
    if (this.uses_pad) return "Morph at " + percent(this.x) + " across, " + percent(this.y) + " up";
    return "Morph at " + percent(this.share);
};

function percent(share) {
    return Math.round(100 * share) + " %";
}
