"""Latent vectors: drawing them from a seed, and the way between them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract

Latent = NDArray[np.float32]

_ITERATIONS = 32
_CLOSE_ENOUGH = 1e-9  # radians
_APART = 0.9999  # the cosine of two directions between which there is one great circle, whose angle is exact


def draw_latent(contract: ModelContract, seed: int) -> Latent:
    """(latent_size,) float32, normal and cut at the contract's truncation; the same seed gives the same latent."""
    rng = np.random.default_rng(seed & 0xFFFFFFFF)
    limit = contract.latent.truncation
    values = rng.standard_normal(contract.latent_size)
    while (outside := np.abs(values) > limit).any():
        values[outside] = rng.standard_normal(int(outside.sum()))
    return values.astype(np.float32)


def latent_id(latent: Latent) -> str:
    """A short name for exactly this latent: 12 hexadecimal digits."""
    return hashlib.sha256(np.ascontiguousarray(latent, dtype="<f4").tobytes()).hexdigest()[:12]


def morph(latents: Sequence[Latent], weights: Sequence[float]) -> Latent:
    """The spherical mean of some latents; with two it is slerp (Shoemake, 1985).

    Directions are averaged on the sphere and lengths apart, so that a morph is as far from the origin as its ends:
    the plain mean of two latents is shorter than any that the generator was trained on, and sounds thin. The order of
    the latents does not matter. Weights are non-negative with a positive sum; ValueError otherwise.
    """
    shares = np.asarray(weights, dtype=np.float64)
    if len(latents) != len(shares) or not len(shares):
        raise ValueError(f"{len(latents)} latents came with {len(shares)} weights")
    if (shares < 0).any() or not shares.sum() > 0:
        raise ValueError(f"the weights are {list(weights)}, expected none below 0 and a sum above 0")
    sounding = np.flatnonzero(shares).tolist()
    if len(sounding) == 1:
        return np.array(latents[sounding[0]], dtype=np.float32)
    shares = shares[sounding] / shares.sum()
    points = np.stack([latents[number] for number in sounding]).astype(np.float64)
    lengths = np.sqrt((points * points).sum(axis=1))
    directions = points / np.maximum(lengths, 1e-12)[:, None]
    return np.asarray(_spherical_mean(directions, shares) * (shares @ lengths), dtype=np.float32)


def _spherical_mean(directions: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The point on the unit sphere whose shares-weighted sum of arcs to `directions` is zero (Karcher mean)."""
    if len(directions) == 2 and abs(cosine := float(directions[0] @ directions[1])) < _APART:
        angle = math.acos(cosine)
        return np.asarray([math.sin(share * angle) / math.sin(angle) for share in shares] @ directions)
    mean = shares @ directions
    if np.linalg.norm(mean) < 1e-9:  # opposite ends: every great circle between them is as good
        mean = directions[int(np.argmax(shares))] + 1e-3 * np.roll(directions[0], 1)
    mean /= np.linalg.norm(mean)
    for _ in range(_ITERATIONS):
        cosines = np.clip(directions @ mean, -1.0, 1.0)
        angles = np.arccos(cosines)
        sines = np.sqrt(np.maximum(1.0 - cosines**2, 0.0))
        stretch = np.where(sines > 1e-12, angles / np.maximum(sines, 1e-12), 1.0)
        step = (shares * stretch) @ (directions - cosines[:, None] * mean)
        length = float(np.linalg.norm(step))
        if length < _CLOSE_ENOUGH:
            break
        mean = np.cos(length) * mean + np.sin(length) * step / length
    return np.asarray(mean / np.linalg.norm(mean))
