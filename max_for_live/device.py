"""This device: its face, its objects and its wires.

Max sends right outlets first, and to several boxes in an order that depends on where they lie; where an order matters
here, a `t` (trigger) makes it.
"""

from __future__ import annotations

from pathlib import Path

from max_for_live.description import FACE_HEIGHT, STORED, Box, Description, Parameter, Wire

WIDTH = 330
# Max looks scripts up by name: a plain "device.js" could be that of another device.
SCRIPT_NAME = "maisynthesizer.device.js"
BRIDGE_PORT = 7771
BUTTON = ("off", "on")

_CENTRED = {"textjustification": 1}


def button(key: str, label: str, short_name: str, face: tuple[int, int, int, int], info: str) -> Box:
    """A push button; `key` is also the name of the message box behind it."""
    attributes = {"text": label, "texton": label, "mode": 0}
    return Box(key, "live.text", (900, face[1] * 4), face, Parameter(label, short_name, info, BUTTON), attributes)


_FACE = (
    Box("background", "panel", (900, 0), (0, 0, WIDTH, FACE_HEIGHT), attributes={"background": 1, "rounded": 0}),
    button("generate", "Generate", "Generat", (10, 10, 100, 32), "A new phrase for the whole band."),
    Box(
        "track",
        "live.menu",
        (900, 80),
        (120, 10, 80, 15),
        Parameter(
            "Track",
            "Track",
            "Which of the band's tracks plays on this Live track.",
            tuple(f"Track {number}" for number in range(1, 9)),
            visibility=STORED,
        ),
    ),
    Box("track_name", "live.comment", (900, 110), (120, 27, 80, 15), attributes={"text": "-", **_CENTRED}),
    button("panic", "Panic", "Panic", (270, 10, 50, 32), "Every note ends, here and in the bridge."),
    button("keep_a", "Save A", "Save A", (10, 60, 60, 20), "Keep the phrase that plays as A."),
    button("recall_a", "Recall A", "Call A", (10, 86, 60, 20), "Play the phrase that was kept as A."),
    Box(
        "morph",
        "live.dial",
        (900, 240),
        (143, 56, 44, 48),
        Parameter("Morph", "Morph", "From A (0) to B (1) and everything between."),
    ),
    button("keep_b", "Save B", "Save B", (260, 60, 60, 20), "Keep the phrase that plays as B."),
    button("recall_b", "Recall B", "Call B", (260, 86, 60, 20), "Play the phrase that was kept as B."),
    Box("status", "live.comment", (900, 480), (10, 124, 310, 34), attributes={"text": "not connected", **_CENTRED}),
)

_OBJECTS = (
    # The script and its surroundings.
    Box("this_device", "live.thisdevice", (30, 20)),
    Box("script", f"js {SCRIPT_NAME}", (30, 320)),
    Box("to_bridge", f"udpsend 127.0.0.1 {BRIDGE_PORT}", (30, 380)),
    Box("to_face", "route status track", (200, 380)),
    Box("set_status", "prepend set", (200, 420)),
    Box("set_track_name", "prepend set", (280, 420)),
    Box("to_player", "route beat_ms bar_beats track stop", (360, 360)),
    Box("generate_message", "message generate", (30, 80)),
    Box("panic_message", "message panic", (30, 110)),
    Box("keep_a_message", "message keep A", (30, 140)),
    Box("recall_a_message", "message recall A", (30, 170)),
    Box("keep_b_message", "message keep B", (30, 200)),
    Box("recall_b_message", "message recall B", (30, 230)),
    Box("morph_message", "prepend morph", (30, 260)),
    Box("track_message", "prepend choose_track", (30, 290)),
    # What comes from the bridge: bars go their own way, in Max's scheduler; all else goes to the script.
    Box("receiver", "udpreceive", (500, 20)),
    Box("is_bar", "route /mai/bar", (500, 50)),
    Box("later", "deferlow", (640, 80)),
    # id, bar, track, part, parts, start_beat, then pitch, velocity, start and duration of each note:
    # through the gate goes our track alone, and only bars that are to be played at once (start_beat below 0).
    Box("bar", "t l l", (500, 80)),
    Box("head", "zl slice 6", (580, 110)),
    Box("is_ours", "expr $f6 < 0. && $i3 == $i7", (580, 140)),
    Box("ours", "gate", (500, 170)),
    # The phrase's first bar stops what still plays; bar n begins n bars later.
    Box("our_bar", "t l l", (500, 200)),
    Box("our_head", "zl slice 6", (580, 230)),
    Box("is_first", "expr $i2 == 0 && $i4 == 0", (640, 260)),
    Box("first", "sel 1", (640, 290)),
    Box("bar_start", "expr $i2 * $f7", (560, 260)),
    # Each note: times from beats to milliseconds, the start as a delay.
    Box("notes", "zl slice 6", (500, 320)),
    Box("each_note", "zl iter 4", (540, 350)),
    Box("note", "unpack 0 0 0. 0.", (540, 380)),
    Box("from_phrase_start", "+ 0.", (600, 410)),
    Box("start_ms", "* 500.", (600, 440)),
    Box("duration_ms", "* 475.", (660, 440)),
    # A little shorter than written, so that a note has ended when the same pitch begins again.
    Box("sounding_ms", "* 0.95", (700, 400)),
    Box("wait", "pipe 0 0 0 0", (500, 480)),
    Box("note_on_and_off", "makenote 100 100 @repeatmode 1", (500, 510)),
    Box("midi", "noteout", (500, 550)),
    # Silence: forget what waits, end what sounds.
    Box("forget", "message clear", (640, 330)),
    Box("end", "message stop", (700, 330)),
    Box("disabled", "sel 0", (160, 50)),
    # What is played on the Live track's keyboard passes through.
    Box("keys_in", "midiin", (760, 500)),
    Box("keys_out", "midiout", (760, 540)),
)


