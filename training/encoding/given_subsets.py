"""Which tracks of a phrase an encoder is given while it learns."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.sampling.latent_noise import hash_seed


def draw_given(phrases: int, tracks: int, all_share: float, seed: tuple[int, ...]) -> Tensor:
    """(phrases, tracks) in {0, 1}: all tracks in a share of the phrases; of the rest one alone in half, as a musician
    has an accompaniment played, and any in the other half. Never none; the same seed draws the same."""
    rng = np.random.default_rng(hash_seed(*seed))
    alone = np.eye(tracks, dtype=np.bool_)[rng.integers(tracks, size=phrases)]
    some = alone | (rng.random((phrases, tracks)) < 0.5)
    kind = rng.random(phrases)
    chosen = np.where((kind < 0.5 * (1.0 + all_share))[:, None], alone, some)
    chosen |= (kind < all_share)[:, None]
    return torch.from_numpy(chosen.astype(np.float32))
