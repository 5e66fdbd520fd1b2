"""The harmony of beats, as the measures of training have it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.engine.harmony import beat_harmonies, tonal_distances
from bridge.pianoroll import Roll
from training.measures.tonal_distance import tonal_distance


@pytest.fixture
def small(band: ModelContract) -> ModelContract:
    """Three steps a beat, three octaves."""
    return replace(band, steps_per_beat=3, pitches=36)


def a_bar(*pitches: int) -> Roll:
    """These pitches all through the first beat, silence in the others."""
    roll = np.zeros((12, 36), dtype=np.bool_)
    roll[:3, list(pitches)] = True
    return roll


def apart(small: ModelContract, one: Roll, other: Roll) -> float:
    return float(tonal_distances(beat_harmonies(one, small), beat_harmonies(other, small))[0])


def test_two_tracks_are_as_far_apart_as_evaluate_measures_them(small: ModelContract) -> None:
    rolls = np.random.default_rng(0).random((2, 4, 12, 36)) < 0.02
    mine = tonal_distances(*(beat_harmonies(roll, small) for roll in rolls))
    theirs = tonal_distance(rolls.transpose(1, 2, 3, 0)[None], [(0, 1)])[0]
    assert np.isnan(mine).any(), "some beats are silent"
    assert float(np.nanmean(mine)) == pytest.approx(theirs)


def test_an_octave_is_no_distance_and_a_fifth_is_nearer_than_a_tritone(small: ModelContract) -> None:
    assert apart(small, a_bar(5), a_bar(17, 29)) == pytest.approx(0.0, abs=1e-12)
    assert 0.0 < apart(small, a_bar(5), a_bar(12)) < apart(small, a_bar(5), a_bar(11))


def test_beats_of_silence_have_no_harmony_and_no_distance(small: ModelContract) -> None:
    harmonies = beat_harmonies(a_bar(5), small)
    assert harmonies.shape == (4, 6)
    np.testing.assert_array_equal(np.isnan(harmonies).all(axis=1), [False, True, True, True])
    assert np.isnan(tonal_distances(harmonies, beat_harmonies(a_bar(), small))).all()


def test_many_rolls_are_heard_at_once(small: ModelContract) -> None:
    rolls = np.stack([[a_bar(3), a_bar(4, 8)], [a_bar(), a_bar(10)]])
    together = beat_harmonies(rolls, small)
    assert together.shape == (2, 2, 4, 6)
    np.testing.assert_array_equal(together[0, 1], beat_harmonies(a_bar(4, 8), small))
