"""Generators whose cells are on or off while they learn: deterministic (dbn) and stochastic (sbn) binary neurons.

A step has no gradient. Backward the neuron passes for its probability instead (straight-through, sigmoid-adjusted):
Bengio et al., 2013; the slope of the sigmoid grows over training so that both come closer: Chung et al., 2017.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.generators import DefaultGenerator
from training.networks.grid import DEFAULT_GRID, GridFactors


def fire(probability: Tensor, threshold: Tensor | float) -> Tensor:
    """1 where probability > threshold, else 0. Backward, the gradient reaches the probability as it is."""
    fired = (probability > threshold).to(probability.dtype)
    return fired + (probability - probability.detach())  # what is added is zero, and has a gradient of one


class BinaryNeuronGenerator(DefaultGenerator):
    """The default network with binary neurons: sigmoid(slope x) above 0.5 (dbn), or above a random number (sbn).

    In training mode the roll is of -1 and 1 alone. In eval mode it is 2 sigmoid(slope x) - 1, what the original calls
    preactivated: above zero it is what dbn plays and what sbn plays on average, without chance.
    """

    slope: Tensor

    def __init__(
        self,
        stochastic: bool,
        latent_dim: int = 128,
        tracks: int = 5,
        grid: GridFactors = DEFAULT_GRID,
        output_shift: float = 0.0,
    ) -> None:
        super().__init__(latent_dim, tracks, grid, output_shift)
        self.stochastic = stochastic
        self.register_buffer("slope", torch.ones(()))

    @property
    def output_gain(self) -> float:
        """Half of the slope: 2 sigmoid(x) - 1 = tanh(x / 2)."""
        return float(self.slope) / 2.0

    def forward(self, latent: Tensor, _given: Tensor | None = None) -> Tensor:
        felt = self.slope * self.activations(latent)
        if not self.training:
            return torch.tanh(felt / 2.0)
        probability = torch.sigmoid(felt)
        threshold = torch.rand_like(probability) if self.stochastic else 0.5
        return 2.0 * fire(probability, threshold) - 1.0


def set_slope(network: nn.Module, slope: float) -> None:
    """Set the slope of binary neurons; a network that has none stays as it is."""
    if isinstance(network, BinaryNeuronGenerator):
        network.slope.fill_(slope)
