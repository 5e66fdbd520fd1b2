"""The tonal distance, by its geometry, by hand and by pypianoroll where it means the same."""

from __future__ import annotations

import math

import numpy as np
import pypianoroll
import pytest
from numpy.typing import NDArray

from tests.training.conftest import random_cells
from training.measures.chroma import beat_pitches, neighbour_bins, pitch_classes
from training.measures.tonal_distance import pitched_pairs, tonal_distance

FIFTH, TRITONE, OCTAVE = 7, 6, 12
PAIR = [(0, 1)]


def two_tracks(first: dict[int, list[int]], second: dict[int, list[int]]) -> NDArray[np.bool_]:
    """One bar of four beats of three steps, 36 pitches; by beat, the pitches that sound in it."""
    cells = np.zeros((1, 1, 12, 36, 2), dtype=np.bool_)
    for track, beats in enumerate((first, second)):
        for beat, pitches in beats.items():
            cells[0, 0, 3 * beat : 3 * beat + 3, pitches, track] = True
    return cells


def by_hand(interval: int) -> float:
    """Between two single notes: the chords on the three circles."""
    turns = (7 / 6 * math.pi, 3 / 2 * math.pi, 2 / 3 * math.pi)
    return math.hypot(*(2 * r * math.sin(interval * turn / 2) for r, turn in zip((1, 1, 0.5), turns, strict=True)))


def test_unison_and_octave_are_no_distance() -> None:
    assert tonal_distance(two_tracks({0: [3]}, {0: [3]}), PAIR)[0] == pytest.approx(0.0, abs=1e-12)
    assert tonal_distance(two_tracks({0: [3]}, {0: [3 + OCTAVE]}), PAIR)[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("interval", range(12))
def test_two_notes_are_as_far_apart_as_on_the_circles(interval: int) -> None:
    assert tonal_distance(two_tracks({0: [5]}, {0: [5 + interval]}), PAIR)[0] == pytest.approx(by_hand(interval))


def test_a_fifth_is_nearer_than_a_tritone() -> None:
    assert by_hand(FIFTH) < by_hand(TRITONE)


def test_beats_in_which_one_is_silent_are_left_out() -> None:
    cells = two_tracks({0: [5], 1: [5], 3: [5]}, {0: [5], 1: [5 + TRITONE], 2: [9]})
    assert tonal_distance(cells, PAIR)[0] == pytest.approx(by_hand(TRITONE) / 2)
    assert math.isnan(tonal_distance(two_tracks({0: [5]}, {1: [5]}), PAIR)[0])


def test_a_note_weighs_as_long_as_it_sounds_in_its_beat() -> None:
    cells = two_tracks({0: [0]}, {})
    cells[0, 0, :2, 0, 1] = True
    cells[0, 0, 2, FIFTH, 1] = True
    assert tonal_distance(cells, PAIR)[0] == pytest.approx(by_hand(FIFTH) / 3)


def test_every_two_pitched_tracks_are_a_pair() -> None:
    assert pitched_pairs(4, drums=(0,)) == [(1, 2), (1, 3), (2, 3)]
    assert pitched_pairs(1, drums=()) == []
    assert tonal_distance(random_cells(2, (2, 12, 24, 1)), []).tolist() == []


def test_a_bar_without_four_equal_beats_has_no_distance() -> None:
    assert math.isnan(tonal_distance(random_cells(2, (2, 10, 24, 2), share=0.5), PAIR)[0])


def test_two_harmonies_moved_through_all_keys_are_as_far_apart_as_pypianoroll_says() -> None:
    """pypianoroll multiplies its tonal matrix with the steps of a beat in place of the pitch classes, and takes one
    norm of all. Twelve steps that move a harmony down a semitone each read the same either way, and all are equally
    far."""
    step, pitch = np.divmod(np.arange(144).reshape(12, 12), 12)
    rolls = [np.isin((step + pitch) % 12, harmony) for harmony in ([0, 4, 7], [2, 5, 9, 11])]
    spread = [np.zeros((12, 128), dtype=np.bool_) for _ in rolls]
    for roll, wide in zip(rolls, spread, strict=True):
        wide[:, :120:10] = roll  # to pypianoroll, pitches ten apart are the pitch classes
    expected = pypianoroll.tonal_distance(*spread, resolution=12) / math.sqrt(12)
    beats = np.stack(rolls, axis=-1).reshape(1, 3, 4, 12, 2)  # a step a beat
    assert 0.1 < expected < 2.0
    assert tonal_distance(beats, PAIR)[0] == pytest.approx(expected)


def test_pitches_fold_by_octaves_and_neighbours_do_not() -> None:
    cells = np.zeros((1, 1, 4, 84, 1), dtype=np.bool_)
    cells[0, 0, 0, [2, 14, 26, 8], 0] = True
    counts = beat_pitches(cells)
    assert counts.shape == (1, 1, 4, 84, 1)
    assert pitch_classes(counts)[0, 0, 0, :, 0].tolist() == [0, 0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert neighbour_bins(counts, 7)[0, 0, 0, :, 0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
