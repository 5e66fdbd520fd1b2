"""Which General MIDI program belongs to which family."""

from __future__ import annotations

import pytest

from training.collecting.families import BASS, DRUMS, FAMILIES, GUITAR, PIANO, STRINGS, family_of


def test_the_families_are_in_the_order_of_the_models_tracks() -> None:
    assert FAMILIES == ("Drums", "Piano", "Guitar", "Bass", "Strings")
    assert (DRUMS, PIANO, GUITAR, BASS, STRINGS) == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("first", "last", "family"),
    [
        (0, 7, PIANO),
        (8, 15, STRINGS),
        (16, 23, PIANO),
        (24, 31, GUITAR),
        (32, 39, BASS),
        (40, 111, STRINGS),
        (112, 127, None),
    ],
)
def test_each_range_of_programs_has_its_family(first: int, last: int, family: int | None) -> None:
    assert {family_of(program, is_drum=False) for program in range(first, last + 1)} == {family}


def test_a_drum_track_is_drums_whatever_its_program() -> None:
    assert {family_of(program, is_drum=True) for program in range(128)} == {DRUMS}
