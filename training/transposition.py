"""Phrases in another key: their pitched tracks moved up or down by semitones."""

from __future__ import annotations

import torch
from torch import Tensor


def transposed(roll: Tensor, shifts: Tensor, silence: float) -> Tensor:
    """(n, bars, steps, pitches, tracks), each phrase moved up by its semitones (n,) int64, differentiable.

    What leaves the range falls off; what comes in is `silence`.
    """
    pitches = torch.arange(roll.shape[3], device=roll.device)
    source = pitches - shifts[:, None]  # (n, pitches): where each pitch comes from
    inside = (source >= 0) & (source < len(pitches))
    index = source.clamp(0, len(pitches) - 1)[:, None, None, :, None].expand_as(roll)
    return torch.where(inside[:, None, None, :, None], roll.gather(3, index), silence)
