"""The schedules, in tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.config import Config, Schedule, SlopeSchedule
from training.schedule import critic_updates, critic_updates_before, learning_rate, schedule_count, slope


@pytest.mark.parametrize(
    ("step", "updates", "before"), [(0, 50, 0), (9, 50, 450), (10, 5, 500), (11, 5, 505), (50_000, 5, 250_450)]
)
def test_ten_steps_warm_the_critic_up(step: int, updates: int, before: int) -> None:
    config = Config(n_dis_updates_per_gen_update=5, n_dis_warm_up_updates=50)
    assert critic_updates(step, config) == updates
    assert critic_updates_before(step, config) == before


def test_the_updates_before_a_step_are_the_sum_of_all_updates_until_then() -> None:
    config = Config(n_dis_updates_per_gen_update=3, n_dis_warm_up_updates=7)
    total = 0
    for step in range(25):
        assert critic_updates_before(step, config) == total
        total += critic_updates(step, config)


@pytest.mark.parametrize(
    ("schedule", "step", "rate"),
    [
        (Schedule(start=100, end=200, end_value=0.0), 0, 0.01),
        (Schedule(start=100, end=200, end_value=0.0), 100, 0.01),
        (Schedule(start=100, end=200, end_value=0.0), 150, 0.005),
        (Schedule(start=100, end=200, end_value=0.0), 200, 0.0),
        (Schedule(start=100, end=200, end_value=0.0), 300, 0.0),
        (Schedule(start=100, end=200, end_value=0.002), 175, 0.004),
        (Schedule(start=100, end=None, end_value=0.0), 300, 0.005),  # over 500 steps
        (Schedule(start=100, end=100, end_value=0.0), 101, 0.0),
    ],
)
def test_the_learning_rate_is_constant_and_then_falls_in_a_line(schedule: Schedule, step: int, rate: float) -> None:
    config = Config(steps=500, initial_learning_rate=0.01, learning_rate_schedule=schedule)
    assert learning_rate(step, config) == pytest.approx(rate)
    assert learning_rate(step, replace(config, use_learning_rate_decay=False)) == 0.01


@pytest.mark.parametrize(("step", "expected"), [(0, 1.0), (100, 1.0), (150, 3.0), (200, 5.0), (900, 5.0)])
def test_the_slope_is_one_and_then_grows_in_a_line(step: int, expected: float) -> None:
    config = Config(use_slope_annealing=True, slope_schedule=SlopeSchedule(start=100, end=200))
    assert slope(step, config) == pytest.approx(expected)
    assert slope(step, replace(config, use_slope_annealing=False)) == 1.0


def test_the_slope_grows_to_the_last_step_where_no_end_is_given() -> None:
    config = Config(steps=50_000, use_slope_annealing=True)
    assert slope(10_000, config) == 1.0
    assert slope(30_000, config) == pytest.approx(3.0)
    assert slope(50_000, config) == 5.0


LEGACY = Config(legacy_step_count=True, use_slope_annealing=True)


def test_the_originals_count_is_of_both_networks_updates() -> None:
    # Before its first update the generator waits for 50 of the critic's; from step 10 on, six are counted a step.
    counts = [schedule_count(step, LEGACY) for step in (0, 1, 9, 10, 11, 49_999)]
    assert counts == [50, 101, 509, 515, 521, 300_449]  # a whole run ends at 300,450, the published checkpoint's number
    assert [schedule_count(step, replace(LEGACY, legacy_step_count=False)) for step in (0, 1, 9)] == [0, 1, 9]


def test_as_the_original_counts_learning_is_over_at_step_8258() -> None:
    assert learning_rate(7_424, LEGACY) == 0.001
    assert learning_rate(7_425, LEGACY) < 0.001
    assert learning_rate(8_257, LEGACY) > 0.0
    assert learning_rate(8_258, LEGACY) == learning_rate(49_999, LEGACY) == 0.0
    assert learning_rate(8_258, replace(LEGACY, legacy_step_count=False)) == 0.001


def test_as_the_original_counts_the_slope_is_five_at_step_8258() -> None:
    assert slope(1_590, LEGACY) == 1.0
    assert slope(1_591, LEGACY) > 1.0  # the 1,592nd step
    assert slope(8_257, LEGACY) < 5.0
    assert slope(8_258, LEGACY) == slope(49_999, LEGACY) == 5.0
