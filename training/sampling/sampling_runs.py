"""What inference and interpolation share: draw latents, play them, write the files, once a run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.sampling.latent_file import Latents, LatentsError, save_latents
from training.sampling.latent_noise import hash_seed
from training.sampling.samples import SampleSheet, write_samples
from training.trained import Trained

BERNOULLI = 13  # marks the seed of the Bernoulli draw
Given = NDArray[np.float32]
WIDEST = 5.0  # standard deviations: hardly a normal draw lies beyond


def write_runs(
    folder: Path,
    trained: Trained,
    sheet: SampleSheet,
    latents_of: Callable[[int], Latents],
    runs: int,
    seed: int,
    report: Callable[[str], None],
    given_of: Callable[[int], Given | None] = lambda _run: None,
) -> None:
    """Write FOLDER's files of runs 0 to runs - 1; the latents too, to play them again. Raises OSError.

    `latents_of` gives the (rows * columns, latent_size) latents of a run, `given_of` the tracks that an accompaniment
    plays to, (rows * columns, bars, steps, pitches) in {-1, 1}.
    """
    for run in range(runs):
        latents = latents_of(run)
        save_latents(latents_path(folder, run), latents)
        write_samples(folder, run, trained.play(latents, given_of(run)), sheet, (seed, BERNOULLI, run))
        report(f"{folder}: {sheet.rows} x {sheet.columns} phrases of step {trained.step} in the files numbered {run}")


def latents_path(folder: Path, run: int) -> Path:
    """Where the latents of a run are kept; the original kept them of training alone."""
    return folder / "arrays" / "latents" / f"latents_{run}.npy"


def draw_between(count: int, latent_dim: int, lower: float, upper: float, seed: tuple[int, ...]) -> Latents:
    """(count, latent_dim) standard normal values cut at `lower` and `upper`. Raises LatentsError for such bounds."""
    if not -WIDEST <= lower < upper <= WIDEST:
        raise LatentsError(
            f"latents cannot be drawn between {lower:g} and {upper:g}: --lower must be below --upper, both within "
            f"{-WIDEST:g} to {WIDEST:g}"
        )
    source = torch.Generator().manual_seed(hash_seed(*seed))
    latents = torch.empty(count, latent_dim, dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that few normal values lie between bounds far out, which is as asked
        nn.init.trunc_normal_(latents, a=lower, b=upper, generator=source)
    drawn: Latents = latents.float().numpy()
    return drawn
