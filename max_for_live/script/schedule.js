// Streamed bars, laid out for Max's own clock: the song is cut into sixteenths, and at each Max plays what is stored
// under its number. So notes keep Live's time, whatever its tempo does, and nothing of the network is heard.
var SLICES_A_BEAT = 4; // the metro of the patch beats sixteenths
var KEPT_BARS = 32; // bars that have passed too: a loop plays them again before the bridge has sent them anew
var NOTES_A_SLICE = 60; // Max's lists are short
var ALMOST = 1e-4; // beats; positions come as 32-bit numbers

// put(slice, notes): play these at that sixteenth, [pitch, velocity, beats after it, beats long, ...]; [] for nothing.
function Schedule(put) {
    this.put = put;
    this.bars = []; // {start, slices: {slice: [atoms]}, is_new}
}

// One message of a bar, which begins at `start` (song beats); notes as [pitch, velocity, start, duration, ...].
// Returns the bar's slices that this message brought, if the bar is none that was sent before.
Schedule.prototype.hear = function (start, part, notes) {
    var old = this.find(start);
    var bar = old;
    if (!old || part === 0) {
        bar = { start: start, slices: {}, is_new: !old };
        if (old) this.bars.splice(this.bars.indexOf(old), 1);
        this.bars.push(bar);
    }
    var brought = slices_of(start, notes);
    var slice;
    for (slice in brought) bar.slices[slice] = (bar.slices[slice] || []).concat(brought[slice]);
    this.write(keys_of(brought).concat(old && old !== bar ? keys_of(old.slices) : []));
    while (this.bars.length > KEPT_BARS) this.remove(this.bars[0]);
    return bar.is_new ? brought : {};
};

// The music has changed: what was stored of other bars than those that sound or come next is not true any more.
Schedule.prototype.forget_past = function (beat, bar_beats) {
    var bars = this.bars.slice();
    for (var number = 0; number < bars.length; number++) {
        if (bars[number].start + bar_beats <= beat || bars[number].start > beat + 4 * bar_beats) this.remove(bars[number]);
    }
};

Schedule.prototype.clear = function () {
    while (this.bars.length) this.remove(this.bars[0]);
};

Schedule.prototype.find = function (start) {
    for (var number = 0; number < this.bars.length; number++) {
        if (Math.abs(this.bars[number].start - start) < 0.01) return this.bars[number];
    }
    return null;
};

Schedule.prototype.remove = function (bar) {
    this.bars.splice(this.bars.indexOf(bar), 1);
    this.write(keys_of(bar.slices));
};

Schedule.prototype.write = function (slices) {
    var written = {};
    for (var number = 0; number < slices.length; number++) {
        var slice = slices[number];
        if (written[slice]) continue;
        written[slice] = true;
        var notes = [];
        for (var bar = 0; bar < this.bars.length; bar++) notes = notes.concat(this.bars[bar].slices[slice] || []);
        this.put(Number(slice), notes.slice(0, 4 * NOTES_A_SLICE));
    }
};

// {slice: [pitch, velocity, beats after the slice's begin, duration, ...]}
function slices_of(start, notes) {
    var slices = {};
    for (var at = 0; at + 3 < notes.length; at += 4) {
        var beat = Math.max(0, start + notes[at + 2]);
        var slice = Math.floor(beat * SLICES_A_BEAT + ALMOST);
        var offset = Math.max(0, beat - slice / SLICES_A_BEAT);
        slices[slice] = (slices[slice] || []).concat([notes[at], notes[at + 1], offset, notes[at + 3]]);
    }
    return slices;
}

// Of slices that came when their time had already begun: the notes that can still be played, with beats from now.
function still_to_play(slices, beat) {
    var LATEST = 0.2; // beats
    var current = Math.floor(beat * SLICES_A_BEAT + ALMOST);
    var notes = [];
    for (var slice in slices) {
        if (Number(slice) > current) continue;
        for (var at = 0; at < slices[slice].length; at += 4) {
            var wait = slice / SLICES_A_BEAT + slices[slice][at + 2] - beat;
            if (wait < -LATEST) continue;
            notes = notes.concat([slices[slice][at], slices[slice][at + 1], Math.max(0, wait), slices[slice][at + 3]]);
        }
    }
    return notes;
}

function keys_of(object) {
    var keys = [];
    for (var key in object) keys.push(key);
    return keys;
}
