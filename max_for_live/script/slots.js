// Eight latents that the Live set carries. Each is also an entry of the bridge's library, under a name of its own, and
// is put back there when that library does not have it: another computer, or a set of last year.
var SLOTS = 8;
var VALUES_A_PART = 150; // of at most 200 arguments a message

// say(sentence); changed(): show the slots, keep them in the set, and tell the other devices.
function LatentSlots(connection, say, changed) {
    this.connection = connection;
    this.say = say;
    this.changed = changed;
    this.set = ""; // a word that no other set has; "" until something is kept
    this.stamp = 0; // when they were changed last, milliseconds
    this.slots = [];
    for (var place = 0; place < SLOTS; place++) this.slots.push(null);
}

LatentSlots.prototype.label = function (place) {
    return this.slots[place] ? this.slots[place].label : "";
};

LatentSlots.prototype.are_empty = function () {
    return !has_any(this.slots);
};

// As state_to_words takes it; the reverse of take.
LatentSlots.prototype.state = function (chosen) {
    return { set: this.set, stamp: this.stamp, slots: this.slots, chosen: chosen };
};

LatentSlots.prototype.take = function (state) {
    this.set = state.set;
    this.stamp = state.stamp;
    this.slots = state.slots;
};

LatentSlots.prototype.stamp_anew = function (now) {
    this.set = this.set || random_word();
    this.stamp = Math.max(this.stamp + 1, Math.floor(now));
};

// Keep what the bridge plays now.
LatentSlots.prototype.save = function (place) {
    var self = this;
    var label = this.label(place) || "Slot " + (place + 1);
    var name = library_name(label);
    this.connection.request(MAI.REQUESTS.LATENT_SAVE, [name], {
        done: function () {
            self.fetch(place, label, name);
        }
    });
};

LatentSlots.prototype.fetch = function (place, label, name) {
    var self = this;
    var hash = "";
    var values = [];
    this.connection.request(MAI.REQUESTS.LATENT_GET, [name], {
        heard: function (_address, data) {
            hash = data[2];
            values = values.concat(data.slice(5));
        },
        done: function () {
            self.drop(place);
            self.slots[place] = { label: label, name: name, hash: String(hash), values: values };
            self.say("Saved as " + label + ", in the bridge and in this Live set");
            self.changed();
        }
    });
};

// The library need not keep what no slot refers to any more.
LatentSlots.prototype.drop = function (place) {
    if (!this.slots[place]) return;
    this.connection.request(MAI.REQUESTS.LATENT_DELETE, [this.slots[place].name], { refused: function () {} });
};

LatentSlots.prototype.recall = function (place) {
    var slot = this.slots[place];
    if (!slot) {
        this.say("Slot " + (place + 1) + " is empty. Press Save, then the slot, to keep what plays");
        return;
    }
    this.ask(MAI.REQUESTS.LATENT_RECALL, [slot.name], [place], slot.label + " plays");
};

LatentSlots.prototype.rename = function (place, label) {
    var slot = this.slots[place];
    if (!slot) {
        this.say("Slot " + (place + 1) + " is empty: there is nothing to rename");
        return;
    }
    var old = slot.name;
    slot.label = label;
    slot.name = library_name(label);
    // A bridge that does not have it is given it under the new name when it is recalled.
    this.connection.request(MAI.REQUESTS.LATENT_RENAME, [old, slot.name], { refused: function () {} });
    this.changed();
};

// weights: {place: weight}
LatentSlots.prototype.morph = function (weights, sentence) {
    var values = [];
    var places = [];
    for (var place in weights) {
        values.push(this.slots[place].name, weights[place]);
        places.push(Number(place));
    }
    this.ask(MAI.REQUESTS.MORPH, values, places, sentence);
};

// Asks for music of these slots; where the library lacks one, all are put there and it is asked once more.
LatentSlots.prototype.ask = function (address, values, places, sentence) {
    var self = this;
    function done() {
        self.say(sentence);
    }
    this.connection.request(address, values, {
        done: done,
        refused: function (code, text) {
            if (code !== "unknown_name") {
                self.say(text);
                return;
            }
            for (var number = 0; number < places.length; number++) self.put(places[number]);
            self.connection.request(address, values, { done: done });
        }
    });
};

LatentSlots.prototype.put = function (place) {
    var slot = this.slots[place];
    var count = Math.max(1, Math.ceil(slot.values.length / VALUES_A_PART));
    var parts = [];
    for (var part = 0; part < count; part++) {
        var values = slot.values.slice(part * VALUES_A_PART, (part + 1) * VALUES_A_PART);
        parts.push([slot.name, slot.hash, part, count].concat(values));
    }
    this.connection.request_in_parts(MAI.REQUESTS.LATENT_PUT, parts, {});
};

// No other set's latent has it, and a name that was used is not used again.
function library_name(label) {
    return label + " ~" + random_word();
}

function random_word() {
    return Math.floor(Math.random() * 1679616).toString(36);
}
