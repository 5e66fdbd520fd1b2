"""This device: its face, its objects and its wires.

Max sends right outlets first, and to several boxes in an order that depends on where they lie; where an order matters
here, a `t` (trigger) makes it.
"""

from __future__ import annotations

from max_for_live.controls import WIDTH, banks, face
from max_for_live.description import STORED, Box, Description, Parameter, Wire
from max_for_live.scripts import DEVICE_SCRIPT, scripts

BRIDGE_PORT = 7771
TICKS_A_BEAT = 480  # of Max's transport
# What all devices of the Live set hear. No Global has this name: Max would give it the messages too.
ALL_DEVICES = "maisynthesizer.devices"

_SAYS_NOTHING = ("live.comment", "panel", "jsui")  # boxes of the face whose output the script does not hear
# From which outlet of a control its value comes: a umenu's item as text.
_VALUE_OUTLET = {"umenu": 1}

_FACE = face()
_CONTROLS = tuple(box for box in _FACE if box.text.split()[0] not in _SAYS_NOTHING)
# What the script speaks to: all but the titles and the plain buttons, which never change.
_NEVER_CHANGES = ("generate", "reroll", "undo", "redo", "panic")
_SHOWN = tuple(box.key for box in _FACE if not box.key.endswith("_title") and box.key not in _NEVER_CHANGES)

_OBJECTS = (
    # The script and its surroundings.
    Box("this_device", "live.thisdevice", (30, 20)),
    Box("enabled", "prepend enabled", (30, 50)),
    Box("disabled", "sel 0", (160, 50)),
    Box("script", f"js {DEVICE_SCRIPT}", (30, 320)),
    Box("to_bridge", f"udpsend 127.0.0.1 {BRIDGE_PORT}", (30, 500)),
    Box("receiver", "udpreceive @defer 1", (200, 20)),
    Box("to_devices", f"send {ALL_DEVICES}", (30, 560)),
    Box("from_devices", f"receive {ALL_DEVICES}", (30, 230)),
    Box("to_face", f"route {' '.join(_SHOWN)}", (200, 380)),
    Box("to_player", "route notes stop where lead slices", (360, 360)),
    *(Box(f"{box.key}_control", f"prepend control {box.key}", (60 + 20 * n, 80)) for n, box in enumerate(_CONTROLS)),
    Box("typed", "route text", (30, 110)),
    Box("pad_point", "unpack 0. 0.", (30, 140)),
    Box("pad_x", "* 100.", (30, 170)),
    Box("pad_y", "* 100.", (90, 170)),
    # What the Live set keeps besides the controls: the latents.
    Box(
        "latents", "pattr latents", (30, 420),
        parameter=Parameter("Latents", "Latents", "What the eight slots keep.", visibility=STORED, blob=True),
    ),
    Box("kept", "prepend kept", (30, 450)),
    # Where the song is, said at every sixteenth while Live plays, and when the script asks.
    Box("sixteenths", "metro 16n @quantize 16n @active 1", (500, 20)),
    Box("at_sixteenth", "t b b", (500, 50)),
    Box("here", "t b b", (560, 80)),
    Box("transport", "transport", (620, 110)),
    Box("to_beats", f"/ {TICKS_A_BEAT}.", (760, 140)),
    Box("metre", "unpack 4 4", (700, 140)),
    Box("beat_ms", "!/ 60000.", (640, 140)),
    Box("beat", "f", (560, 170)),
    Box("position", "t f f f", (560, 200)),
    Box("song", "pack 0. 120. 0 4 4", (620, 230)),
    Box("say_song", "prepend /mai/transport", (620, 260)),
    Box("leads", "gate", (620, 290)),
    Box("later", "deferlow", (700, 230)),
    Box("at", "prepend at", (700, 260)),
    # The notes that are stored under the number of that sixteenth.
    Box("beat_now", "f", (500, 230)),
    Box("slices_a_beat", "* 4.", (500, 260)),
    Box("nearest", "+ 0.5", (500, 290)),
    Box("slice", "i", (500, 320)),
    Box("slices", "coll", (500, 350), attributes={"saved_object_attributes": {"embed": 0, "precision": 6}}),
    # Each note: pitch, velocity, beats to wait, beats long; times from beats to milliseconds.
    Box("each_note", "zl iter 4", (500, 380)),
    Box("note", "unpack 0 0 0. 0.", (500, 410)),
    Box("wait_ms", "* 500.", (560, 440)),
    Box("duration_ms", "* 475.", (620, 440)),
    # A little shorter than written, so that a note has ended when the same pitch begins again.
    Box("sounding_ms", "* 0.95", (700, 400)),
    Box("wait", "pipe 0 0 0 0", (500, 480)),
    Box("note_on_and_off", "makenote 100 100 @repeatmode 1", (500, 510)),
    Box("midi", "noteout", (500, 550)),
    # Silence: forget what waits, end what sounds.
    Box("forget", "message clear", (640, 330)),
    Box("end", "message stop", (700, 330)),
    # What is played on the Live track's keyboard passes through.
    Box("keys_in", "midiin", (760, 500)),
    Box("keys_out", "midiout", (760, 540)),
)  # fmt: skip


