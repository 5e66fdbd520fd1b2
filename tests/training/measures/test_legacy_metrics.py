"""What the published programs would have measured: their known wrong answers, and phrases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.conftest import random_cells
from training.measures.legacy_metrics import PaperMeasures, legacy_measures
from training.measures.tonal_distance import tonal_distance

SHAPE = (1, 2, 48, 84, 2)  # of which the first track is drums


def silence() -> NDArray[np.bool_]:
    return np.zeros(SHAPE, dtype=np.bool_)


FULL = np.ones(SHAPE, dtype=np.bool_)


def test_a_full_roll_measures_in_src_what_its_published_arrays_say() -> None:
    found = legacy_measures(FULL).src_eval
    assert found.empty_bar_rate == (1.0, 1.0)
    assert found.n_pitches_used == (4032.0, 4032.0)
    assert found.n_pitch_classes_used == (528.0, 528.0)
    assert found.in_scale_ratio[1] == pytest.approx(0.5714, abs=1e-4)
    assert found.polyphonic_rate == (1.0, 1.0)


def test_src_calls_the_bars_that_are_not_empty_empty() -> None:
    cells = silence()
    cells[0, 0, 0, 0, 1] = True
    assert legacy_measures(cells).src_eval.empty_bar_rate == (0.0, 0.5)


def test_src_takes_short_notes_for_long_ones() -> None:
    cells = silence()
    cells[0, 0, 5:47:2, 30, 1] = True  # one step each
    found = legacy_measures(cells)
    assert found.src_eval.qualified_note_rate[1] == 1.0
    assert found.aaai_2018_v1.qualified_notes[1] == 0.0


def test_src_does_not_count_a_note_in_the_first_cell_of_all() -> None:
    cells = silence()
    cells[0, 0, 0:4, 0, 1] = True
    cells[0, 1, 3:6, 7, 1] = True
    assert legacy_measures(cells).src_eval.qualified_note_rate[1] == 2.0


def test_src_weighs_drums_beside_the_pattern_a_tenth_and_has_none_when_they_are_silent() -> None:
    cells = silence()
    cells[0, 0, [0, 3, 4], 10, 0] = True
    assert legacy_measures(cells).src_eval.drum_in_pattern_rate == pytest.approx(2.1 / 3)
    assert legacy_measures(silence()).src_eval.drum_in_pattern_rate == 0.0


def test_src_counts_more_than_two_pitches_of_all_steps() -> None:
    cells = silence()
    cells[0, 0, :24, [1, 5], 1] = True
    cells[0, 0, :12, 8, 1] = True
    assert legacy_measures(cells).src_eval.polyphonic_rate[1] == 12 / 96
    assert legacy_measures(cells).aaai_2018_v1.polyphony[1] == 0.5  # two or more, of the bar that sounds


def test_harmonicity_is_lost_to_one_silent_beat_in_src_and_to_its_bar_in_the_papers() -> None:
    cells = random_cells(2, (2, 48, 84, 3), share=0.1)
    whole = legacy_measures(cells)
    assert not math.isnan(whole.src_eval.harmonicity[0])
    assert whole.src_eval.harmonicity[0] == pytest.approx(whole.ismir_2018_binary.tonal_distance[0])
    cells[1, 1, 12:24, :, 2] = False
    partly = legacy_measures(cells)
    assert math.isnan(partly.src_eval.harmonicity[0])
    without_the_bar = np.concatenate([cells[0], cells[1, :1]])[:, None]
    expected = legacy_measures(without_the_bar).aaai_2018_v1.tonal_distance[0]
    assert partly.aaai_2018_v1.tonal_distance[0] == pytest.approx(expected)


def test_the_papers_chroma_is_seven_or_eight_neighbours() -> None:
    cells = silence()
    cells[0, 0, 0, [0, 12, 24, 36], 1] = True  # four octaves
    cells[0, 0, 1, [1, 7], 1] = True
    found = legacy_measures(cells)
    assert found.aaai_2018_v1.pitch_classes[1] == 4.0  # pitches 0 1, 7 12, 24, 36 in bins 0, 1, 3, 5
    assert found.aaai_2018_v1.in_c_major[1] == 3 / 6  # bins 0 and 5
    assert found.ismir_2018_binary.pitch_classes[1] == 4.0  # pitches 0 1 7, 12, 24, 36 in bins 0, 1, 3, 4
    assert found.ismir_2018_binary.in_c_major[1] == 4 / 6  # bins 0 and 4
    assert found.aaai_2018_v1.pitches[1] == 6.0


def test_octaves_are_a_distance_to_the_papers() -> None:
    cells = np.zeros((1, 1, 48, 84, 3), dtype=np.bool_)
    cells[0, 0, :, 0, 1] = True
    cells[0, 0, :, 12, 2] = True
    assert legacy_measures(cells).aaai_2018_v1.tonal_distance[0] > 0.5
    assert tonal_distance(cells, [(1, 2)])[0] == pytest.approx(0.0, abs=1e-12)


def test_the_papers_average_bars_not_notes() -> None:
    cells = silence()
    cells[0, 0, 0, 40, 1] = True  # one short note in one bar
    for start in (0, 10, 20, 30):
        cells[0, 1, start : start + 3, 40, 1] = True
    assert legacy_measures(cells).aaai_2018_v1.qualified_notes[1] == 0.5


def test_the_papers_take_the_best_shift_of_the_drum_pattern_and_onsets_alone() -> None:
    def papers(steps: int, places: list[int]) -> tuple[PaperMeasures, PaperMeasures]:
        cells = np.zeros((1, 1, steps, 84, 1), dtype=np.bool_)
        cells[0, 0, places, 30, 0] = True
        found = legacy_measures(cells)
        return found.aaai_2018_v1, found.ismir_2018_binary

    late = papers(96, [2, 8, 20])
    assert (late[0].drum_pattern, late[1].drum_pattern) == (1.0, 1.0)
    apart = papers(96, [6, 13, 18, 30])
    assert apart[0].drum_pattern == pytest.approx(3.3 / 4)
    assert apart[1].drum_pattern == pytest.approx(3.1 / 4)
    held = papers(96, [0, 1, 2, 3])  # one hit, held
    assert held[0].drum_pattern == 1.0


def test_pitched_measures_leave_the_drums_out() -> None:
    found = legacy_measures(FULL).aaai_2018_v1
    for values in (found.pitch_classes, found.qualified_notes, found.polyphony, found.in_c_major):
        assert math.isnan(values[0])
        assert not math.isnan(values[1])


@pytest.mark.parametrize("shape", [(0, 4, 48, 84, 5), (2, 4, 16, 72, 3), (2, 1, 10, 5, 1), (1, 2, 96, 128, 2)])
@pytest.mark.parametrize("drums", [(), (0,)])
def test_any_shape_is_measured(shape: tuple[int, int, int, int, int], drums: tuple[int, ...]) -> None:
    count, *data_shape = shape
    found = legacy_measures(random_cells(count, tuple(data_shape), share=0.1), drums)  # type: ignore[arg-type]
    assert len(found.aaai_2018_v1.empty_bars) == len(found.src_eval.n_pitches_used) == shape[-1]
