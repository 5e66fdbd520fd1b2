// What the Live set keeps besides the parameters, as atoms that any Max object stores: short words without blanks, each
// with a letter in front, so that none is taken for a number.
//   mai1, i SET, t STAMP, c CONTROL ...,
//   then for each slot: s NUMBER, l LABEL, n NAME, h HASH, v VALUES ... (joined by _)
var STATE_VERSION = "mai1";
var VALUES_A_WORD = 60;

// state: {set: a word, stamp: milliseconds, slots: [null or {label, name, hash, values}], chosen: [control]}
function state_to_words(state) {
    var words = [STATE_VERSION, "i" + state.set, "t" + state.stamp];
    for (var number = 0; number < state.chosen.length; number++) words.push("c" + state.chosen[number]);
    for (var place = 0; place < state.slots.length; place++) {
        var slot = state.slots[place];
        if (!slot) continue;
        words.push("s" + place, "l" + encodeURIComponent(slot.label), "n" + encodeURIComponent(slot.name), "h" + slot.hash);
        for (var at = 0; at < slot.values.length; at += VALUES_A_WORD) {
            words.push("v" + slot.values.slice(at, at + VALUES_A_WORD).map(number_text).join("_"));
        }
    }
    return words;
}

// The reverse of state_to_words. What it does not know is passed over; null: these are no words of ours.
function words_to_state(words, places) {
    if (words[0] !== STATE_VERSION) return null;
    var state = { set: "", stamp: 0, slots: [], chosen: [] };
    for (var place = 0; place < places; place++) state.slots.push(null);
    var slot = { values: [] };
    for (var at = 1; at < words.length; at++) {
        var text = String(words[at]);
        var rest = text.slice(1);
        if (text[0] === "i") state.set = rest;
        else if (text[0] === "t") state.stamp = Number(rest) || 0;
        else if (text[0] === "c") state.chosen.push(rest);
        else if (text[0] === "s") slot = state.slots[Number(rest)] = { label: "", name: "", hash: "", values: [] };
        else if (text[0] === "l") slot.label = decodeURIComponent(rest);
        else if (text[0] === "n") slot.name = decodeURIComponent(rest);
        else if (text[0] === "h") slot.hash = rest;
        else if (text[0] === "v") slot.values = slot.values.concat(rest.split("_").map(Number));
    }
    state.slots.length = places;
    return state;
}

// Nine digits give back the same 32-bit number.
function number_text(value) {
    return String(Number(value.toPrecision(9)));
}
