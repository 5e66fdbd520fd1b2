"""Names in params.yaml to networks. The names are those of the original's presets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import nn

from training.config import ACCOMPANIMENT, GRID, Params
from training.latent_layout import latent_layout
from training.networks.ablations import BadPitchOrderGenerator, BadTempOrderGenerator
from training.networks.accompaniment import AccompanimentGenerator
from training.networks.binary_neurons import BinaryNeuronGenerator
from training.networks.critics import DefaultCritic
from training.networks.ensembles import ComposerGenerator, HybridGenerator, JammingGenerator
from training.networks.generators import BandGenerator, DefaultGenerator
from training.networks.grid import grid_of
from training.networks.grid_generator import GridGenerator
from training.networks.phrase_critic import PhraseCritic

GENERATORS: Mapping[str, Callable[..., BandGenerator]] = {
    "default": DefaultGenerator,
    "dbn": partial(BinaryNeuronGenerator, stochastic=False),
    "sbn": partial(BinaryNeuronGenerator, stochastic=True),
    ACCOMPANIMENT: AccompanimentGenerator,
    "composer": ComposerGenerator,
    "jamming": JammingGenerator,
    "hybrid": HybridGenerator,
    GRID: GridGenerator,
    "bad_pitch_order": BadPitchOrderGenerator,
    "bad_temp_order": BadTempOrderGenerator,
}
CRITICS: Mapping[str, Callable[..., nn.Module]] = {
    "default": DefaultCritic,
    "phrase": PhraseCritic,
    "no_chroma_stream": partial(DefaultCritic, hears_chroma=False),
    "no_onset_offset_stream": partial(DefaultCritic, hears_onsets=False),
    "no_chroma_onset_offset_streams": partial(DefaultCritic, hears_chroma=False, hears_onsets=False),
}


def build_generator(params: Params) -> BandGenerator:
    """The generator that params.nets.generator names, freshly initialised."""
    particulars: dict[str, Any] = {"latent_dim": params.latent_dim}
    if params.nets.generator == GRID:
        particulars = {"layout": latent_layout(params), "drums": params.drum_tracks}
    if params.condition_track_idx is not None:
        particulars["condition_track"] = params.condition_track_idx
    return GENERATORS[params.nets.generator](
        tracks=params.data_shape[3],
        grid=grid_of(params.data_shape, params.beat_resolution),
        output_shift=params.initial_output_shift,
        **particulars,
    )


def build_critic(params: Params) -> nn.Module:
    """The critic that params.nets.discriminator names, freshly initialised."""
    return CRITICS[params.nets.discriminator](
        tracks=params.data_shape[3], grid=grid_of(params.data_shape, params.beat_resolution)
    )
