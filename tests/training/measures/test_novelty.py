"""How near the nearest phrase is, on phrases whose distances are known by hand, and by comparing all with all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.conftest import random_cells
from training.data.phrases import transpose
from training.measures.novelty import SHIFTS, PhraseIndex, index_phrases, nearest_distances, novelty

Cells = NDArray[np.bool_]
SHAPE = (1, 8, 24, 2)  # drums and piano


def phrase(drums: tuple[tuple[int, int], ...] = (), piano: tuple[tuple[int, int], ...] = ()) -> Cells:
    """(1, *SHAPE) with these (step, pitch) sounding."""
    cells = np.zeros((1, *SHAPE), dtype=np.bool_)
    for track, sounding in enumerate((drums, piano)):
        for step, pitch in sounding:
            cells[0, 0, step, pitch, track] = True
    return cells


def index(*phrases: Cells) -> PhraseIndex:
    return index_phrases(iter(phrases), SHAPE, (0,))


def distance(one: Cells, *others: Cells) -> float:
    return float(nearest_distances(one, index(*others))[0])


CHORD = ((0, 8), (0, 12), (1, 15))
MUCH_HIGHER = tuple((step, pitch + 7) for step, pitch in CHORD)


def test_the_same_phrase_is_no_way_off_and_one_without_a_common_cell_is_one_off() -> None:
    assert distance(phrase(piano=CHORD), phrase(piano=CHORD)) == 0.0
    assert distance(phrase(piano=((0, 8),)), phrase(piano=((3, 8),))) == 1.0


def test_cells_that_differ_are_divided_by_those_that_sound_in_either() -> None:
    one, other = phrase(piano=((0, 8), (0, 12), (1, 15))), phrase(piano=((0, 8), (0, 12), (2, 15), (3, 15)))
    assert distance(one, other) == pytest.approx(3 / 5)  # two in common, one and two of their own


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_phrase_in_another_key_is_the_same_phrase(shift: int) -> None:
    moved = tuple((step, pitch + shift) for step, pitch in CHORD)
    assert distance(phrase(((0, 3),), moved), phrase(((0, 3),), CHORD)) == 0.0
    assert len(SHIFTS) == 12


def test_a_shift_beyond_the_keys_is_another_phrase() -> None:
    assert distance(phrase(piano=MUCH_HIGHER), phrase(piano=CHORD)) > 0.0


def test_drums_have_no_key() -> None:
    assert distance(phrase(drums=((0, 4),)), phrase(drums=((0, 3),))) == 1.0
    # The piano agrees once shifted by one, and the drums only where they are: 1 of 3 cells, 2 of 2 unshifted.
    assert distance(phrase(((0, 3),), ((0, 9),)), phrase(((0, 3),), ((0, 8),))) == 0.0


def test_what_a_shift_moves_off_the_roll_is_silent_there() -> None:
    whole = phrase(piano=((0, 0), (0, 10)))
    assert distance(phrase(piano=((0, 7),)), whole) == 0.0  # three semitones down, and the lowest note is gone
    assert distance(phrase(piano=((0, 3), (0, 13))), whole) == 0.0
    assert distance(whole, phrase(piano=((0, 15),))) == pytest.approx(1 / 2)


def test_the_nearest_counts() -> None:
    near, far = phrase(piano=CHORD), phrase(piano=((5, 5),))
    assert distance(phrase(piano=(*CHORD, (7, 7))), far, near, far) == pytest.approx(1 / 4)


def test_silence_is_like_silence_alone() -> None:
    assert distance(phrase(), phrase(piano=CHORD), phrase()) == 0.0
    assert distance(phrase(), phrase(piano=CHORD)) == 1.0
    assert distance(phrase(piano=CHORD), phrase()) == 1.0


def test_where_nothing_is_indexed_everything_is_new() -> None:
    assert distance(phrase(piano=CHORD)) == 1.0
    assert nearest_distances(phrase()[:0], index(phrase(piano=CHORD))).shape == (0,)
    assert math.isnan(novelty(phrase()[:0], index(phrase(piano=CHORD))))


@pytest.mark.parametrize("drums", [(0,), (), (0, 2), (2,)])
def test_the_index_finds_what_comparing_all_with_all_finds(drums: tuple[int, ...]) -> None:
    cells = random_cells(30, (2, 6, 15, 3), 0.15)
    ours, theirs = cells[:10], cells[10:]
    is_drum = np.isin(np.arange(3), drums)

    def apart(one: Cells, other: Cells) -> float:
        return float((one ^ other).sum() / (one | other).sum())

    by_hand = [min(apart(one, transpose(two, shift, is_drum)) for two in theirs for shift in SHIFTS) for one in ours]
    found = index_phrases(iter([theirs[:7], theirs[7:]]), (2, 6, 15, 3), drums)
    assert nearest_distances(ours, found).tolist() == pytest.approx(by_hand)
    assert novelty(ours, found) == pytest.approx(float(np.percentile(by_hand, 5)))


def test_a_roll_narrower_than_the_shifts_is_no_obstacle() -> None:
    cells = np.ones((1, 1, 2, 3, 1), dtype=np.bool_)
    narrow = index_phrases(iter([cells]), (1, 2, 3, 1), ())
    assert nearest_distances(cells, narrow).tolist() == [0.0]
    assert narrow.sizes[:, 0].tolist() == [0, 0, 0, 2, 4, 6, 4, 2, 0, 0, 0, 0]
