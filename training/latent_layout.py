"""How long a model's latent vector is, and what its parts are for, from its parameters alone."""

from __future__ import annotations

from bridge.contract import LatentLayout
from training.config import GRID, Params


def latent_layout(params: Params) -> LatentLayout:
    """A part for the song, and those of tracks and bars where the network has them."""
    size, parts = params.latent_dim, params.latent_parts
    layouts = {
        "jamming": LatentLayout(song=0, track=size),
        "hybrid": LatentLayout(song=size // 2, track=size // 2),
        GRID: LatentLayout(parts.song_key + parts.song, parts.bar, parts.track, parts.track_bar, key=parts.song_key),
    }
    return layouts.get(params.nets.generator, LatentLayout(song=size))


def latent_size(params: Params) -> int:
    """Length of the whole latent vector."""
    return latent_layout(params).size(params.data_shape[0], params.data_shape[3])
