"""The averaged generator: an exponential moving average of the weights, with normalisation statistics of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

G = TypeVar("G", bound=nn.Module)

CALIBRATION_BATCHES, CALIBRATION_PHRASES = 4, 64  # that set the averaged generator's statistics, phrases a batch


def averaged_copy(generator: G) -> G:
    """A frozen copy to average into."""
    average = copy.deepcopy(generator).eval()
    for parameter in average.parameters():
        parameter.requires_grad_(False)
    return average


@torch.no_grad()
def update_average(average: nn.Module, generator: nn.Module, decay: float, step: int) -> None:
    """average = decay * average + (1 - decay) * generator; early steps decay faster, so that the start is forgotten."""
    weight = 1.0 - min(decay, (step + 1) / (step + 10))
    means, now = ([parameter.detach() for parameter in network.parameters()] for network in (average, generator))
    torch._foreach_lerp_(means, now, weight)  # all in a few launches


@torch.no_grad()
def calibrate(generator: nn.Module, batches: Iterable[tuple[Tensor, Tensor | None]]) -> None:
    """Set the normalisation statistics to those of these batches of latents and given tracks.

    Averaged weights have never run a batch: the statistics gathered while training belong to other weights.
    """
    norms: list[Any] = [module for module in generator.modules() if hasattr(module, "running_mean")]
    generator.train()
    for count, (latents, given) in enumerate(batches):
        for norm in norms:
            norm.momentum = 1.0 / (count + 1)  # the plain mean of all batches
        generator(latents, given)
    generator.eval()
