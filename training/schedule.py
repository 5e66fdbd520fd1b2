"""What changes over a run: how often the critic learns, how fast both do, how steep binary neurons are.

Everything is counted in generator steps, unless config.legacy_step_count is set.
"""

from __future__ import annotations

from training.config import Config, Schedule

WARM_UP_STEPS = 10


def critic_updates(step: int, config: Config) -> int:
    """Critic updates before generator step `step`."""
    return config.n_dis_warm_up_updates if step < WARM_UP_STEPS else config.n_dis_updates_per_gen_update


def critic_updates_before(step: int, config: Config) -> int:
    """Critic updates in all generator steps before `step`: the number of batches that have been used."""
    warm = min(step, WARM_UP_STEPS)
    return warm * config.n_dis_warm_up_updates + (step - warm) * config.n_dis_updates_per_gen_update


def learning_rate(step: int, config: Config) -> float:
    """Adam's, at generator step `step`: constant, then linear to the schedule's end value."""
    if not config.use_learning_rate_decay:
        return config.initial_learning_rate
    return _line(config.initial_learning_rate, config.learning_rate_schedule, step, config)


def slope(step: int, config: Config) -> float:
    """Of the binary neurons' sigmoid, at generator step `step`: 1, then linear to the schedule's end value."""
    if not config.use_slope_annealing:
        return 1.0
    return _line(1.0, config.slope_schedule, step, config)


def schedule_count(step: int, config: Config) -> int:
    """How far the schedules are when the generator takes step `step`: that far.

    The original's count the critic's updates too: with its defaults the learning rate falls from generator step 7,425
    instead of 45,000, and is 0 from 8,258. config.legacy_step_count counts so, to repeat its published models.
    """
    return step + critic_updates_before(step + 1, config) if config.legacy_step_count else step


def _line(begin: float, schedule: Schedule, step: int, config: Config) -> float:
    end = config.steps if schedule.end is None else schedule.end
    count = schedule_count(step, config)
    if count <= schedule.start:
        return begin
    share = min(1.0, (count - schedule.start) / max(1, end - schedule.start))
    return begin + share * (schedule.end_value - begin)
