"""General MIDI programs, gathered into the five families of the band."""

from __future__ import annotations

FAMILIES = ("Drums", "Piano", "Guitar", "Bass", "Strings")

DRUMS, PIANO, GUITAR, BASS, STRINGS = range(len(FAMILIES))

# Programs count from 0. "Strings" is the family of whatever sings or sustains: tuned percussion, bowed strings,
# ensembles, brass, reeds, pipes, synth leads, pads and effects, and the instruments of the world. What is left out
# (112-127: percussive and sound effects) has no pitch worth learning. The Lakh five-track set also leaves out the
# synth effects (96-103); here they count, for in game music they carry pads and melodies.
FAMILY_PROGRAMS: dict[int, tuple[range, ...]] = {
    PIANO: (range(0, 8), range(16, 24)),  # pianos, organs
    GUITAR: (range(24, 32),),
    BASS: (range(32, 40),),
    STRINGS: (range(8, 16), range(40, 112)),
}

_FAMILY_OF_PROGRAM = {
    program: family for family, ranges in FAMILY_PROGRAMS.items() for programs in ranges for program in programs
}


def family_of(program: int, is_drum: bool) -> int | None:
    """The family (index into FAMILIES) of a General MIDI program (0-127); None when the track is to be ignored."""
    return DRUMS if is_drum else _FAMILY_OF_PROGRAM.get(program)
