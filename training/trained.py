"""The trained generator of an experiment, ready to play."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from training.checkpoint import Checkpoint, CheckpointError, load_checkpoint, newest_checkpoint
from training.config import Config, Params
from training.experiment import Experiment
from training.networks.generators import BandGenerator
from training.networks.presets import build_generator
from training.weights_option import Weights


@dataclass(frozen=True)
class Trained:
    """A generator in eval mode after `step` steps, and the configuration it was trained with."""

    step: int
    params: Params
    config: Config
    generator: BandGenerator

    def play(self, latents: NDArray[np.float32], given: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """(n, latent_size) to (n, bars, steps, pitches, tracks) in [-1, 1]; `given` (n, bars, steps, pitches) in
        {-1, 1} are the tracks that an accompaniment plays to."""
        return play(self.generator, torch.from_numpy(latents), None if given is None else torch.from_numpy(given))


def load_trained(experiment: Experiment, weights: Weights = "average") -> Trained:
    """The newest checkpoint's generator: the moving average, or as the last step left it. Raises CheckpointError."""
    checkpoint = load_checkpoint(find_checkpoint(experiment))
    return Trained(checkpoint.step, checkpoint.params, checkpoint.config, trained_generator(checkpoint, weights))


def find_checkpoint(experiment: Experiment, chosen: Path | None = None) -> Path:
    """The chosen checkpoint, else the experiment's newest. Raises CheckpointError if there is none."""
    if chosen is not None:
        if not chosen.is_file():
            raise CheckpointError(f"there is no checkpoint {chosen}")
        return chosen
    if not experiment.folder.is_dir():
        raise CheckpointError(f"there is no experiment {experiment.folder}: make it with maisynth-train setup-exp")
    path = newest_checkpoint(experiment.model)
    if path is None:
        raise CheckpointError(
            f"{experiment.model} holds no checkpoint: run maisynth-train run-train {experiment.folder} first"
        )
    return path


def trained_generator(checkpoint: Checkpoint, weights: Weights = "average") -> BandGenerator:
    """A checkpoint's network in eval mode. Raises CheckpointError if the weights do not fit it."""
    generator = build_generator(checkpoint.params)
    try:
        generator.load_state_dict(checkpoint.average if weights == "average" else checkpoint.generator)
    except RuntimeError as error:
        raise CheckpointError(f"the checkpoint's {weights} weights do not fit its params: {error}") from error
    return generator.eval()


def play(
    generator: BandGenerator, latents: torch.Tensor, given: torch.Tensor | None = None, batch: int = 16
) -> NDArray[np.float32]:
    """(n, bars, steps, pitches, tracks) float32: what a generator puts out for (n, latent_size)."""
    device = next(generator.parameters()).device
    parts = []
    with torch.no_grad():
        for first in range(0, len(latents), batch):
            here = slice(first, first + batch)
            heard = None if given is None else given[here].to(device)
            parts.append(generator(latents[here].to(device), heard).float().cpu().numpy())
    return np.concatenate(parts)
