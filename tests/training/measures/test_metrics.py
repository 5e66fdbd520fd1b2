"""The measures of music, on phrases whose answers are known by hand, and by pypianoroll where it means the same."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pypianoroll
import pytest
from numpy.typing import NDArray

from tests.training.conftest import random_cells
from training.measures.drum_pattern import drum_grid, drum_pattern_rate
from training.measures.metrics import measure, variety
from training.measures.track_measures import (
    bar_change,
    density,
    empty_bar_rate,
    in_scale_rate,
    notes_per_bar,
    pitch_classes_used,
    polyphonic_rate,
    polyphonic_step_rate,
    qualified_note_rate,
)

Note = tuple[int, int, int, int, int, int]  # phrase, bar, track, first step, steps, pitch


def phrases(notes: Iterable[Note], count: int = 1, bars: int = 2, tracks: int = 2) -> NDArray[np.bool_]:
    """(count, bars, 12 steps, 36 pitches, tracks)."""
    cells = np.zeros((count, bars, 12, 36, tracks), dtype=np.bool_)
    for phrase, bar, track, first, steps, pitch in notes:
        cells[phrase, bar, first : first + steps, pitch, track] = True
    return cells


SILENCE = phrases([])


def test_a_bar_is_empty_where_no_note_sounds() -> None:
    cells = phrases([(0, 0, 0, 0, 1, 5), (0, 1, 0, 11, 1, 5), (1, 1, 0, 3, 1, 0), (1, 0, 1, 0, 12, 9)], count=2)
    assert empty_bar_rate(cells).tolist() == [0.25, 0.75]
    assert empty_bar_rate(SILENCE).tolist() == [1.0, 1.0]


def test_a_bar_that_is_the_one_before_has_not_changed_and_one_that_shares_nothing_has_wholly() -> None:
    notes = [(0, 0, 0, 0, 4, 5), (0, 1, 0, 0, 4, 5), (0, 2, 0, 0, 2, 5), (0, 3, 0, 0, 2, 6)]
    cells = phrases(notes, bars=4)
    assert bar_change(cells)[0] == pytest.approx((0.0 + 0.5 + 1.0) / 3)
    assert math.isnan(bar_change(cells)[1]), "it never plays"
    begins = phrases([(0, 1, 0, 0, 4, 5)], bars=4)
    assert bar_change(begins)[0] == 1.0, "two silent bars beside each other say nothing"


def test_an_octave_is_the_same_pitch_class() -> None:
    octaves = phrases([(0, 0, 0, 0, 2, 3), (0, 0, 0, 4, 2, 15), (0, 0, 0, 8, 2, 27)])
    assert pitch_classes_used(octaves)[0] == 1.0
    semitones = phrases([(0, 0, 0, 0, 2, pitch) for pitch in range(3, 10)])
    assert pitch_classes_used(semitones)[0] == 7.0


def test_pitch_classes_are_a_mean_over_the_bars_that_sound() -> None:
    cells = phrases([(0, 0, 0, 0, 1, 0), (1, 1, 0, 0, 1, 0), (1, 1, 0, 5, 1, 4), (1, 1, 0, 9, 1, 7)], count=2)
    assert pitch_classes_used(cells)[0] == 2.0  # one and three, two bars silent
    assert math.isnan(pitch_classes_used(cells)[1])


def test_a_note_qualifies_from_two_steps_on() -> None:
    cells = phrases([(0, 0, 0, 0, 1, 5), (0, 0, 0, 2, 2, 5), (0, 0, 0, 5, 7, 5), (0, 0, 0, 3, 1, 6)])
    assert qualified_note_rate(cells)[0] == 0.5
    assert qualified_note_rate(cells, shortest=3)[0] == 0.25
    assert qualified_note_rate(cells, shortest=1)[0] == 1.0
    assert math.isnan(qualified_note_rate(cells)[1])


def test_a_note_ends_at_the_bar_line() -> None:
    held_over = phrases([(0, 0, 0, 11, 1, 5), (0, 1, 0, 0, 1, 5)])
    assert qualified_note_rate(held_over)[0] == 0.0


def test_polyphony_is_counted_among_the_steps_that_sound() -> None:
    cells = phrases([(0, 0, 0, 0, 4, 5), (0, 0, 0, 3, 1, 9), (0, 0, 0, 3, 1, 12)])
    assert polyphonic_rate(cells)[0] == 0.25
    assert polyphonic_rate(cells, at_least=3)[0] == 0.25
    assert polyphonic_rate(cells, at_least=4)[0] == 0.0
    assert math.isnan(polyphonic_rate(cells)[1])


def test_polyphony_of_all_steps_counts_silence_too() -> None:
    cells = phrases([(0, 0, 0, 0, 4, 5), (0, 0, 0, 3, 1, 9), (0, 0, 0, 2, 2, 12)])
    assert polyphonic_step_rate(cells).tolist() == [2 / 24, 0.0]
    assert polyphonic_step_rate(cells, at_least=3).tolist() == [1 / 24, 0.0]


def test_notes_are_counted_a_bar_and_begin_anew_at_the_bar_line() -> None:
    cells = phrases([(0, 0, 0, 0, 4, 5), (0, 0, 0, 5, 7, 5), (0, 1, 0, 0, 3, 5)], count=2)
    assert notes_per_bar(cells).tolist() == [0.75, 0.0]


def test_a_scale_is_in_its_key_whatever_the_key_is_and_a_foreign_note_is_not() -> None:
    d_major = [2, 4, 6, 7, 9, 11, 13]
    cells = phrases([(0, 0, 1, step, 1, pitch) for step, pitch in enumerate(d_major)])
    assert in_scale_rate(cells, drums=(0,))[1] == 1.0
    foreign = phrases([*((0, 0, 1, step, 1, pitch) for step, pitch in enumerate(d_major)), (0, 0, 1, 9, 1, 24)])
    assert in_scale_rate(foreign, drums=(0,))[1] == 7 / 8


def test_the_key_is_that_of_the_whole_phrase_and_drums_have_no_say() -> None:
    c_major = [(0, 0, 1, step, 1, pitch) for step, pitch in enumerate([0, 2, 4, 5, 7, 9, 11])]
    against = [(0, 1, 0, step, 1, 1) for step in range(12)]
    cells = phrases([*c_major, *against])
    assert in_scale_rate(cells, drums=()).tolist() == [1.0, pytest.approx(5 / 7)]  # D flat against C: A flat major
    drummed = in_scale_rate(cells, drums=(0,))
    assert math.isnan(drummed[0])
    assert drummed[1] == 1.0


def test_each_phrase_has_its_own_key() -> None:
    first = [(0, 0, 1, step, 1, pitch) for step, pitch in enumerate([0, 2, 4, 5, 7, 9, 11])]
    second = [(1, 0, 1, step, 1, pitch + 1) for step, pitch in enumerate([0, 2, 4, 5, 7, 9, 11])]
    assert in_scale_rate(phrases([*first, *second], count=2), drums=(0,))[1] == 1.0


def drums_at(places: Iterable[int], steps: int) -> NDArray[np.bool_]:
    """One bar of `steps` steps with a hit at each place."""
    cells = np.zeros((1, 1, steps, 6, 1), dtype=np.bool_)
    for place in places:
        cells[0, 0, place, 2, 0] = True
    return cells


def test_drums_are_in_the_pattern_on_sixteenths_and_a_tenth_beside_them() -> None:
    assert drum_pattern_rate(drums_at((0, 3, 4, 9), 48), drums=0) == pytest.approx(3.1 / 4)
    assert drum_pattern_rate(drums_at((0, 6, 7, 8, 11), 96), drums=0) == pytest.approx((1 + 1 + 0.1 + 0 + 0.1) / 5)
    assert drum_pattern_rate(drums_at((0, 1, 2, 3), 64), drums=0) == pytest.approx(1.2 / 4)
    assert drum_pattern_rate(drums_at((0, 1), 48), drums=0, tolerance=0.0) == 0.5
    assert math.isnan(drum_pattern_rate(SILENCE, drums=0))


@pytest.mark.parametrize(
    ("steps", "grid"),
    [(16, 2), (24, 3), (32, 2), (36, 3), (48, 3), (64, 4), (72, 6), (96, 6), (80, 5), (12, 3), (40, 5)],
)
def test_the_pattern_follows_the_grid(steps: int, grid: int) -> None:
    assert drum_grid(steps) == grid


@pytest.mark.parametrize("steps", [4, 6, 50])
def test_a_bar_without_a_pattern_has_no_rate(steps: int) -> None:
    assert drum_grid(steps) is None
    assert math.isnan(drum_pattern_rate(drums_at((0,), steps), drums=0))


def test_density_is_the_share_of_cells_that_sound() -> None:
    assert density(phrases([(0, 0, 1, 0, 12, 5), (0, 1, 1, 0, 12, 7)])).tolist() == [0.0, 1 / 36]


def test_variety_counts_the_cells_in_which_two_phrases_differ() -> None:
    shared = [(phrase, 0, 0, 0, 6, 5) for phrase in range(3)]
    assert variety(phrases(shared, count=3)) == 0.0
    # the third phrase has four cells that the others lack: two pairs of three differ, in four cells
    assert variety(phrases([*shared, (2, 1, 1, 0, 4, 9)], count=3)) == pytest.approx(8 / 3)
    assert variety(phrases(shared[:1])) == 0.0


# pypianoroll's chroma groups ten neighbouring pitches: ten apart, pitches are its pitch classes. Its empty_beat_rate is
# the share of beats that are NOT empty; its polyphony counts more than the threshold, of all steps.


def ten_apart(roll: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(steps, 12) to the (steps, 128) whose pitch classes are the same twelve to pypianoroll."""
    spread = np.zeros((len(roll), 128), dtype=np.bool_)
    spread[:, :120:10] = roll
    return spread


