"""Keys and scales by name, however a musician or a host spells them."""

from __future__ import annotations

from bridge.protocol.arguments import ArgumentRefused

OFF = "off"

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}

SCALES: dict[str, tuple[int, ...]] = {  # semitones above the key note
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic_minor": (0, 2, 3, 5, 7, 9, 11),  # upwards
    "major_pentatonic": (0, 2, 4, 7, 9),
    "minor_pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole_tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
}
OTHER_NAMES = {"ionian": "major", "aeolian": "minor", "natural_minor": "minor", "minor_blues": "blues"}


def key_name(text: str) -> str:
    """A key as the settings spell it: `C`, `F#`, `Bb`, off. Any letter case and ♯ or ♭ are read.

    Raises ArgumentRefused, with what is allowed, for anything else.
    """
    name = text.strip()
    if name.casefold() == OFF:
        return OFF
    letter, accidental = name[:1].upper(), name[1:].lower()
    if letter not in LETTERS or accidental not in ACCIDENTALS:
        raise ArgumentRefused(
            "out_of_range", f"key is {text[:60]!r}, expected {OFF}, or C to B with # or b, such as F# or Bb"
        )
    return letter + ("", "#", "b")[ACCIDENTALS[accidental]]


def key_pitch_class(key: str) -> int:
    """The key note, 0 (C) to 11 (B), of what key_name gave."""
    return (LETTERS[key[0]] + ACCIDENTALS[key[1:]]) % 12


def scale_name(text: str) -> str:
    """A scale as the settings spell it, such as `harmonic_minor`, or off.

    Any letter case, and blanks or hyphens for underscores, are read, so that a host's own `Harmonic Minor` fits.
    Raises ArgumentRefused, with what is allowed, for an unknown scale.
    """
    name = text.strip().casefold().replace(" ", "_").replace("-", "_")
    name = OTHER_NAMES.get(name, name)
    if name != OFF and name not in SCALES:
        allowed = ", ".join((*SCALES, OFF))
        raise ArgumentRefused("out_of_range", f"scale is {text[:60]!r}, expected one of: {allowed}")
    return name
