// Plays a phrase at once while Live stands still: from its first bar on, in the tempo of the set.
// play(notes): [pitch, velocity, beats from now, beats long, ...]. stop(): end what sounds, forget what waits.
function Audition(play, stop) {
    this.play = play;
    this.stop = stop;
    this.began = 0; // milliseconds
    this.first_bar = 0;
    this.sounds = false; // something was played that nobody has stopped
}

// One message of a bar; `is_first` of an answer. A bar comes a little later than the first one: its notes wait for less.
Audition.prototype.hear = function (is_first, bar, notes, bar_beats, beat_ms, now) {
    if (is_first) {
        this.stop();
        this.began = now;
        this.first_bar = bar;
    }
    var begins = (bar - this.first_bar) * bar_beats - (now - this.began) / beat_ms;
    var placed = [];
    for (var at = 0; at + 3 < notes.length; at += 4) {
        placed.push(notes[at], notes[at + 1], Math.max(0, begins + notes[at + 2]), notes[at + 3]);
    }
    if (!placed.length) return;
    this.sounds = true;
    this.play(placed);
};