def test_pitch_classes_are_those_of_pypianoroll() -> None:
    cells = random_cells(1, (1, 48, 12, 1), share=0.01)
    expected = pypianoroll.n_pitch_classes_used(ten_apart(cells.reshape(48, 12)))
    assert 2 < expected < 12
    assert pitch_classes_used(cells)[0] == expected


def test_the_key_is_the_best_of_pypianorolls_twelve() -> None:
    cells = random_cells(1, (1, 48, 12, 1), share=0.05)
    roll = ten_apart(cells.reshape(48, 12))
    rates = [pypianoroll.in_scale_rate(roll, root=root) for root in range(12)]
    assert max(rates) > min(rates) > 0.1
    assert in_scale_rate(cells, drums=())[0] == pytest.approx(max(rates))


def test_polyphony_of_all_steps_is_that_of_pypianoroll() -> None:
    cells = random_cells(5, (4, 12, 36, 1), share=0.05)
    for threshold in (1, 2):  # pypianoroll counts more than the threshold
        expected = pypianoroll.polyphonic_rate(cells.reshape(-1, 36), threshold=threshold)
        assert 0.1 < expected < 0.9
        assert polyphonic_step_rate(cells, at_least=threshold + 1)[0] == pytest.approx(expected)


def test_empty_bars_are_those_of_pypianoroll() -> None:
    cells = random_cells(20, (4, 12, 36, 1), share=0.002)
    roll = cells.reshape(-1, 36)
    expected = 1.0 - pypianoroll.empty_beat_rate(roll, resolution=12)
    assert 0.1 < expected < 0.9
    assert empty_bar_rate(cells)[0] == pytest.approx(expected)


