// What the devices of one Live set agree on, without a bridge: which of them leads, and whether the stream should run.
// The first leads: it tells the bridge where the song is, starts the stream and sends what is the whole band's.
// `shared` is Max's Global object, the same for every js object; it holds numbers alone, which every engine shares well.
var LEAD_PATIENCE_MS = 3000; // a leader that has not said a word for longer is gone

function Ensemble(shared, id) {
    this.shared = shared;
    this.id = id;
}

// Call each second and at changes; `now` in milliseconds. Returns whether this device leads.
Ensemble.prototype.breathe = function (now, wants_stream) {
    var shared = this.shared;
    if (wants_stream) shared.stream_wanted_at = now;
    if (!shared.leader || shared.leader === this.id || now - shared.leader_seen_at > LEAD_PATIENCE_MS) {
        shared.leader = this.id;
        shared.leader_seen_at = now;
    }
    return this.leads();
};

Ensemble.prototype.leads = function () {
    return this.shared.leader === this.id;
};

Ensemble.prototype.wants_stream = function (now) {
    var wanted_at = this.shared.stream_wanted_at;
    return !this.shared.held && wanted_at !== undefined && now - wanted_at <= LEAD_PATIENCE_MS;
};

// After Panic nothing plays until someone asks for music or starts Live's transport.
Ensemble.prototype.hold = function (held) {
    this.shared.held = held ? 1 : 0;
    if (held) this.shared.streaming = 0;
};

Ensemble.prototype.streaming = function () {
    return Boolean(this.shared.streaming);
};

Ensemble.prototype.set_streaming = function (streaming) {
    this.shared.streaming = streaming ? 1 : 0;
};

Ensemble.prototype.leave = function () {
    if (this.leads()) this.shared.leader = 0;
};
