from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.contract import ModelContract
from bridge.playing.cells import DRUM_VOICES, PITCHED_VOICES, Activations, dense_cells, sounding_cells

DRUMS, PIANO, BASS = 0, 1, 3


def random_activations(seed: int, *shape: int) -> Activations:
    """Values in [-1, 1], all distinct."""
    values = np.linspace(-0.99, 0.99, int(np.prod(shape)), dtype=np.float32)
    return np.random.default_rng(seed).permutation(values).reshape(shape)


def test_a_cell_sounds_above_the_threshold_and_not_on_it(band: ModelContract) -> None:
    activations = np.full((5, 48, 84), -1.0, dtype=np.float32)
    activations[PIANO, 3, 10:13] = 0.2, np.float32(0.5), 0.6
    assert np.argwhere(sounding_cells(activations, band, 0.75)).tolist() == [[PIANO, 3, 12]]
    assert np.argwhere(sounding_cells(activations, band, 0.5)).tolist() == [
        [PIANO, 3, 10],
        [PIANO, 3, 11],
        [PIANO, 3, 12],
    ]


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.integers(1, 60))
def test_a_density_is_reached_to_the_step(seed: int, density: float, steps: int) -> None:
    cells = dense_cells(random_activations(seed, steps, 84), density, -1.0, PITCHED_VOICES)
    assert abs(cells.any(axis=1).sum() - density * steps) <= 0.5


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1), st.integers(1, 8))
def test_more_density_only_adds_cells(seed: int, one: float, other: float, voices: int) -> None:
    activations = random_activations(seed, 48, 84)
    fewer, more = (dense_cells(activations, density, -1.0, voices) for density in sorted((one, other)))
    assert not (fewer & ~more).any()


def test_no_density_is_silence_and_full_density_sounds_at_every_step() -> None:
    activations = random_activations(1, 48, 84)
    assert not dense_cells(activations, 0.0, -1.0, 6).any()
    assert dense_cells(activations, 1.0, -1.0, 6).any(axis=1).all()


def test_the_sounding_steps_are_the_ones_with_the_highest_activations() -> None:
    activations = random_activations(2, 48, 84)
    highest = activations.max(axis=1)
    sounding = dense_cells(activations, 0.25, -1.0, 6).any(axis=1)
    assert highest[sounding].min() > highest[~sounding].max()


def test_where_every_cell_would_sound_the_surest_voices_are_kept(band: ModelContract) -> None:
    activations = random_activations(3, 5, 48, 84)
    activations[:, 7] = np.linspace(0.995, 0.999, 84)  # all of this step is above any threshold
    cells = sounding_cells(activations, band, 0.5, (1.0,) * 5)
    voices = cells.sum(axis=2)
    assert voices[DRUMS].max() == DRUM_VOICES
    assert voices[1:].max() == PITCHED_VOICES
    assert np.flatnonzero(cells[PIANO, 7]).tolist() == list(range(84 - PITCHED_VOICES, 84))


def test_the_threshold_alone_limits_no_voices(band: ModelContract) -> None:
    assert sounding_cells(np.full((5, 48, 84), 0.9, dtype=np.float32), band, 0.5).all()


def test_a_density_is_for_its_own_track_and_a_negative_one_is_off(band: ModelContract) -> None:
    activations = random_activations(4, 5, 48, 84)
    by_threshold = sounding_cells(activations, band, 0.9)
    cells = sounding_cells(activations, band, 0.9, (-1.0, 0.25))
    assert cells[PIANO].any(axis=1).sum() == 12
    np.testing.assert_array_equal(np.delete(cells, PIANO, axis=0), np.delete(by_threshold, PIANO, axis=0))


def test_densities_beyond_the_bands_tracks_are_left_unread(band: ModelContract) -> None:
    activations = random_activations(5, 5, 48, 84)
    np.testing.assert_array_equal(
        sounding_cells(activations, band, 0.5, (-1.0,) * 5 + (0.5,)), sounding_cells(activations, band, 0.5)
    )


def test_what_is_surely_silent_stays_silent_at_any_density() -> None:
    activations = np.full((48, 84), -1.0, dtype=np.float32)
    activations[::4, 30] = 1.0
    assert np.argwhere(dense_cells(activations, 1.0, -1.0, 6)).tolist() == [[step, 30] for step in range(0, 48, 4)]


def test_steps_that_tie_sound_together() -> None:
    activations = np.full((48, 84), -0.5, dtype=np.float32)
    activations[[5, 9, 30], 40] = 0.7
    assert np.flatnonzero(dense_cells(activations, 1 / 48, -1.0, 6).any(axis=1)).tolist() == [5, 9, 30]


@pytest.mark.parametrize("density", [-1.0, 0.5, 1.0])
def test_a_cell_that_is_not_a_number_is_silent(band: ModelContract, density: float) -> None:
    activations = random_activations(6, 5, 48, 84)
    activations[BASS, 10] = np.nan
    activations[BASS, 20, 40] = np.nan
    cells = sounding_cells(activations, band, 0.5, (-1.0, -1.0, -1.0, density))
    assert not cells[BASS, 10].any()
    assert not cells[BASS, 20, 40]
    assert cells[BASS].any()
