"""Names in params.yaml to networks. The names are those of the original's presets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from training.config import ACCOMPANIMENT, Params
from training.networks.ablations import BadPitchOrderGenerator, BadTempOrderGenerator
from training.networks.accompaniment import AccompanimentGenerator
from training.networks.binary_neurons import BinaryNeuronGenerator
from training.networks.critics import DefaultCritic
from training.networks.ensembles import ComposerGenerator, HybridGenerator, JammingGenerator
from training.networks.generators import BandGenerator, DefaultGenerator
from training.networks.grid import grid_of

GENERATORS: Mapping[str, Callable[..., BandGenerator]] = {
    "default": DefaultGenerator,
    "dbn": partial(BinaryNeuronGenerator, stochastic=False),
    "sbn": partial(BinaryNeuronGenerator, stochastic=True),
    ACCOMPANIMENT: AccompanimentGenerator,
    "composer": ComposerGenerator,
    "jamming": JammingGenerator,
    "hybrid": HybridGenerator,
    "bad_pitch_order": BadPitchOrderGenerator,
    "bad_temp_order": BadTempOrderGenerator,
}
CRITICS: Mapping[str, Callable[..., DefaultCritic]] = {
    "default": DefaultCritic,
    "no_chroma_stream": partial(DefaultCritic, hears_chroma=False),
    "no_onset_offset_stream": partial(DefaultCritic, hears_onsets=False),
    "no_chroma_onset_offset_streams": partial(DefaultCritic, hears_chroma=False, hears_onsets=False),
}


def build_generator(params: Params) -> BandGenerator:
    """The generator that params.nets.generator names, freshly initialised."""
    given = {} if params.condition_track_idx is None else {"condition_track": params.condition_track_idx}
    return GENERATORS[params.nets.generator](
        latent_dim=params.latent_dim,
        tracks=params.data_shape[3],
        grid=grid_of(params.data_shape, params.beat_resolution),
        output_shift=params.initial_output_shift,
        **given,
    )


def build_critic(params: Params) -> DefaultCritic:
    """The critic that params.nets.discriminator names, freshly initialised."""
    return CRITICS[params.nets.discriminator](
        tracks=params.data_shape[3], grid=grid_of(params.data_shape, params.beat_resolution)
    )
