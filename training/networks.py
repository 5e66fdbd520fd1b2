"""Names in params.yaml to networks."""

from __future__ import annotations

from torch import nn

from training.config import Params
from training.critics import DefaultCritic
from training.generators import DefaultGenerator


def build_generator(params: Params) -> DefaultGenerator:
    """The generator that params.nets.generator names, freshly initialised."""
    return DefaultGenerator(
        latent_dim=params.latent_dim, tracks=params.data_shape[3], output_shift=params.initial_output_shift
    )


def build_critic(params: Params) -> nn.Module:
    """The critic that params.nets.discriminator names, freshly initialised."""
    return DefaultCritic(tracks=params.data_shape[3])
