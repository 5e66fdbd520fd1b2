"""What a critic hears instead of a phrase: real and generated ones changed in the same ways, now and then.

A critic that has heard a small corpus many times over knows its phrases by heart, and then says little to the
generator. What it hears is changed with a probability below one, so that the generator is not asked to play the
changes: Karras et al., "Training generative adversarial networks with limited data", NeurIPS 2020; there the
probability is adapted while training, here it stands.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.transposition import transposed

OCTAVE = 12


def augmented(roll: Tensor, probability: float) -> Tensor:
    """(batch, bars, steps, pitches, tracks) in [-1, 1], differentiable: each change with this probability a phrase.

    Bars in turn (the phrase begins with another of its bars), one track silent, all tracks but the first (the drums)
    an octave lower or higher.
    """
    if probability <= 0.0:
        return roll
    batch, bars, _, _, tracks = roll.shape
    device = roll.device

    def happens() -> Tensor:
        return torch.rand(batch, device=device) < probability

    first = torch.where(happens(), torch.randint(bars, (batch,), device=device), 0)
    order = (torch.arange(bars, device=device) + first[:, None]) % bars
    roll = roll.gather(1, order[:, :, None, None, None].expand_as(roll))

    silent = torch.randint(tracks, (batch,), device=device)
    mute = happens()[:, None] & (torch.arange(tracks, device=device) == silent[:, None])
    roll = torch.where(mute[:, None, None, None], -1.0, roll)

    shift = torch.where(happens(), torch.randint(2, (batch,), device=device) * 2 - 1, 0) * OCTAVE
    moved = transposed(roll, shift, -1.0)
    is_first = torch.arange(tracks, device=device) == 0
    return torch.where(is_first, roll, moved)
