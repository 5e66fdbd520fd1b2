from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.wander import BARS_A_LEG, developing, wander


def angle(one: Latent, other: Latent) -> float:
    cosine = float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))
    return float(np.degrees(np.arccos(min(1.0, cosine))))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_walk_never_jumps(band: ModelContract, seed: int) -> None:
    start = draw_latent(band, seed)
    walk = [wander(start, bar, seed, band) for bar in range(4 * BARS_A_LEG)]
    np.testing.assert_array_equal(walk[0], start)
    steps = [angle(one, other) for one, other in pairwise(walk)]
    assert max(steps) < 2.0 * 90.0 / BARS_A_LEG
    assert angle(walk[0], walk[BARS_A_LEG]) > 30.0, "it goes somewhere"


def test_a_walk_is_as_far_from_the_origin_as_what_the_generator_knows(band: ModelContract) -> None:
    start = draw_latent(band, 4)
    lengths = [float(np.linalg.norm(wander(start, bar, 9, band))) for bar in range(40)]
    drawn = [float(np.linalg.norm(draw_latent(band, seed))) for seed in range(40)]
    assert min(drawn) * 0.8 < min(lengths)
    assert max(lengths) < max(drawn) * 1.2


def test_the_same_seed_walks_the_same_way_and_another_elsewhere(band: ModelContract) -> None:
    start = draw_latent(band, 4)
    np.testing.assert_array_equal(wander(start, 11, 5, band), wander(start, 11, 5, band))
    assert angle(wander(start, 16, 5, band), wander(start, 16, 6, band)) > 10.0


def test_the_phrases_of_a_long_piece_are_neighbours(band: ModelContract) -> None:
    start = draw_latent(band, 4)
    phrases = developing(start, 8, 1, band)
    np.testing.assert_array_equal(phrases[0], start)
    assert max(angle(one, other) for one, other in pairwise(phrases)) < 25.0
