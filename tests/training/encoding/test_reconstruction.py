"""How much of a phrase comes out again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.encoding.reconstruction import compare

IS_DRUM = np.array([True, False, False])
ALL = np.ones((2, 3), dtype=np.bool_)
PHRASES = np.random.default_rng(0).random((2, 2, 16, 36, 3)) < 0.1


def test_the_same_phrases_come_out_whole() -> None:
    found = compare(PHRASES, PHRASES, ALL, IS_DRUM)
    assert (found.recall, found.dice, found.key, found.density) == (1.0, 1.0, 1.0, 1.0)


def test_recall_asks_for_the_notes_and_dice_for_no_others() -> None:
    everything = np.ones_like(PHRASES)
    found = compare(PHRASES, everything, ALL, IS_DRUM)
    share = PHRASES.mean()
    assert found.recall == 1.0
    assert found.dice == pytest.approx(2 * share / (1 + share))
    assert found.density == pytest.approx(1 / share)


def test_half_of_the_notes_is_a_recall_of_a_half() -> None:
    half = PHRASES.copy()
    half[1] = False
    found = compare(PHRASES, half, ALL, IS_DRUM)
    assert found.recall == pytest.approx(PHRASES[0].sum() / PHRASES.sum())
    assert found.key == 0.5


def test_only_given_tracks_are_compared() -> None:
    other = PHRASES.copy()
    other[..., 2] = ~other[..., 2]
    given = np.array([[True, True, False], [True, False, False]])
    assert compare(PHRASES, other, given, IS_DRUM).dice == 1.0


def test_silence_has_no_share() -> None:
    silence = np.zeros_like(PHRASES)
    found = compare(silence, silence, ALL, IS_DRUM)
    assert all(math.isnan(value) for value in (found.recall, found.dice, found.key, found.density))
    assert found.to_mapping() == {"recall": None, "dice": None, "key": None, "density": None}
    assert "nan" in found.line()
