"""How like a latent's phrase is to given notes."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.engine.latents import draw_latent
from bridge.engine.likeness import Likeness
from tests.bridge.engine.grid_pattern import GridPattern


def test_a_phrase_is_like_itself_as_far_as_its_cells_are_sure(band: ModelContract) -> None:
    generator = GridPattern(band)
    generator.weights *= 1000.0  # every cell is sure
    latent = draw_latent(generator.contract, 1)
    roll = generator(latent, range(4)) > 0.0
    target = {track: roll[:, track] for track in range(5)}
    assert Likeness.of(generator, latent, target).similarity == pytest.approx(1.0, abs=1e-3)
    other = Likeness.of(generator, draw_latent(generator.contract, 2), target)
    assert 0.0 < other.similarity < 0.9


def test_silence_beside_silence_is_a_number(band: ModelContract) -> None:
    generator = GridPattern(band)
    generator.weights *= 0.0
    silence = np.zeros((4, 4, 15), dtype=np.bool_)
    found = Likeness.of(generator, draw_latent(generator.contract, 1), {0: silence}).similarity
    assert found == pytest.approx(0.0)


def test_each_track_weighs_the_same(band: ModelContract) -> None:
    generator = GridPattern(band)
    latent = draw_latent(generator.contract, 1)
    roll = generator(latent, range(4)) > 0.0
    one, other = ({track: roll[:, track]} for track in (0, 3))
    each = [Likeness.of(generator, latent, target).similarity for target in (one, other)]
    assert Likeness.of(generator, latent, one | other).similarity == pytest.approx(np.mean(each))


def test_counts_taken_at_some_places_are_those_of_the_other_there(band: ModelContract) -> None:
    generator = GridPattern(band)
    roll = generator(draw_latent(generator.contract, 1), range(4)) > 0.0
    target = {track: roll[:, track] for track in (1, 2)}
    one, other = (Likeness.of(generator, draw_latent(generator.contract, seed), target) for seed in (2, 3))
    places = np.array([[True, False, False, True], [False] * 4])
    mixed = one.taking(other, places)
    np.testing.assert_array_equal(mixed.both[~places], one.both[~places])
    np.testing.assert_array_equal(mixed.both[places], other.both[places])
    np.testing.assert_array_equal(mixed.sounding[places], other.sounding[places])
    assert one.taking(other, np.ones((2, 4), dtype=np.bool_)).similarity == other.similarity
