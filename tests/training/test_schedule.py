"""The schedules, in tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.config import Config, Schedule
from training.schedule import critic_updates, critic_updates_before, learning_rate


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
