"""How smooth the way between two phrases is: what changes from step to step, and whether it stays in key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.key_fit import MAJOR_KEYS
from training.measures.chroma import pitch_classes
from training.measures.ratios import ratio
from training.sampling.latent_ways import slerp_line

STEPS = 64  # from end to end
PAIRS = 16
Cells = NDArray[np.bool_]


@dataclass(frozen=True)
class Morph:
    """How the ways between pairs of latents sound; shares are 0-1, nan where nothing sounds.

    change   share of the cells sounding in either of two consecutive steps that differ; the median of all steps
    in_scale share of the pitched cells between the ends that lie in the scale of an end; the mean of all steps
    at_ends  the same of the ends themselves
    """

    pairs: int
    change: float
    in_scale: float
    at_ends: float


def sweep_latents(ends: NDArray[np.float32], steps: int = STEPS, of_key: int = 0) -> NDArray[np.float32]:
    """(2 * pairs, latent_size) to (pairs, steps + 1, latent_size): both ends and what is between, on the sphere in
    equal steps, as the bridge morphs; the first `of_key` values are those of the nearer end."""
    pairs = ends.reshape(-1, 2, ends.shape[1])
    sweeps = np.stack([slerp_line(start, end, steps + 1) for start, end in pairs])
    nearer = (np.arange(steps + 1) > steps / 2).astype(np.intp)
    sweeps[:, :, :of_key] = pairs[:, nearer, :of_key]
    return sweeps


def measure_morph(sweeps: Cells, drums: Sequence[int]) -> Morph:
    """Measure (pairs, steps + 1, bars, steps a bar, pitches, tracks) bool, of which the tracks `drums` are drums.

    The scale of an end is the major scale, or its relative natural minor, that holds most of what its pitched tracks
    play. A step between the ends is taken by the scale that suits it better of the two.
    """
    changes = np.concatenate([step_changes(sweep) for sweep in sweeps])
    rates = np.stack([scale_rates(sweep, drums) for sweep in sweeps])  # (pairs, steps + 1)
    return Morph(len(sweeps), _median(changes), _mean(rates[:, 1:-1]), _mean(rates[:, [0, -1]]))


def step_changes(sweep: Cells) -> NDArray[np.float64]:
    """(steps + 1, ...) bool to (steps,): cells that differ from one step to the next / cells that sound in either; nan
    where both are silent."""
    rows = sweep.reshape(len(sweep), -1)
    before, after = rows[:-1], rows[1:]
    return ratio((before ^ after).sum(axis=1), (before | after).sum(axis=1))


def scale_rates(sweep: Cells, drums: Sequence[int]) -> NDArray[np.float64]:
    """(steps + 1,): the share of each step's pitched cells in the scale of the first or of the last step, the larger of
    both; nan where no pitched track sounds."""
    chroma = pitch_classes(sweep.sum(axis=(1, 2), dtype=np.uint16))  # (steps + 1, 12, tracks)
    played = np.delete(chroma, list(drums), axis=2).sum(axis=2)
    keys = (played[[0, -1]] @ MAJOR_KEYS.T).argmax(axis=1)
    in_scale = played @ MAJOR_KEYS[keys].T  # (steps + 1, 2)
    return ratio(in_scale.max(axis=1), played.sum(axis=1))


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values[~np.isnan(values)])) if not np.isnan(values).all() else float("nan")


def _mean(values: NDArray[np.float64]) -> float:
    return float(np.nanmean(values)) if not np.isnan(values).all() else float("nan")
