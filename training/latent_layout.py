"""How long a model's latent vector is, and what its parts are for, from its parameters alone."""

from __future__ import annotations

from bridge.contract import LatentLayout
from training.config import Params


def latent_layout(params: Params) -> LatentLayout:
    """A part for the song, and one a track where the network has them."""
    size = params.latent_dim
    layouts = {
        "jamming": LatentLayout(song=0, track=size),
        "hybrid": LatentLayout(song=size // 2, track=size // 2),
    }
    return layouts.get(params.nets.generator, LatentLayout(song=size))


def latent_size(params: Params) -> int:
    """Length of the whole latent vector."""
    return latent_layout(params).size(params.data_shape[0], params.data_shape[3])
