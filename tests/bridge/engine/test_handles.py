from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge.contract import LatentLayout, ModelContract
from bridge.engine.handles import bar_values, common_values, taking, track_bar_values, track_values
from bridge.engine.latents import draw_latent

GRID = LatentLayout(song=3, bar=2, track=4, track_bar=1)


@pytest.fixture
def grid(band: ModelContract) -> ModelContract:
    """Five tracks, four bars: song 0-2, bars 3-10, tracks 11-30, track bars 31-50."""
    return replace(band, latent=GRID)


def test_the_values_stand_in_the_order_of_the_contract(grid: ModelContract) -> None:
    assert grid.latent_size == 51
    assert common_values(grid).tolist() == list(range(11))
    assert track_values(grid, 0).tolist() == [11, 12, 13, 14, 31, 32, 33, 34]
    assert track_values(grid, 4).tolist() == [27, 28, 29, 30, 47, 48, 49, 50]
    assert bar_values(grid, 1).tolist() == [5, 6, 32, 36, 40, 44, 48]
    assert track_bar_values(grid, 2, 3).tolist() == [19, 20, 21, 22, 42]


def test_what_all_hear_and_what_each_track_has_is_the_whole_latent_and_nothing_twice(grid: ModelContract) -> None:
    parts = [common_values(grid), *(track_values(grid, track) for track in range(5))]
    assert sorted(np.concatenate(parts).tolist()) == list(range(grid.latent_size))


def test_a_model_without_handles_has_no_values_for_them(band: ModelContract) -> None:
    assert not any(len(values) for values in (track_values(band, 1), bar_values(band, 1), track_bar_values(band, 1, 1)))
    assert len(common_values(band)) == band.latent_size


def test_taking_some_values_leaves_both_latents_as_they_were(grid: ModelContract) -> None:
    one, other = draw_latent(grid, 1), draw_latent(grid, 2)
    mixed = taking(one, other, track_values(grid, 3))
    assert np.flatnonzero(mixed != one).tolist() == track_values(grid, 3).tolist()
    assert np.flatnonzero(mixed == other).tolist() == track_values(grid, 3).tolist()
    np.testing.assert_array_equal(one, draw_latent(grid, 1))
