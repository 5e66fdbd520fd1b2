"""The key of a phrase."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from training.encoding.keys import NO_KEY, keys

MAJOR_SCALE, HARMONIC_MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11)


def phrase(pitches: dict[int, int]) -> NDArray[np.bool_]:
    """One phrase of two tracks, in which each pitch sounds for so many steps."""
    cells = np.zeros((1, 2, 48, 84, 2), dtype=np.bool_)
    for pitch, steps in pitches.items():
        cells[0, 0, :steps, pitch, pitch % 2] = True
    return cells


@pytest.mark.parametrize("tonic", range(12))
def test_a_scale_with_its_triad_held_is_in_its_key(tonic: int) -> None:
    major = {tonic + 24 + note: 30 if note in (0, 4, 7) else 6 for note in MAJOR_SCALE}
    minor = {tonic + 36 + note: 30 if note in (0, 3, 7) else 6 for note in HARMONIC_MINOR}
    assert keys(phrase(major)).tolist() == [tonic]
    assert keys(phrase(minor)).tolist() == [12 + tonic]


def test_octaves_and_loudness_do_not_matter() -> None:
    low = {note: 24 if note in (0, 4, 7) else 5 for note in MAJOR_SCALE}
    high = {60 + note: 2 * steps for note, steps in low.items()}
    assert keys(np.concatenate([phrase(low), phrase(high)])).tolist() == [0, 0]


def test_silence_and_all_pitches_alike_have_no_key() -> None:
    every = phrase(dict.fromkeys(range(24, 36), 10))
    assert keys(np.concatenate([phrase({}), every])).tolist() == [NO_KEY, NO_KEY]
