"""Ways between latents: the original's grid of straight lines (lerp), and the arc on the sphere (slerp)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.sampling.latent_file import Latents

_TINY = 1e-7  # below it a length or a sine gives no direction


def lerp_grid(a: Latents, b1: Latents, b2: Latents, rows: int, columns: int) -> Latents:
    """(rows * columns, latent_dim), row by row: from `a` rightwards to `b1` and downwards to `b2`.

    The fourth corner is b2 + b1 - a, so that every step right is the same change in every row, and every step down
    in every column. One row ends at `b1`, one column at `b2`.
    """
    right = np.linspace(0.0, 1.0, columns)[None, :, None] * (b1.astype(np.float64) - a)
    down = np.linspace(0.0, 1.0, rows)[:, None, None] * (b2.astype(np.float64) - a)
    return (a + right + down).reshape(rows * columns, -1).astype(np.float32)


def slerp_line(a: Latents, b: Latents, points: int) -> Latents:
    """(points, latent_dim) from `a` to `b` on the shorter arc, in equal angles, the length changing evenly.

    Between opposite ends all arcs are equally short: one is chosen, the same every time. Where an end has no
    direction, or both the same, the way is straight.
    """
    share = np.linspace(0.0, 1.0, points)[:, None]
    start, end = a.astype(np.float64), b.astype(np.float64)
    way = (1.0 - share) * start + share * end
    start_length, end_length = np.linalg.norm(start), np.linalg.norm(end)
    if min(start_length, end_length) > _TINY:
        start, end = start / start_length, end / end_length
        across = _across(start, end)
        if across is not None:
            angle = np.arctan2(end @ across, end @ start)
            lengths = (1.0 - share) * start_length + share * end_length
            way = lengths * (np.cos(share * angle) * start + np.sin(share * angle) * across)
    return np.asarray(way, dtype=np.float32)


def _across(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The direction at right angles to `start` in which `end` lies; None if the way is straight. All of length 1."""
    across = end - (end @ start) * start
    if np.linalg.norm(across) <= _TINY:
        if end @ start > 0.0 or len(start) < 2:
            return None
        across = np.eye(len(start))[np.argmin(np.abs(start))]
        across = across - (across @ start) * start
    return np.asarray(across / np.linalg.norm(across))
