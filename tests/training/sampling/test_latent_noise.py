"""Latents: the original's distribution, and one seed for one purpose."""

from __future__ import annotations

import itertools

import torch

from training.sampling.latent_noise import draw_latents, hash_seed


def test_latents_are_standard_normal_cut_at_two() -> None:
    latents = draw_latents(1000, 128, (0,))
    assert latents.shape == (1000, 128)
    assert latents.dtype == torch.float32
    assert float(latents.abs().max()) <= 2.0
    assert float(latents.abs().max()) > 1.99
    assert abs(float(latents.mean())) < 0.01
    assert abs(float(latents.std()) - 0.880) < 0.01  # of a normal distribution cut at two


def test_the_same_seed_gives_the_same_latents_whatever_else_was_drawn() -> None:
    first = draw_latents(3, 8, (1, 2))
    torch.manual_seed(99)
    assert torch.equal(first, draw_latents(3, 8, (1, 2)))
    before = torch.get_rng_state()
    draw_latents(3, 8, (1, 2))
    assert torch.equal(before, torch.get_rng_state()), "it drew from the common source"


def test_another_seed_gives_other_latents() -> None:
    assert not torch.equal(draw_latents(3, 8, (1, 2)), draw_latents(3, 8, (2, 1)))


def test_neighbouring_seeds_do_not_collide_and_fit_in_63_bits() -> None:
    seeds = [hash_seed(*parts) for parts in itertools.product(range(10), range(10), range(100))]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert hash_seed(-1, 5) == hash_seed(2**64 - 1, 5)


def test_a_seed_means_the_same_for_good() -> None:
    # A run that resumes under a later version draws what it would have drawn.
    assert hash_seed(0, 5, 17) == 1918167874897476291
