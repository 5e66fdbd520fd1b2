// Writes the phrase into a clip of the Live track that the device lies on: the slot in the selected scene, or the next
// free one. A clip that is there is replaced only when the musician presses Write a second time.
var CONFIRM_MS = 6000;
var SELECTED = 0;
var NEXT_FREE = 1;
var COLOURS = [0xe5a03a, 0x4aa3df, 0x6abf69, 0xb06fd8, 0xe06c75, 0x46b5a7, 0xd8c94a, 0x9aa0a6]; // by the band's track

// say(sentence); ask(is_asking): the button asks, or no longer does; later(milliseconds, action).
function ClipWriter(say, ask, later) {
    this.say = say;
    this.ask = ask;
    this.later = later;
    this.asked = 0; // the slot's id, while the question stands
    this.question = 0;
}

// clip: {notes, length (beats), name, colour}. `pressed`: by the musician, whose second press says yes.
ClipWriter.prototype.write = function (clip, target, pressed) {
    if (!clip.notes.length && !clip.length) {
        this.say("Nothing to write yet: press Generate");
        return;
    }
    var track = own_track();
    var slots = track ? ids_of(track.get("clip_slots")) : [];
    if (!slots.length) {
        this.say("This device is not on a track with clip slots: put it on a MIDI track");
        return;
    }
    var number = target === SELECTED ? selected_scene() : first_free(slots);
    if (number < 0 || number >= slots.length) {
        this.say("No free slot is left on this track: add a scene, or choose the selected slot");
        return;
    }
    this.write_to(slots[number], number, clip, pressed);
};

ClipWriter.prototype.write_to = function (id, number, clip, pressed) {
    var slot = new LiveAPI("id " + id);
    var place = "slot " + (number + 1);
    if (Number(slot.get("has_clip"))) {
        if (!pressed || this.asked !== id) {
            this.begin_question(id);
            this.say("There is a clip in " + place + ". Press Replace? to write over it, or choose another slot");
            return;
        }
        slot.call("delete_clip");
    }
    this.end_question();
    slot.call("create_clip", clip.length);
    var made = new LiveAPI("id " + ids_of(slot.get("clip"))[0]);
    made.set("name", clip.name);
    made.set("color", clip.colour);
    if (clip.notes.length) made.call("add_new_notes", { notes: clip.notes });
    this.say(clip.name + " is in " + place);
};

ClipWriter.prototype.begin_question = function (id) {
    var self = this;
    var question = (this.question += 1);
    this.asked = id;
    this.ask(true);
    this.later(CONFIRM_MS, function () {
        if (self.question === question) self.end_question();
    });
};

ClipWriter.prototype.end_question = function () {
    if (this.asked) this.ask(false);
    this.asked = 0;
};

// The track, also for a device inside a rack; null for none.
function own_track() {
    var parent = new LiveAPI("this_device canonical_parent");
    for (var depth = 0; depth < 16 && Number(parent.id); depth++) {
        if (parent.type === "Track") return parent;
        parent = new LiveAPI("id " + ids_of(parent.get("canonical_parent"))[0]);
    }
    return null;
}

function selected_scene() {
    var selected = new LiveAPI("live_set view selected_scene");
    return ids_of(new LiveAPI("live_set").get("scenes")).indexOf(Number(selected.id));
}

function first_free(slots) {
    for (var number = 0; number < slots.length; number++) {
        if (!Number(new LiveAPI("id " + slots[number]).get("has_clip"))) return number;
    }
    return -1;
}

// Live lists objects as id, 3, id, 4, ...
function ids_of(pointers) {
    var ids = [];
    for (var at = 0; at < pointers.length; at++) {
        if (pointers[at] !== "id") ids.push(Number(pointers[at]));
    }
    return ids;
}