def test_polyphony_is_that_of_pypianoroll_where_every_step_sounds() -> None:
    cells = random_cells(5, (4, 12, 36, 1), share=0.02)
    cells[..., 0, 0] = True
    expected = pypianoroll.polyphonic_rate(cells.reshape(-1, 36), threshold=1)
    assert 0.1 < expected < 0.9
    assert polyphonic_rate(cells)[0] == pytest.approx(expected)


@pytest.mark.parametrize("resolution", [4, 6, 8, 9, 12, 16, 18, 24])
def test_drum_patterns_are_those_of_pypianoroll_at_every_resolution_that_it_knows(resolution: int) -> None:
    beat = random_cells(1, (1, resolution, 36, 1), share=0.2)
    expected = pypianoroll.drum_in_pattern_rate(beat.reshape(resolution, 36), resolution=resolution)
    assert 0.1 < expected < 0.9
    bar = np.tile(beat, (1, 1, 4, 1, 1))  # pypianoroll's function takes one beat
    assert drum_pattern_rate(bar, drums=0) == pytest.approx(expected)


def test_qualified_notes_are_those_of_pypianoroll_at_a_single_pitch() -> None:
    cells = random_cells(1, (1, 240, 1, 1), share=0.5)
    expected = pypianoroll.qualified_note_rate(cells.reshape(240, 1).astype(np.int8), threshold=2)
    assert 0.1 < expected < 0.9
    assert qualified_note_rate(cells)[0] == pytest.approx(expected)


