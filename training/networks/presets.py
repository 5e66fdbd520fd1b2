"""Names in params.yaml to networks. The names are those of the original's presets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from training.config import Params
from training.networks.ablations import BadPitchOrderGenerator, BadTempOrderGenerator
from training.networks.binary_neurons import BinaryNeuronGenerator
from training.networks.critics import DefaultCritic
from training.networks.generators import DefaultGenerator

GENERATORS: Mapping[str, Callable[..., DefaultGenerator]] = {
    "default": DefaultGenerator,
    "dbn": partial(BinaryNeuronGenerator, stochastic=False),
    "sbn": partial(BinaryNeuronGenerator, stochastic=True),
    "bad_pitch_order": BadPitchOrderGenerator,
    "bad_temp_order": BadTempOrderGenerator,
}
CRITICS: Mapping[str, Callable[..., DefaultCritic]] = {
    "default": DefaultCritic,
    "no_chroma_stream": partial(DefaultCritic, hears_chroma=False),
    "no_onset_offset_stream": partial(DefaultCritic, hears_onsets=False),
    "no_chroma_onset_offset_streams": partial(DefaultCritic, hears_chroma=False, hears_onsets=False),
}


def build_generator(params: Params) -> DefaultGenerator:
    """The generator that params.nets.generator names, freshly initialised."""
    return GENERATORS[params.nets.generator](
        latent_dim=params.latent_dim, tracks=params.data_shape[3], output_shift=params.initial_output_shift
    )


def build_critic(params: Params) -> DefaultCritic:
    """The critic that params.nets.discriminator names, freshly initialised."""
    return CRITICS[params.nets.discriminator](tracks=params.data_shape[3])
