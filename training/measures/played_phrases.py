"""What a trained generator plays to be measured: phrases of fresh latents, and ways between them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from training.experiment import Experiment
from training.latent_layout import latent_layout, latent_size
from training.measures.morph_measure import PAIRS, STEPS, sweep_latents
from training.sampling.accompanied import given_from_data
from training.sampling.latent_noise import draw_latents, hash_seed
from training.trained import Trained

GENERATED_SEED = 10
MORPHED_SEED = 12
PLAYED_AT_ONCE = 64  # phrases

Cells = NDArray[np.bool_]


def played(experiment: Experiment, trained: Trained, phrases: int) -> Cells:
    """(phrases, bars, steps, pitches, tracks) bool: what the generator plays at threshold 0, the same every time. An
    accompaniment plays to tracks of its data."""
    seed = (trained.config.seed, GENERATED_SEED)
    latents = draw_latents(phrases, latent_size(trained.params), seed).numpy()
    return _cells(trained, latents, _given(experiment, trained, phrases, seed), seed)


def played_sweeps(experiment: Experiment, trained: Trained, pairs: int = PAIRS) -> Cells:
    """(pairs, STEPS + 1, bars, steps, pitches, tracks) bool: what it plays on the way between two latents, of at most
    PAIRS pairs. An accompaniment plays to one given track all the way."""
    pairs = min(pairs, PAIRS)
    seed = (trained.config.seed, MORPHED_SEED)
    ends = draw_latents(2 * pairs, latent_size(trained.params), seed).numpy()
    sweeps = sweep_latents(ends, of_key=latent_layout(trained.params).key)
    given = _given(experiment, trained, pairs, seed)
    along = None if given is None else np.repeat(given, STEPS + 1, axis=0)
    cells = _cells(trained, sweeps.reshape(-1, sweeps.shape[2]), along, seed)
    return cells.reshape(pairs, STEPS + 1, *cells.shape[1:])


def _cells(
    trained: Trained, latents: NDArray[np.float32], given: NDArray[np.float32] | None, seed: tuple[int, ...]
) -> Cells:
    torch.manual_seed(hash_seed(*seed))  # stochastic neurons draw from torch's own source
    parts = np.array_split(np.arange(len(latents)), 1 + (len(latents) - 1) // PLAYED_AT_ONCE)
    return np.concatenate([trained.play(latents[part], None if given is None else given[part]) > 0 for part in parts])


def _given(experiment: Experiment, trained: Trained, phrases: int, seed: tuple[int, ...]) -> NDArray[np.float32] | None:
    if not trained.params.is_accompaniment:
        return None
    return given_from_data(experiment, trained, phrases, seed)
