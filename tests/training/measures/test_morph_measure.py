"""How smooth a morph is, on ways that are known by hand; and the way is the bridge's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.engine.latents import morph
from training.measures.morph_measure import measure_morph, scale_rates, step_changes, sweep_latents

Cells = NDArray[np.bool_]
C_MAJOR = (0, 2, 4, 5, 7, 9, 11)
D_MAJOR = tuple(2 + pitch for pitch in C_MAJOR)


def sweep(*steps: tuple[int, ...], drums: tuple[int, ...] = ()) -> Cells:
    """(steps, 1, 2, 24, 2): drums and piano, the piano sounding at these pitches, the drums always the same."""
    cells = np.zeros((len(steps), 1, 2, 24, 2), dtype=np.bool_)
    for number, pitches in enumerate(steps):
        cells[number, 0, 0, list(pitches), 1] = True
        cells[number, 0, 1, list(drums), 0] = True
    return cells


def test_the_way_is_the_one_that_the_bridge_goes() -> None:
    ends = np.random.default_rng(0).standard_normal((4, 40)).astype(np.float32)
    ends[3] = 3.0 * ends[3]  # lengths change on the way too
    way = sweep_latents(ends, steps=8)
    assert way.shape == (2, 9, 40)
    for pair in range(2):
        one, other = ends[2 * pair : 2 * pair + 2]
        for step in range(9):
            share = step / 8
            assert way[pair, step] == pytest.approx(morph([one, other], [1.0 - share, share]), abs=1e-5)


def test_a_change_is_counted_among_the_cells_that_sound_in_either_step() -> None:
    assert step_changes(sweep((0, 4, 7), (0, 4, 9), (0, 4, 9), (1, 2, 3))).tolist() == [2 / 4, 0.0, 1.0]
    assert step_changes(sweep((0, 4), (0, 5), drums=(1, 2))).tolist() == [2 / 5]  # drums sound too


def test_between_silent_steps_there_is_no_change_to_measure() -> None:
    changes = step_changes(sweep((), (), (3,)))
    assert math.isnan(changes[0])
    assert changes[1] == 1.0
    found = measure_morph(np.stack([sweep((), (), ())]), (0,))
    assert math.isnan(found.change)
    assert math.isnan(found.in_scale)
    assert math.isnan(found.at_ends)


def test_the_median_is_over_the_steps_of_all_pairs() -> None:
    still, one_of_two, all_new = sweep((1,), (1,), (1,)), sweep((1, 2), (1, 3), (1, 2)), sweep((1,), (2,), (3,))
    found = measure_morph(np.stack([still, one_of_two, all_new]), (0,))
    assert found.pairs == 3
    assert found.change == pytest.approx(2 / 3)


def test_a_step_is_in_scale_by_the_end_that_suits_it_better() -> None:
    way = sweep(C_MAJOR, C_MAJOR[:3], D_MAJOR, (1, 6, 8, 10), (*C_MAJOR[:2], 8, 10), D_MAJOR)
    # C sharp and F sharp are of D major, G sharp and A sharp of neither.
    assert scale_rates(way, (0,)).tolist() == [1.0, 1.0, 1.0, 0.5, 0.5, 1.0]
    found = measure_morph(way[None], (0,))
    assert (found.in_scale, found.at_ends) == (0.75, 1.0)


def test_a_minor_scale_is_its_relative_major() -> None:
    a_minor = tuple(9 + step for step in (0, 2, 3, 5, 7, 8, 10))
    assert scale_rates(sweep(a_minor, (0, 4, 7), a_minor), (0,)).tolist() == [1.0, 1.0, 1.0]


def test_drums_have_no_scale() -> None:
    drummed = sweep(C_MAJOR, (0, 4), C_MAJOR, drums=(1, 3, 6))
    assert scale_rates(drummed, (0,)).tolist() == [1.0, 1.0, 1.0]
    assert scale_rates(drummed, ())[1] < 1.0


def test_steps_without_a_pitched_note_do_not_count() -> None:
    found = measure_morph(sweep(C_MAJOR, (), (0, 1), C_MAJOR, drums=(5,))[None], (0,))
    assert (found.in_scale, found.at_ends) == (0.5, 1.0)
