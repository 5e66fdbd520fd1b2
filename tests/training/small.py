"""A small experiment, a step of which takes milliseconds, and what a run leaves behind."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from tests.training.conftest import phrase_set, random_cells
from training.checkpoint import Checkpoint, load_checkpoint, newest_checkpoint
from training.config import Config, Midi, Params, Schedule
from training.config_file import write_config
from training.data.phrase_file import save_phrases
from training.experiment import Experiment, set_up
from training.loop import train

SHAPE = (2, 16, 36, 3)
PARAMS = Params(data_shape=SHAPE, beat_resolution=4, latent_dim=8)
TRIO = Midi(track_names=("Drums", "Piano", "Guitar"), programs=(0, 0, 25), is_drums=(1, 0, 0))
QUICK = Config(
    data_filename="../data",
    steps=4,
    batch_size=2,
    n_dis_updates_per_gen_update=1,
    n_dis_warm_up_updates=1,
    learning_rate_schedule=Schedule(start=1, end=5),
    use_train_test_split=True,
    validation_share=0.25,
    use_random_transpose=True,
    precision="32-true",
    log_loss_steps=1,
    evaluate_steps=0,
    save_samples_steps=0,
    save_checkpoint_steps=0,
    sample_grid=(2, 3),
    midi=TRIO,
)


def small_experiment(
    folder: Path, config: Config = QUICK, params: Params = PARAMS, name: str = "exp", phrases: int = 9
) -> Experiment:
    """FOLDER/NAME, and FOLDER/data.npz, which several experiments share: phrases of four songs."""
    data = folder / "data.npz"
    if not data.exists():
        song = [4 * number // phrases for number in range(phrases)]
        bars, steps, pitches, tracks = params.data_shape
        save_phrases(data, phrase_set(random_cells(phrases, (bars, steps, pitches, tracks), 0.1), song))
    return set_up(folder / name, "", params, config)


def run(experiment: Experiment, config: Config | None = None, clock: Callable[[], float] | None = None) -> Path:
    """Train, with another configuration if one is given."""
    if config is not None:
        write_config(experiment.config_file, config)
    console = Console(file=io.StringIO())
    return train(experiment, console) if clock is None else train(experiment, console, clock)


def log_of(experiment: Experiment) -> list[str]:
    """The lines of step.log without their times of day."""
    return [line[9:] for line in (experiment.logs / "step.log").read_text(encoding="utf-8").splitlines()]


def losses_of(experiment: Experiment) -> list[str]:
    return [line for line in log_of(experiment) if re.match(r"step \d+ D ", line)]


def newest(experiment: Experiment) -> Checkpoint:
    path = newest_checkpoint(experiment.model)
    assert path is not None
    return load_checkpoint(path)


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """Nested dictionaries and lists as one, by dotted names."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return {key: leaf for part, inner in pairs for key, leaf in flat(inner, f"{name}.{part}").items()}
    return {name: value}


def assert_same_end(one: Checkpoint, two: Checkpoint) -> None:
    """To the bit: networks and optimisers."""
    assert one.step == two.step
    for state in ("generator", "critic", "average", "generator_optimiser", "critic_optimiser"):
        expected, found = flat(getattr(one, state), state), flat(getattr(two, state), state)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            same = torch.equal(found[name], value) if isinstance(value, torch.Tensor) else found[name] == value
            assert same, f"{name} differs"
