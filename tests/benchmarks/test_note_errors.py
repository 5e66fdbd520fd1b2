from __future__ import annotations

import numpy as np
import pytest

from benchmarks.midi_log import LoggedMessage
from benchmarks.note_errors import Grid, errors, grid_of, note_ons

STEP = 0.036


def test_a_note_is_as_late_as_it_is_after_its_step() -> None:
    grid = Grid(100.0, STEP)
    late = grid.lateness([100.0, 100.0 + 5 * STEP + 0.002, 100.0 + 9 * STEP + 0.8 * STEP])
    assert late == pytest.approx([0.0, 0.002, 0.8 * STEP], abs=1e-9), "late by nearly a step is not early"


def test_a_note_just_before_its_step_is_early() -> None:
    assert Grid(100.0, STEP).lateness([100.0 + 7 * STEP - 0.001]) == pytest.approx([-0.001])


def test_the_delay_that_all_notes_share_is_no_error() -> None:
    assert errors(np.array([0.011, 0.010, 0.012, 0.010])) == pytest.approx([0.0005, 0.0005, 0.0015, 0.0005])
    assert len(errors(np.array([]))) == 0


def test_the_grid_of_a_player_that_says_nothing_goes_through_its_median_note() -> None:
    rng = np.random.default_rng(0)
    true = 50.0 + STEP * np.arange(400)
    played = true + 0.004 + rng.uniform(0.0, 0.001, 400)
    played[7] += 0.011
    late = errors(grid_of(played.tolist(), STEP).lateness(played.tolist()))
    assert np.percentile(late, 99) < 0.001
    assert late[7] == pytest.approx(0.011, abs=0.001)


def test_a_first_note_that_is_late_does_not_shift_the_grid() -> None:
    played = (10.0 + STEP * np.arange(100)).tolist()
    played[0] += 0.4 * STEP
    late = errors(grid_of(played, STEP).lateness(played))
    assert np.median(late) < 1e-6
    assert late[0] == pytest.approx(0.4 * STEP)


def test_a_player_that_drifts_is_not_on_the_grid() -> None:
    played = (10.0 + STEP * 1.0002 * np.arange(1000)).tolist()
    assert errors(grid_of(played, STEP).lateness(played)).max() > 0.002


def test_only_note_ons_count() -> None:
    messages = [(1.0, (0x93, 60, 100)), (2.0, (0x83, 60, 0)), (3.0, (0x93, 60, 0)), (4.0, (0xF8,)), (5.0, (0xC0, 3))]
    assert note_ons([LoggedMessage(at, message) for at, message in messages]) == [1.0]
