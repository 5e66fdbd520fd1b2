"""How many more changes than needed a morph makes: a penalty that keeps the ways between latents short.

On the way from one phrase to another every cell that differs has to change once. What a generator's phrases do besides,
notes that come and go on the way, is heard as unrest in a morph. The mean over short steps of the soft changes of
cells, in proportion to what sounds, is the length of the way (its total variation); a way without detours has 1. Each
track counts by what it plays itself: taken all together, the drums, which are few cells that come and go, fell silent.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

STEPS = 64  # of a whole morph, of which one is looked at
PHRASES, EVERY = 8, 4  # of a batch, and generator steps between: rolls at full precision are slow


def path_roughness(generator: Callable[[Tensor], Tensor], latents: Tensor, towards: Tensor) -> Tensor:
    """1 where a step of a morph from `latents` to `towards` (batch, size) changes as many cells as it must; a scalar.

    The generator's rolls are in [-1, 1]. In single precision or better: a step is smaller than bfloat16 can tell.
    """
    with torch.autocast(latents.device.type, enabled=False):
        both = generator(torch.cat((latents, step_towards(latents, towards, 1.0 / STEPS))))
    before, after = both.chunk(2)
    changed = (after - before).abs().flatten(0, -2).mean(0) / 2.0  # a track each
    sounding = (both.flatten(0, -2).mean(0) + 1.0) / 2.0
    # Two phrases have no cell in common, near enough: all that sounds goes, and as much comes.
    return (changed * STEPS / (2.0 * sounding.clamp_min(1e-4))).mean()


def step_towards(latents: Tensor, towards: Tensor, share: float) -> Tensor:
    """(batch, size): a share of each way on the sphere (Shoemake, 1985), lengths changing evenly."""
    lengths, ends = latents.norm(dim=1, keepdim=True), towards.norm(dim=1, keepdim=True)
    one, other = latents / lengths, towards / ends
    angle = torch.acos((one * other).sum(1, keepdim=True).clamp(-0.9999, 0.9999))
    between = (torch.sin((1.0 - share) * angle) * one + torch.sin(share * angle) * other) / torch.sin(angle)
    step: Tensor = between * ((1.0 - share) * lengths + share * ends)
    return step
