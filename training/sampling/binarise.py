"""From what a generator puts out, values in [-1, 1], to cells that sound or not: the original's two ways."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Output = NDArray[np.float32]
Cells = NDArray[np.bool_]

HARD_THRESHOLDING = "fake_x_hard_thresholding"
BERNOULLI_SAMPLING = "fake_x_bernoulli_sampling"
BINARY_NEURONS = "fake_x"


def hard_threshold(output: Output) -> Cells:
    """Cells above 0 sound."""
    return np.asarray(output > 0)


def sample_bernoulli(output: Output, seed: Sequence[int]) -> Cells:
    """A cell sounds with the probability (value + 1) / 2; the same seed gives the same cells."""
    chance = np.random.default_rng(seed).random(output.shape, dtype=np.float32)
    return np.asarray(0.5 * (output + 1.0) > chance)


def binarise(output: Output, seed: Sequence[int], neurons: str = "") -> dict[str, Cells]:
    """By the names that the original's files have: both, or as binary neurons do it themselves.

    `neurons` is dbn (deterministic), sbn (stochastic) or empty (none). `seed` is of the Bernoulli draw, drawn once for
    all files.
    """
    if neurons:
        return {BINARY_NEURONS: hard_threshold(output) if neurons == "dbn" else sample_bernoulli(output, seed)}
    return {HARD_THRESHOLDING: hard_threshold(output), BERNOULLI_SAMPLING: sample_bernoulli(output, seed)}
