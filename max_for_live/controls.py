"""The face: its controls with their parameters, in five columns above the line of status.

Each control's key is also its name in the script: what it puts out goes there as `control KEY VALUE`, and what the
script says to it comes back as `KEY MESSAGE`.
"""

from __future__ import annotations

from bridge import __version__
from max_for_live.description import (
    CUSTOM,
    FACE_HEIGHT,
    HIDDEN,
    PERCENT,
    STORED,
    Bank,
    Box,
    Parameter,
)
from max_for_live.scripts import PAD_SCRIPT

WIDTH = 814
STATUS_TOP = 147

BANDS_TRACKS = 8
SLOTS = 8
CORNERS = "ABCD"
KEYS = ("Off", "C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
SCALES = (
    "Off", "Major", "Minor", "Dorian", "Phrygian", "Lydian", "Mixolydian", "Locrian", "Harmonic Minor",
    "Melodic Minor", "Major Pentatonic", "Minor Pentatonic", "Blues", "Whole Tone", "Chromatic",
)  # fmt: skip

Place = tuple[int, int, int, int]  # left, top, width, height
LEFT, CENTRE, RIGHT = 0, 1, 2  # how a text stands in its place

_SWITCH = ("off", "on")
_BAND, _SLOTS, _MORPH, _STYLE, _PLAY = 8, 130, 276, 462, 704  # the left edges of the columns


def button(key: str, label: str, short_name: str, place: Place, info: str, name: str = "") -> Box:
    """A push button; its parameter has the label's name if not another."""
    attributes = {"text": label, "texton": label, "mode": 0}
    return Box(key, "live.text", (900, 0), place, Parameter(name or label, short_name, info, _SWITCH), attributes)


def switch(key: str, label: str, short_name: str, place: Place, info: str, on: bool = False, kept: int = 0) -> Box:
    """A button that stays down."""
    parameter = Parameter(label, short_name, info, _SWITCH, initial=int(on), visibility=kept)
    return Box(key, "live.text", (900, 0), place, parameter, {"text": label, "texton": label, "mode": 1})


def dial(key: str, name: str, short_name: str, left: int, top: int, info: str, initial: float = 0.0) -> Box:
    """A dial from 0 to 100 %."""
    parameter = Parameter(name, short_name, info, low=0.0, high=100.0, unit=PERCENT, initial=initial)
    return Box(key, "live.dial", (900, 0), (left, top, 44, 48), parameter)


def number(key: str, name: str, short_name: str, place: Place, info: str, initial: float = 0.0) -> Box:
    """A number box from 0 to 100 %."""
    parameter = Parameter(name, short_name, info, low=0.0, high=100.0, unit=PERCENT, initial=initial)
    return Box(key, "live.numbox", (900, 0), place, parameter)


def menu(
    key: str, name: str, short_name: str, place: Place, info: str, items: tuple[str, ...], first: int = 0, kept: int = 0
) -> Box:
    """A menu of fixed items."""
    return Box(
        key, "live.menu", (900, 0), place, Parameter(name, short_name, info, items, initial=first, visibility=kept)
    )


def words(key: str, text: str, place: Place, justified: int = LEFT) -> Box:
    """A text on the face."""
    return Box(key, "live.comment", (900, 0), place, attributes={"text": text, "textjustification": justified})


def _band() -> tuple[Box, ...]:
    left = _BAND
    lamp = {"bgcolor": [0.95, 0.72, 0.25, 1.0], "mode": 0, "rounded": 10, "border": 0}
    return (
        Box("lamp", "panel", (900, 0), (left, 8, 10, 10), attributes=lamp),
        words("lamp_word", "Connecting", (left + 14, 5, 92, 16)),
        menu(
            "track", "Track", "Track", (left, 26, 58, 15), "Which of the band's tracks plays on this Live track.",
            tuple(f"Track {track}" for track in range(1, BANDS_TRACKS + 1)), kept=STORED,
        ),
        words("track_name", "-", (left + 60, 26, 50, 15), CENTRE),
        button("generate", "Generate", "Generate", (left, 47, 110, 36), "A new phrase for the whole band."),
        button("reroll", "Reroll", "Reroll", (left, 89, 53, 22), "Another bar of this track; the others stay."),
        switch("lock", "Lock", "Lock", (left + 57, 89, 53, 22), "This track stays as it is, whatever is generated."),
        button("undo", "Undo", "Undo", (left, 117, 35, 22), "Back to what the band played before."),
        button("redo", "Redo", "Redo", (left + 37, 117, 35, 22), "Forward again to what was undone."),
        button("panic", "Panic", "Panic", (left + 74, 117, 36, 22), "Every note ends, here and in the bridge."),
    )  # fmt: skip


def _slots() -> tuple[Box, ...]:
    left = _SLOTS
    save = switch(
        "save", "Save", "Save", (left + 72, 5, 64, 17), "The slot pressed next keeps what plays.", kept=HIDDEN
    )
    buttons = (
        button(
            f"slot_{number}", str(number), f"Slot {number}",
            (left + 70 * ((number - 1) % 2), 27 + 22 * ((number - 1) // 2), 66, 18),
            "Plays the latent that this slot keeps. Press Save first to keep what plays.", f"Slot {number}",
        )
        for number in range(1, SLOTS + 1)
    )  # fmt: skip
    typing = {"keymode": 1, "lines": 1, "outputmode": 1, "text": "", "parameter_enable": 0, "fontsize": 10.0}
    return (
        words("slots_title", "Slots", (left, 5, 60, 16)),
        save,
        *buttons,
        words("name_title", "Name", (left, 119, 32, 16)),
        Box("slot_name", "textedit", (900, 0), (left + 34, 118, 102, 19), attributes=typing),
    )


def _morph() -> tuple[Box, ...]:
    left = _MORPH
    corners = (
        box
        for number, corner in enumerate(CORNERS)
        for box in (
            words(f"corner_{corner.lower()}_title", corner, (left + 108, 26 + 19 * number, 14, 15), CENTRE),
            menu(
                f"corner_{corner.lower()}", f"Corner {corner}", f"Corner {corner}",
                (left + 123, 26 + 19 * number, 53, 15), "The slot at this corner of the pad.",
                tuple(f"Slot {slot}" for slot in range(1, SLOTS + 1)), number, STORED,
            ),
        )
    )  # fmt: skip
    return (
        words("morph_title", "Morph", (left, 5, 60, 16)),
        Box("pad", f"jsui {PAD_SCRIPT}", (900, 0), (left, 25, 100, 96), attributes={"border": 0, "ignoreclick": 0}),
        number("morph_x", "Morph X", "Morph X", (left, 125, 48, 15), "The point on the pad, from the left.", 50.0),
        number("morph_y", "Morph Y", "Morph Y", (left + 52, 125, 48, 15), "The point on the pad, from below.", 50.0),
        *corners,
        dial(
            "morph",
            "Morph",
            "Morph",
            left + 128,
            99,
            "From corner A (0 %) along those that hold something to the last.",
        ),
    )


def _style() -> tuple[Box, ...]:
    left = _STYLE
    shortest = Parameter(
        "Min Note",
        "Min Note",
        "Shorter notes are joined or left out.",
        low=0.0,
        high=4.0,
        unit=CUSTOM,
        printed="%.2f beats",
    )
    return (
        words("style_title", "Style", (left, 5, 60, 16)),
        dial("density", "Density", "Density", left, 24, "How much of the bar this track fills.", 50.0),
        dial("threshold", "Threshold", "Thresh", left + 44, 24, "How sure of a note the model must be.", 50.0),
        dial("swing", "Swing", "Swing", left + 88, 24, "How late every second sixteenth comes: 100 % are triplets."),
        dial("humanize", "Humanize", "Human", left + 132, 24, "How uneven the notes are, in time and loudness."),
        Box("min_note", "live.dial", (900, 0), (left + 176, 24, 54, 48), shortest),
        switch("own_density", "Own Density", "Own Dens", (left, 80, 76, 18), "Off: the threshold decides here."),
        switch("follow_scale", "Live's Scale", "LiveScal", (left + 82, 80, 76, 18), "Key and scale follow Live's."),
        words("key_title", "Key", (left, 112, 26, 15)),
        menu("key", "Key", "Key", (left + 28, 112, 48, 15), "The key that the band keeps to.", KEYS),
        words("scale_title", "Scale", (left + 82, 112, 34, 15)),
        menu("scale", "Scale", "Scale", (left + 118, 112, 112, 15), "The scale that the band keeps to.", SCALES, 1),
    )  # fmt: skip


def _play() -> tuple[Box, ...]:
    left = _PLAY
    mode = Parameter(
        "Play Mode", "PlayMode", "Play along with Live, or write each phrase into a clip.", ("Live", "Clip")
    )
    return (
        words("play_title", "Play", (left, 5, 60, 16)),
        Box("play_mode", "live.tab", (900, 0), (left, 26, 102, 18), mode, {"livemode": 1}),
        menu(
            "clip_target", "Clip Slot", "ClipSlot", (left, 50, 102, 15), "Where clips are written.",
            ("Selected slot", "Next free slot"), 1,
        ),
        button("write_clip", "Write Clip", "Write", (left, 70, 102, 24), "Writes this track's phrase into a clip."),
        words("model_title", "Model", (left, 101, 60, 15)),
        Box("model", "umenu", (900, 0), (left, 118, 102, 20), attributes={"items": "<empty>", "parameter_enable": 0}),
    )  # fmt: skip


def face() -> tuple[Box, ...]:
    """Every box of the face."""
    height, width = FACE_HEIGHT - STATUS_TOP - 2, 40  # the width of the version
    status = words("status", "Looking for the bridge on this computer", (8, STATUS_TOP, WIDTH - width - 16, height))
    # Live keeps a copy of the device in each set: so it must tell which one it is.
    version = words("version_title", __version__, (WIDTH - width - 8, STATUS_TOP, width, height), RIGHT)
    return (*_band(), *_slots(), *_morph(), *_style(), *_play(), status, version)


def banks() -> tuple[Bank, ...]:
    """What Push shows, eight at a time."""
    slots = tuple(f"Slot {number}" for number in range(1, SLOTS + 1))
    return (
        Bank("Band", ("Generate", "Reroll", "Lock", "Undo", "Redo", "Panic", "Morph", "Density")),
        Bank("Slots", slots),
        Bank("Morph", ("Morph X", "Morph Y", "Morph", "-", "-", "-", "-", "-")),
        Bank("Style", ("Density", "Own Density", "Threshold", "Swing", "Humanize", "Min Note", "-", "-")),
        Bank("Scale", ("Key", "Scale", "Live's Scale", "-", "-", "-", "-", "-")),
        Bank("Clip", ("Play Mode", "Clip Slot", "Write Clip", "-", "-", "-", "-", "-")),
    )
