"""Latent vectors as the original draws them: standard normal, cut at two standard deviations."""

from __future__ import annotations

import torch
from torch import Tensor, nn

TRUNCATION = 2.0


def draw_latents(count: int, latent_dim: int, seed: tuple[int, ...]) -> Tensor:
    """(count, latent_dim) float32 in [-2, 2]; the same seed gives the same latents on every machine."""
    latents = torch.empty(count, latent_dim)
    generator = torch.Generator().manual_seed(hash_seed(*seed))
    return nn.init.trunc_normal_(latents, a=-TRUNCATION, b=TRUNCATION, generator=generator)


def hash_seed(*parts: int) -> int:
    """One 63-bit seed from several numbers, such as a run's seed, a step and what is drawn."""
    mixed = 0x9E3779B97F4A7C15
    for part in parts:
        mixed = (mixed ^ (part & 0xFFFFFFFFFFFFFFFF)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        mixed ^= mixed >> 31
    return mixed >> 1
