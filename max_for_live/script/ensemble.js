// The devices of one Live set, and which of them leads: it holds the socket, tells the bridge where the song is, starts
// the stream, and sends what is the whole band's.
// `shared` is Max's Global object, the same for every js object; it holds numbers alone, which all engines share well.
// What needs words goes from device to device (sharing.js).
var BEAT_MS = 500; // between two signs of life
var PATIENCE = 3; // of our beats without one of the leader's: it is gone. Ours: a Max that stalls stalls all devices
var WISH_MS = 3000; // a device that has not wished for the stream for longer is gone, or wishes it no more

function Ensemble(shared, id) {
    this.shared = shared;
    this.id = id;
    this.beat = shared.beat; // the leader's last one that we know
    this.missed = 0; // our beats since then
    this.members = {}; // those who have told us, the leader: their tracks by id
}

// Call each BEAT_MS, before claim.
Ensemble.prototype.tick = function () {
    if (this.leads()) {
        this.lead();
        return;
    }
    this.missed = this.shared.leader && this.shared.beat !== this.beat ? 0 : this.missed + 1;
    this.beat = this.shared.beat;
};

// Whether this device leads: where nobody does, or the leader is gone, it does from now on. One that is switched off
// waits whether another wants to.
Ensemble.prototype.claim = function (is_on) {
    if (this.missed >= PATIENCE || (!this.shared.leader && is_on)) this.lead();
    return this.leads();
};

Ensemble.prototype.lead = function () {
    this.shared.leader = this.id;
    this.shared.beat = (this.shared.beat || 0) + 1;
    this.missed = 0;
};

Ensemble.prototype.leads = function () {
    return this.shared.leader === this.id;
};

// The id of the one that leads; 0 or undefined: nobody.
Ensemble.prototype.leader = function () {
    return this.shared.leader;
};

Ensemble.prototype.leave = function () {
    if (this.leads()) this.shared.leader = 0;
    this.beat = this.shared.beat;
};

Ensemble.prototype.meet = function (id, track) {
    this.members[id] = track;
};

Ensemble.prototype.part_with = function (id) {
    delete this.members[id];
};

Ensemble.prototype.is_alone = function () {
    for (var _id in this.members) return false;
    return true;
};

// The tracks of all devices, ours among them, as far as the band has them.
Ensemble.prototype.tracks = function (ours, count) {
    var has = {};
    var tracks = [];
    has[ours] = true;
    for (var id in this.members) has[this.members[id]] = true;
    for (var track = 0; track < count; track++) if (has[track]) tracks.push(track);
    return tracks;
};

Ensemble.prototype.wish_stream = function (now) {
    this.shared.stream_wanted_at = now;
};

Ensemble.prototype.wants_stream = function (now) {
    var wanted_at = this.shared.stream_wanted_at;
    return !this.shared.held && wanted_at !== undefined && now - wanted_at <= WISH_MS;
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
