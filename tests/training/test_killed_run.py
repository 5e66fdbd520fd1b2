"""kill -9 at any moment, and the run goes on from its last checkpoint as if nothing had happened."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.board import curves
from tests.training.small import QUICK, assert_same_end, log_of, losses_of, newest, small_experiment
from tests.training.trainers import Trainers
from training.checkpoint import newest_checkpoint
from training.config import Midi, Params
from training.config_file import write_config
from training.experiment import Experiment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")

PARAMS = Params(data_shape=(1, 8, 12, 2), beat_resolution=2, latent_dim=4)
DUO = Midi(track_names=("Drums", "Bass"), programs=(0, 33), is_drums=(1, 0))
EVERY = 4  # steps between checkpoints
CONFIG = replace(QUICK, steps=36, save_checkpoint_steps=EVERY, save_summaries_steps=1, sample_grid=(1, 1), midi=DUO)
PATIENCE = 60.0  # seconds


@pytest.fixture(scope="module")
def trainers() -> Iterator[Trainers]:
    with Trainers() as started:
        yield started


@pytest.fixture(scope="module")
def unbroken(trainers: Trainers, tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    experiment = small_experiment(tmp_path_factory.mktemp("killed"), CONFIG, PARAMS, "unbroken")
    trainers.start(experiment)
    assert trainers.wait() == 0
    return experiment


def reached(experiment: Experiment) -> int:
    """The last step in the log."""
    lines = losses_of(experiment)
    return int(lines[-1].split()[1]) if lines else 0


def after(condition: Callable[[], bool], pause: float = 0.002) -> None:
    """Looks again and again."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(pause)


def after_a_checkpoint(experiment: Experiment, begun: Path | None) -> None:
    """Another than the one that it began with."""
    after(lambda: newest_checkpoint(experiment.model) != begun)


def after_step(experiment: Experiment, step: int) -> None:
    after(lambda: (experiment.logs / "step.log").exists() and reached(experiment) >= step)


def assert_like(experiment: Experiment, unbroken: Experiment) -> None:
    """Every loss that was ever logged, every curve, and all weights at the end, to the last digit."""
    expected = {line.split()[1]: line for line in losses_of(unbroken)}
    lines = losses_of(experiment)
    assert [line for line in lines if line != expected[line.split()[1]]] == []
    assert {line.split()[1] for line in lines} == set(expected)
    assert_same_end(newest(experiment), newest(unbroken))
    ours, theirs = curves(experiment.logs), curves(unbroken.logs)
    for name in ("loss/critic", "loss/gradient_penalty", "loss/generator", "learning_rate"):
        assert ours[name] == theirs[name], name
        assert len(ours[name]) == CONFIG.steps


def test_a_run_killed_at_random_moments_goes_on_to_the_last_digit(trainers: Trainers, unbroken: Experiment) -> None:
    experiment = small_experiment(unbroken.folder.parent, CONFIG, PARAMS, "random")
    seed = random.randrange(1000)
    chance = random.Random(seed)
    ends = []
    for _ in range(4):
        begun = newest_checkpoint(experiment.model)
        trainers.start(experiment)
        after_a_checkpoint(experiment, begun)
        after_step(experiment, reached(experiment) + chance.randrange(EVERY))
        time.sleep(0.1 * chance.random())
        ends.append(trainers.kill())
    assert ends.count(-9) >= 2, f"seed {seed}: it was over before it could be killed"
    trainers.start(experiment)
    assert trainers.wait() == 0, f"seed {seed}"
    assert_like(experiment, unbroken)


def test_a_run_killed_while_a_checkpoint_is_written_goes_on_from_the_one_before(
    trainers: Trainers, unbroken: Experiment
) -> None:
    experiment = small_experiment(unbroken.folder.parent, CONFIG, PARAMS, "writing")
    partial = experiment.model / "checkpoint.part"
    ended = -9
    while ended == -9 and not partial.exists():
        begun = newest_checkpoint(experiment.model)
        trainers.start(experiment)
        after_a_checkpoint(experiment, begun)
        after(partial.exists, pause=0.0)  # a moment that is short: where it is missed, the next one may be met
        ended = trainers.kill()
        assert newest(experiment).step > 0, "what is left of its checkpoints cannot be loaded"
    assert partial.exists(), "it was never killed in the midst of writing"
    trainers.start(experiment)
    assert trainers.wait() == 0
    assert not partial.exists()
    assert_like(experiment, unbroken)


def test_a_run_killed_before_its_first_checkpoint_begins_anew(trainers: Trainers, unbroken: Experiment) -> None:
    config = replace(CONFIG, steps=10_000, save_checkpoint_steps=0)
    experiment = small_experiment(unbroken.folder.parent, config, PARAMS, "early")
    for step in (0, 2):
        trainers.start(experiment)
        after_step(experiment, step)
        assert trainers.kill() == -9
    assert newest_checkpoint(experiment.model) is None
    write_config(experiment.config_file, replace(config, steps=3))
    trainers.start(experiment)
    assert trainers.wait() == 0
    assert losses_of(experiment)[-3:] == losses_of(unbroken)[:3]
    expected = curves(unbroken.logs)["loss/critic"]
    assert curves(experiment.logs)["loss/critic"] == {step: expected[step] for step in (1, 2, 3)}


def test_sigterm_ends_the_run_after_its_step_with_a_checkpoint(trainers: Trainers, unbroken: Experiment) -> None:
    config = replace(CONFIG, steps=10_000, save_checkpoint_steps=0)
    experiment = small_experiment(unbroken.folder.parent, config, PARAMS, "asked")
    trainers.start(experiment)
    after_step(experiment, 2)
    assert trainers.terminate() == 0
    step = newest(experiment).step
    assert 2 <= step < 10_000
    assert losses_of(experiment)[-1].startswith(f"step {step} ")
    assert log_of(experiment)[-1].startswith(f"stopped at step {step}: ")
