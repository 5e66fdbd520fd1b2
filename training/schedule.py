"""What changes over a run: how often the critic learns, and how fast both do. All counted in generator steps."""

from __future__ import annotations

from training.config import Config

WARM_UP_STEPS = 10


def critic_updates(step: int, config: Config) -> int:
    """Critic updates before generator step `step`."""
    return config.n_dis_warm_up_updates if step < WARM_UP_STEPS else config.n_dis_updates_per_gen_update


def critic_updates_before(step: int, config: Config) -> int:
    """Critic updates in all generator steps before `step`: the number of batches that have been used."""
    warm = min(step, WARM_UP_STEPS)
    return warm * config.n_dis_warm_up_updates + (step - warm) * config.n_dis_updates_per_gen_update


def learning_rate(step: int, config: Config) -> float:
    """Constant, then linear to the schedule's end value; counted in generator steps."""
    schedule = config.learning_rate_schedule
    end = config.steps if schedule.end is None else schedule.end
    if not config.use_learning_rate_decay or step <= schedule.start:
        return config.initial_learning_rate
    share = min(1.0, (step - schedule.start) / max(1, end - schedule.start))
    return config.initial_learning_rate + share * (schedule.end_value - config.initial_learning_rate)