def test_all_measures_come_together() -> None:
    cells = random_cells(6, (2, 12, 36, 2), share=0.05)
    found = measure(cells)
    assert found.empty_bars == tuple(empty_bar_rate(cells))
    assert found.pitch_classes == tuple(pitch_classes_used(cells))
    assert found.qualified_notes == tuple(qualified_note_rate(cells))
    assert found.polyphony == tuple(polyphonic_rate(cells))
    assert found.density == tuple(density(cells))
    assert found.drum_pattern == drum_pattern_rate(cells, drums=0)
    assert found.variety == variety(cells)


def test_a_set_is_no_distance_from_itself_even_where_a_track_is_silent() -> None:
    whole = measure(random_cells(4, (2, 12, 36, 2), share=0.05))
    partly = measure(phrases([(0, 0, 0, 0, 4, 5)]))
    for measures in (whole, partly, measure(SILENCE)):
        assert measures.distance(measures) == 0.0


def test_the_distance_grows_with_each_measure_alone() -> None:
    found = measure(random_cells(4, (2, 12, 36, 2), share=0.05))
    changes = (
        replace(found, empty_bars=(0.9, 0.9)),
        replace(found, pitch_classes=(1.0, 1.0)),
        replace(found, qualified_notes=(0.9, 0.9)),
        replace(found, polyphony=(0.9, 0.9)),
        replace(found, density=(0.5, 0.5)),
        replace(found, drum_pattern=0.9),
        replace(found, variety=0.0),
    )
    assert all(change.distance(found) > 0.01 for change in changes)


def test_a_track_that_falls_silent_is_further_than_one_that_plays_a_little_less() -> None:
    found = measure(random_cells(4, (2, 12, 36, 2), share=0.05))
    assert found.distance(replace(found, polyphony=(0.1, math.nan))) > found.distance(
        replace(found, polyphony=(0.1, found.polyphony[1] / 2))
    )


def test_measures_are_valid_json_and_a_line_even_of_silence() -> None:
    found = measure(SILENCE)
    read = json.loads(json.dumps(found.to_mapping(), allow_nan=False))
    assert read["empty_bars"] == [1.0, 1.0]
    assert read["polyphony"] == [None, None]
    assert read["drum_pattern"] is None
    assert "EB 100/100 QN --/-- UPC --/--" in found.line()


def test_an_empty_set_measures_nothing_and_is_no_distance_from_another() -> None:
    found = measure(phrases([], count=0))
    assert all(math.isnan(value) for value in (*found.empty_bars, *found.density, found.drum_pattern))
    assert found.variety == 0.0
    assert found.distance(found) == 0.0
    assert found.distance(measure(SILENCE)) > 0.0
    json.dumps(found.to_mapping(), allow_nan=False)
    assert found.line().startswith("EB --/--")


def test_the_drums_may_be_any_track_or_none() -> None:
    cells = random_cells(4, (2, 12, 36, 1), share=0.05)
    assert math.isnan(measure(cells, drums=()).drum_pattern)
    moved = measure(np.concatenate([cells, drums_last := cells[:, :, ::-1]], axis=-1), drums=(1,))
    assert moved.drum_pattern == drum_pattern_rate(drums_last, drums=0)
    alone = measure(cells, drums=())
    assert alone.distance(replace(alone, polyphony=(0.9,))) > 0.01
    as_drums = measure(cells)
    assert as_drums.distance(replace(as_drums, polyphony=(0.9,))) == 0.0  # drums have no polyphony to compare
