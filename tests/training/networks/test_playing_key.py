"""A generator with a key: learned in one, played in all."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from bridge.contract import LatentLayout
from tests.training.twins import shake
from training.averaging import calibrate
from training.key_fit import semitones
from training.measures.chroma import CLASSES
from training.networks.grid import grid_of
from training.networks.grid_generator import GridGenerator
from training.networks.playing_key import at_home, in_key, key_of, out_of_key, pointing_to
from training.sampling.latent_noise import draw_latents

LAYOUT = LatentLayout(song=7, bar=2, track=3, track_bar=1, key=2)
KEYS = torch.arange(CLASSES)


@pytest.fixture(scope="module")
def generator() -> GridGenerator:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        made = GridGenerator(LAYOUT, 3, grid_of((2, 8, 36, 3), 2), output_shift=0.0, drums=(0,))
        shake(made)
        calibrate(made, [(draw_latents(64, made.latent_size, (1,)), None)])
    return made


def in_all_keys(latent: Tensor) -> Tensor:
    """One latent (1, size) twelve times, each in another key."""
    return torch.cat((pointing_to(KEYS), latent[:, 2:].expand(CLASSES, -1)), dim=1)


def test_the_values_point_to_the_key_that_they_were_made_for_however_long() -> None:
    assert torch.equal(key_of(pointing_to(KEYS)), KEYS)
    assert torch.equal(key_of(0.01 * pointing_to(KEYS)), KEYS)


def test_neighbours_on_the_circle_are_fifths_apart() -> None:
    angles = torch.arange(0.0, 360.0, 30.0).deg2rad()
    around = key_of(torch.stack((angles.cos(), angles.sin()), dim=1)).tolist()
    assert all((after - before) % 12 == 7 for before, after in itertools.pairwise([*around, around[0]]))


def test_drawn_values_point_to_every_key_about_as_often() -> None:
    counts = torch.bincount(key_of(draw_latents(12_000, 2, (4,))), minlength=CLASSES)
    assert counts.min() > 800
    assert counts.max() < 1200


def test_the_same_music_comes_in_every_key_and_the_drums_stay(generator: GridGenerator) -> None:
    latent = draw_latents(1, generator.latent_size, (2,))
    with torch.no_grad():
        home, moved = generator(at_home(latent)), generator(in_all_keys(latent))
    for key in range(CLASSES):
        up = semitones(key)
        torch.testing.assert_close(moved[key, ..., 0], home[0, ..., 0])
        torch.testing.assert_close(
            moved[key, :, :, max(0, up) : 36 + min(0, up), 1:], home[0, :, :, max(0, -up) : 36 - max(0, up), 1:]
        )


def test_what_comes_into_the_range_is_silent(generator: GridGenerator) -> None:
    latent = draw_latents(1, generator.latent_size, (2,))
    with torch.no_grad():
        rolls, felt = generator(in_all_keys(latent)), generator.activations(in_all_keys(latent))
    for key in range(CLASSES):
        up = semitones(key)
        new = slice(0, up) if up > 0 else slice(36 + up, 36)
        assert bool((rolls[key, :, :, new, 1:] == -1.0).all())
        assert bool((torch.tanh(felt[key, :, :, new, 1:]) < -0.999).all())


def test_the_key_changes_nothing_but_the_key(generator: GridGenerator) -> None:
    latent = draw_latents(1, generator.latent_size, (2,))
    nearly = latent.clone()
    nearly[:, :2] *= 0.9  # another length, the same direction
    with torch.no_grad():
        assert torch.equal(generator(nearly), generator(latent))


def test_out_of_key_is_the_reverse_of_in_key() -> None:
    roll = torch.full((CLASSES, 1, 2, 40, 2), -1.0)
    roll[:, :, :, 12:28] = torch.rand(CLASSES, 1, 2, 16, 2)
    drums = torch.tensor([True, False])
    assert torch.equal(out_of_key(in_key(roll, KEYS, drums, -1.0), KEYS, drums, -1.0), roll)