def wires(*rows: tuple[str, int, str, int]) -> tuple[Wire, ...]:
    return tuple(Wire(*row) for row in rows)


def _control_wires() -> tuple[Wire, ...]:
    """From each control to the script; what is typed comes behind the word text."""
    named = {box.key: box.text for box in _CONTROLS if box.key != "slot_name"}
    return wires(
        *((key, _VALUE_OUTLET.get(text, 0), f"{key}_control", 0) for key, text in named.items()),
        *((f"{box.key}_control", 0, "script", 0) for box in _CONTROLS),
        ("slot_name", 0, "typed", 0),
        ("typed", 0, "slot_name_control", 0),
        ("pad", 0, "pad_point", 0),
        ("pad_point", 1, "pad_y", 0),
        ("pad_y", 0, "morph_y", 0),
        ("pad_point", 0, "pad_x", 0),
        ("pad_x", 0, "morph_x", 0),
    )


_WIRES = (
    *_control_wires(),
    *(Wire("to_face", place, key, 0) for place, key in enumerate(_SHOWN)),
    *wires(
        ("this_device", 0, "script", 0),
        ("this_device", 1, "enabled", 0),
        ("this_device", 1, "disabled", 0),
        ("enabled", 0, "script", 0),
        ("receiver", 0, "script", 0),
        ("script", 0, "to_bridge", 0),
        ("script", 1, "receiver", 0),
        ("script", 2, "to_face", 0),
        ("script", 3, "to_player", 0),
        ("script", 4, "latents", 0),
        ("script", 5, "to_devices", 0),
        ("from_devices", 0, "script", 0),
        ("latents", 0, "kept", 0),
        ("kept", 0, "script", 0),
        ("to_player", 0, "each_note", 0),
        ("to_player", 2, "here", 0),
        ("to_player", 3, "leads", 0),
        ("to_player", 4, "slices", 0),
        ("sixteenths", 0, "at_sixteenth", 0),
        ("at_sixteenth", 1, "here", 0),
        ("at_sixteenth", 0, "beat_now", 0),
        ("here", 1, "transport", 0),
        ("transport", 7, "to_beats", 0),
        ("to_beats", 0, "beat", 1),
        ("transport", 6, "song", 2),
        ("transport", 5, "metre", 0),
        ("metre", 1, "song", 4),
        ("metre", 0, "song", 3),
        ("transport", 4, "song", 1),
        ("transport", 4, "beat_ms", 0),
        ("beat_ms", 0, "wait_ms", 1),
        ("beat_ms", 0, "sounding_ms", 0),
        ("sounding_ms", 0, "duration_ms", 1),
        ("here", 0, "beat", 0),
        ("beat", 0, "position", 0),
        ("position", 2, "beat_now", 1),
        ("position", 1, "song", 0),
        ("song", 0, "say_song", 0),
        ("say_song", 0, "leads", 1),
        ("leads", 0, "to_bridge", 0),
        ("position", 0, "later", 0),
        ("later", 0, "at", 0),
        ("at", 0, "script", 0),
        ("beat_now", 0, "slices_a_beat", 0),
        ("slices_a_beat", 0, "nearest", 0),
        ("nearest", 0, "slice", 0),
        ("slice", 0, "slices", 0),
        ("slices", 0, "each_note", 0),
        ("each_note", 0, "note", 0),
        ("note", 3, "duration_ms", 0),
        ("duration_ms", 0, "wait", 2),
        ("note", 2, "wait_ms", 0),
        ("wait_ms", 0, "wait", 3),
        ("note", 1, "wait", 1),
        ("note", 0, "wait", 0),
        ("wait", 0, "note_on_and_off", 0),
        ("wait", 1, "note_on_and_off", 1),
        ("wait", 2, "note_on_and_off", 2),
        ("note_on_and_off", 0, "midi", 0),
        ("note_on_and_off", 1, "midi", 1),
        *(
            (source, outlet, message, 0)
            for source, outlet in (("to_player", 1), ("disabled", 0))
            for message in ("forget", "end")
        ),
        ("forget", 0, "wait", 0),
        ("end", 0, "note_on_and_off", 0),
        ("keys_in", 0, "keys_out", 0),
    ),
)


def describe() -> Description:
    """The device with the scripts that lie beside this file."""
    return Description(WIDTH, (*_FACE, *_OBJECTS), _WIRES, scripts(), banks())