def wires(*rows: tuple[str, int, str, int]) -> tuple[Wire, ...]:
    return tuple(Wire(*row) for row in rows)


_BUTTONS = ("generate", "panic", "keep_a", "recall_a", "keep_b", "recall_b", "morph", "track")

_WIRES = wires(
    ("this_device", 0, "script", 0),
    ("this_device", 1, "disabled", 0),
    *((key, 0, f"{key}_message", 0) for key in _BUTTONS),
    *((f"{key}_message", 0, "script", 0) for key in _BUTTONS),
    ("script", 0, "to_bridge", 0),
    ("script", 1, "receiver", 0),
    ("script", 2, "to_face", 0),
    ("to_face", 0, "set_status", 0),
    ("set_status", 0, "status", 0),
    ("to_face", 1, "set_track_name", 0),
    ("set_track_name", 0, "track_name", 0),
    ("script", 3, "to_player", 0),
    ("to_player", 0, "start_ms", 1),
    ("to_player", 0, "sounding_ms", 0),
    ("sounding_ms", 0, "duration_ms", 1),
    ("to_player", 1, "bar_start", 6),
    ("to_player", 2, "is_ours", 6),
    ("receiver", 0, "is_bar", 0),
    ("is_bar", 1, "later", 0),
    ("later", 0, "script", 0),
    ("is_bar", 0, "bar", 0),
    ("bar", 1, "head", 0),
    ("head", 0, "is_ours", 0),
    ("is_ours", 0, "ours", 0),
    ("bar", 0, "ours", 1),
    ("ours", 0, "our_bar", 0),
    ("our_bar", 1, "our_head", 0),
    ("our_head", 0, "is_first", 0),
    ("our_head", 0, "bar_start", 0),
    ("is_first", 0, "first", 0),
    ("bar_start", 0, "from_phrase_start", 1),
    ("our_bar", 0, "notes", 0),
    ("notes", 1, "each_note", 0),
    ("each_note", 0, "note", 0),
    ("note", 3, "duration_ms", 0),
    ("duration_ms", 0, "wait", 2),
    ("note", 2, "from_phrase_start", 0),
    ("from_phrase_start", 0, "start_ms", 0),
    ("start_ms", 0, "wait", 3),
    ("note", 1, "wait", 1),
    ("note", 0, "wait", 0),
    ("wait", 0, "note_on_and_off", 0),
    ("wait", 1, "note_on_and_off", 1),
    ("wait", 2, "note_on_and_off", 2),
    ("note_on_and_off", 0, "midi", 0),
    ("note_on_and_off", 1, "midi", 1),
    *(
        (source, outlet, message, 0)
        for source, outlet in (("first", 0), ("to_player", 3), ("disabled", 0))
        for message in ("forget", "end")
    ),
    ("forget", 0, "wait", 0),
    ("end", 0, "note_on_and_off", 0),
    ("keys_in", 0, "keys_out", 0),
)


def describe() -> Description:
    """The device with the script that lies beside this file."""
    script = Path(__file__).with_name("device.js").read_text(encoding="utf-8")
    return Description(WIDTH, (*_FACE, *_OBJECTS), _WIRES, SCRIPT_NAME, script)
