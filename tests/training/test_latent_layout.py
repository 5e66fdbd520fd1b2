"""The latent that a configuration describes is the one that its network takes."""

from __future__ import annotations

import pytest

from training.config import ACCOMPANIMENT, BINARY_GENERATORS, GENERATORS, GRID, LatentParts, Nets, Params
from training.latent_layout import latent_layout, latent_size
from training.networks.presets import build_generator

SHAPES = [((1, 8, 12, 2), 2), ((4, 16, 72, 5), 4), ((3, 24, 40, 3), 6), ((2, 8, 12, 1), 2)]


CASES = [
    (generator, latent_dim, shape, resolution)
    for generator in GENERATORS
    for latent_dim in (4, 16)
    for shape, resolution in SHAPES
    if shape[3] > 1 or generator != ACCOMPANIMENT  # which plays to one track, and plays another
]


@pytest.mark.parametrize(("generator", "latent_dim", "shape", "resolution"), CASES)
def test_it_is_as_long_and_divided_as_the_networks(
    generator: str, latent_dim: int, shape: tuple[int, int, int, int], resolution: int
) -> None:
    parts = LatentParts(latent_dim, 1, 2, 3) if generator == GRID else LatentParts()
    params = Params(
        data_shape=shape,
        beat_resolution=resolution,
        latent_dim=parts.size(shape[0], shape[3]) if generator == GRID else latent_dim,
        latent_parts=parts,
        nets=Nets(generator),
        use_binary_neurons=generator in BINARY_GENERATORS,
        is_accompaniment=generator == ACCOMPANIMENT,
        condition_track_idx=0 if generator == ACCOMPANIMENT else None,
    )
    network = build_generator(params)
    assert latent_size(params) == network.latent_size
    assert latent_layout(params) == network.layout


def test_a_track_has_its_own_part_where_the_network_hears_one() -> None:
    five = Params(latent_dim=16)
    sizes = {name: latent_size(Params(latent_dim=16, nets=Nets(name))) for name in ("composer", "jamming", "hybrid")}
    assert latent_size(five) == 16
    assert sizes == {"composer": 16, "jamming": 5 * 16, "hybrid": 8 + 5 * 8}
