from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clocks.lateness import Lateness


def test_the_first_message_is_believed() -> None:
    assert Lateness().correct(0.0) == 0.0


def test_a_message_ahead_of_the_line_moves_it_at_once() -> None:
    assert Lateness().correct(-0.004) == -0.004


def test_a_late_message_does_not_move_the_line() -> None:
    assert Lateness().correct(0.004) == 0.0


def test_a_line_that_no_message_reaches_any_more_is_moved_back_to_the_earliest() -> None:
    lateness = Lateness()
    corrections = [lateness.correct(0.003 + 0.001 * (count % 2)) for count in range(32)]
    assert corrections[:-1] == [0.0] * 31
    assert corrections[-1] == pytest.approx(0.003)


def test_the_usual_lateness_is_the_mean_against_the_earliest() -> None:
    lateness, chance = Lateness(), random.Random(1)
    assert lateness.usual == 0.0
    line = 0.0
    for _ in range(200):
        line += lateness.correct(chance.uniform(0.02, 0.03) - line)
    assert lateness.usual == pytest.approx(0.005, abs=0.0015)


def test_a_new_line_keeps_what_is_known_of_the_usual_lateness() -> None:
    lateness = Lateness()
    for _ in range(20):
        lateness.correct(0.0)
        lateness.correct(0.01)
    usual = lateness.usual
    lateness.restart(0.002)
    assert lateness.usual == usual == pytest.approx(0.005, abs=0.001)
    assert lateness.correct(0.001) == 0.0


@given(st.lists(st.floats(-0.05, 0.05), min_size=1, max_size=100))
def test_after_a_correction_no_message_is_ahead_of_the_line(arrivals: list[float]) -> None:
    lateness, line = Lateness(), 0.0
    for arrival in arrivals:
        line += lateness.correct(arrival - line)
        assert line <= arrival + 1e-12
