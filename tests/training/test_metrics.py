"""The measures of music, on phrases whose answers are known by hand and by pypianoroll where it means the same."""

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
from training.metrics import (
    density,
    drum_pattern_rate,
    empty_bar_rate,
    measure,
    pitch_classes_used,
    polyphonic_rate,
    qualified_note_rate,
    variety,
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


def test_drums_are_in_the_pattern_on_every_third_step() -> None:
    cells = phrases([(0, 0, 1, step, 1, 5) for step in (0, 3, 4, 9)] + [(0, 0, 0, 1, 1, 5)])
    assert drum_pattern_rate(cells, drums=1) == 0.75
    assert drum_pattern_rate(cells, drums=0) == 0.0
    assert math.isnan(drum_pattern_rate(SILENCE, drums=0))


def test_density_is_the_share_of_cells_that_sound() -> None:
    assert density(phrases([(0, 0, 1, 0, 12, 5), (0, 1, 1, 0, 12, 7)])).tolist() == [0.0, 1 / 36]


def test_variety_counts_the_cells_in_which_two_phrases_differ() -> None:
    shared = [(phrase, 0, 0, 0, 6, 5) for phrase in range(3)]
    assert variety(phrases(shared, count=3)) == 0.0
    # the third phrase has four cells that the others lack: two pairs of three differ, in four cells
    assert variety(phrases([*shared, (2, 1, 1, 0, 4, 9)], count=3)) == pytest.approx(8 / 3)
    assert variety(phrases(shared[:1])) == 0.0


# pypianoroll's chroma groups ten neighbouring pitches, so that pitch classes are not comparable; its empty_beat_rate is
# the share of beats that are NOT empty; its polyphony counts more than the threshold, of all steps.


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


def test_drum_patterns_are_those_of_pypianoroll_over_one_beat_without_tolerance() -> None:
    cells = random_cells(1, (1, 12, 36, 1), share=0.2)
    expected = pypianoroll.drum_in_pattern_rate(cells.reshape(12, 36), resolution=12, tolerance=0.0)
    assert 0.1 < expected < 0.9
    assert drum_pattern_rate(cells, drums=0) == pytest.approx(expected)


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
