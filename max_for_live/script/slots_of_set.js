// The slots belong to the Live set: each of its devices keeps them all, and of two versions one wins.
var OURS = -1;
var SAME = 0;
var THEIRS = 1;

// ours, theirs: {set: which they are from, a word; stamp: when they were changed last; slots: null for an empty one}.
// A newcomer has just been loaded: its slots may be those of another set, from which a track was dragged here.
// The other device comes to the opposite result.
function prefer(ours, we_are_new, theirs, they_are_new) {
    if (ours.set === theirs.set && ours.stamp === theirs.stamp) return SAME;
    var we_have = has_any(ours.slots);
    var they_have = has_any(theirs.slots);
    if (!we_have && !they_have) return SAME;
    if (we_have !== they_have) return we_have ? OURS : THEIRS;
    if (ours.set !== theirs.set && we_are_new !== they_are_new) return they_are_new ? OURS : THEIRS;
    if (ours.stamp !== theirs.stamp) return theirs.stamp > ours.stamp ? THEIRS : OURS;
    return theirs.set > ours.set ? THEIRS : OURS;
}

function has_any(slots) {
    for (var place = 0; place < slots.length; place++) if (slots[place]) return true;
    return false;
}
