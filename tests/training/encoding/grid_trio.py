"""A small experiment with a grid generator, its checkpoint after no step, and an encoder that learns for a moment."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from tests.training.small import QUICK, SHAPE, run, small_experiment
from training.config import LatentParts, Nets, Params
from training.config_file import write_config
from training.encoding.encoder_checkpoint import EncoderCheckpoint, newest_encoder
from training.encoding.encoder_config import EncoderConfig
from training.encoding.encoder_loop import train_encoder
from training.experiment import Experiment

PARTS = LatentParts(song=4, bar=2, track=3, track_bar=1)
GRID = Params(
    data_shape=SHAPE,
    beat_resolution=4,
    latent_dim=PARTS.size(2, 3),
    latent_parts=PARTS,
    nets=Nets("grid", "phrase"),
)
BRIEF = EncoderConfig(steps=4, latents_only_steps=2, batch_size=4, precision="32-true", log_steps=1, evaluate_steps=0)


def grid_experiment(folder: Path, seed: int = 0) -> Experiment:
    """Its generator has learned nothing, but is saved and calibrated as one that has."""
    config = replace(QUICK, steps=0, seed=seed)
    experiment = small_experiment(folder, config, GRID)
    run(experiment)
    return experiment


def learn(experiment: Experiment, config: EncoderConfig = BRIEF, clock: Callable[[], float] = time.monotonic) -> Path:
    """Train the encoder with this configuration."""
    write_config(experiment.folder / "encoder.yaml", config)
    return train_encoder(experiment, Console(file=io.StringIO()), clock)


def newest(experiment: Experiment) -> EncoderCheckpoint:
    found = newest_encoder(experiment)
    assert found is not None
    return found


def log_of(experiment: Experiment) -> list[str]:
    """The lines of the encoder's log without their times of day."""
    path = experiment.folder / "encoder" / "logs" / "train" / "step.log"
    return [line[9:] for line in path.read_text(encoding="utf-8").splitlines()]


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
