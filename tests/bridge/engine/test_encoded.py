"""A whole latent from the notes of some tracks."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.contract import LatentLayout, ModelContract, key_direction
from bridge.engine.encoded import accompanying_latent, heard_latent, nearest_latent
from bridge.engine.handles import common_values, track_values
from bridge.engine.latents import Latent, draw_latent
from tests.fakes import ListeningEncoder

SILENCE = np.zeros((4, 48, 84), dtype=np.bool_)


@pytest.fixture
def grid_band(band: ModelContract) -> ModelContract:
    """A band whose latent has all four parts."""
    return replace(band, latent=LatentLayout(song=64, bar=8, track=32, track_bar=4))


def others(contract: ModelContract, *given: int) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    tracks = [track for track in range(5) if track not in given]
    return np.concatenate([track_values(contract, track) for track in tracks])


def test_of_all_tracks_the_latent_is_what_the_encoder_says(grid_band: ModelContract) -> None:
    encoder = ListeningEncoder(grid_band)
    phrases = dict.fromkeys(range(5), SILENCE)
    np.testing.assert_array_equal(nearest_latent(encoder(phrases), phrases, grid_band, 1), encoder.latent)
    assert encoder.given == [(0, 1, 2, 3, 4)]


def test_what_is_not_given_tracks_own_is_drawn_from_the_seed(grid_band: ModelContract) -> None:
    encoder = ListeningEncoder(grid_band)
    latent = nearest_latent(encoder({1: SILENCE, 3: SILENCE}), {1: SILENCE, 3: SILENCE}, grid_band, 7)
    drawn, heard = others(grid_band, 1, 3), np.setdiff1d(np.arange(grid_band.latent_size), others(grid_band, 1, 3))
    np.testing.assert_array_equal(latent[drawn], draw_latent(grid_band, 7)[drawn])
    np.testing.assert_array_equal(latent[heard], encoder.latent[heard])


def test_an_accompaniment_has_the_given_harmony_and_players_of_its_own(grid_band: ModelContract) -> None:
    encoder = ListeningEncoder(grid_band)
    one, two = (accompanying_latent(encoder({2: SILENCE}), {2: SILENCE}, grid_band, seed) for seed in (1, 2))
    same = np.concatenate([common_values(grid_band), track_values(grid_band, 2)])
    np.testing.assert_array_equal(one[same], two[same])
    assert not np.isclose(one[others(grid_band, 2)], two[others(grid_band, 2)]).any()


def length(latent: Latent) -> float:
    return float(np.sqrt(np.mean(np.square(latent))))


@pytest.mark.parametrize("said", [1e-3, 0.1, 0.4])
def test_what_all_tracks_hear_is_at_least_half_as_long_as_in_latents_that_are_drawn(
    grid_band: ModelContract, said: float
) -> None:
    rng = np.random.default_rng(3)
    encoder = ListeningEncoder(grid_band, rng.normal(scale=said, size=grid_band.latent_size).astype(np.float32))
    latent = accompanying_latent(encoder({2: SILENCE}), {2: SILENCE}, grid_band, 1)
    drawn = np.mean([length(draw_latent(grid_band, seed)) for seed in range(50)])
    for part in (slice(0, 64), slice(64, 96)):
        assert length(latent[part]) == pytest.approx(0.5 * drawn, rel=0.1)
        assert latent[part] @ encoder.latent[part] > 0.97 * np.linalg.norm(latent[part]) * np.linalg.norm(
            encoder.latent[part]
        )
    assert np.abs(latent).max() <= 2.0


def test_a_harmony_that_is_known_well_is_left_as_it_is(grid_band: ModelContract) -> None:
    encoder = ListeningEncoder(grid_band, draw_latent(grid_band, 5) * np.float32(0.6))
    latent = accompanying_latent(encoder({2: SILENCE}), {2: SILENCE}, grid_band, 1)
    np.testing.assert_array_equal(latent[:64], encoder.latent[:64])


def test_an_encoder_that_knows_nothing_leaves_numbers(grid_band: ModelContract) -> None:
    encoder = ListeningEncoder(grid_band, np.zeros(grid_band.latent_size, dtype=np.float32))
    assert np.isfinite(accompanying_latent(encoder({2: SILENCE}), {2: SILENCE}, grid_band, 1)).all()


def test_a_model_without_handles_takes_the_whole_latent(band: ModelContract) -> None:
    encoder = ListeningEncoder(band)
    np.testing.assert_array_equal(nearest_latent(encoder({1: SILENCE}), {1: SILENCE}, band, 1), encoder.latent)


class InOneKey:
    """A generator that plays a note where its latent points to this key, and else another."""

    provider: str = "a key"
    notice: str | None = None

    def __init__(self, contract: ModelContract, key: int) -> None:
        self.contract, self._key = contract, key_direction(key)
        self.played = 0

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        self.played += 1
        rolls = np.full((len(bars), 5, 48, 84), -1.0, dtype=np.float32)
        rolls[:, :, :, 40 if np.allclose(latent[:2], self._key, atol=1e-6) else 50] = 1.0
        return rolls


def done(chore: Generator[None, None, Latent]) -> tuple[Latent, int]:
    """What a chore returns, and how often it made way."""
    for times in itertools.count():
        try:
            next(chore)
        except StopIteration as end:
            return end.value, times
    raise AssertionError


@pytest.mark.parametrize(("key", "rank"), [(0, 0), (7, 1), (2, 2)])
def test_of_the_keys_that_are_heard_first_the_one_that_sounds_most_like_the_clip_is_taken(
    grid_band: ModelContract, key: int, rank: int
) -> None:
    keyed = replace(grid_band, latent=replace(grid_band.latent, key=2))
    encoder, generator = ListeningEncoder(keyed), InOneKey(keyed, key)
    clip = SILENCE.copy()
    clip[:, :, 40] = True
    found, times = done(heard_latent(encoder, generator, {1: clip}))
    np.testing.assert_allclose(found[:2], key_direction(7 * rank), atol=1e-6)
    assert times == generator.played == 3, "it makes way after each"


def test_a_model_without_a_key_is_not_played_for_it(grid_band: ModelContract) -> None:
    encoder, generator = ListeningEncoder(grid_band), InOneKey(grid_band, 0)
    found, times = done(heard_latent(encoder, generator, {1: SILENCE}))
    np.testing.assert_array_equal(found, encoder.latent)
    assert (times, generator.played) == (0, 0)
