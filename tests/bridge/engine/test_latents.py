from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, draw_latent, latent_id, morph


def unit(vector: Latent) -> Latent:
    return vector / np.linalg.norm(vector)


def test_the_same_seed_draws_the_same_latent_cut_at_two(band: ModelContract) -> None:
    drawn = [draw_latent(band, seed) for seed in range(200)]
    assert all(latent.shape == (128,) and latent.dtype == np.float32 for latent in drawn)
    assert np.abs(drawn).max() <= 2.0
    assert np.std(drawn) == pytest.approx(0.88, abs=0.02)  # of a normal cut at two standard deviations
    np.testing.assert_array_equal(draw_latent(band, 7), drawn[7])
    assert len({latent_id(latent) for latent in drawn}) == 200


def test_negative_seeds_are_seeds(band: ModelContract) -> None:
    assert latent_id(draw_latent(band, -1)) != latent_id(draw_latent(band, 1))


@given(st.floats(0.0, 1.0), st.integers(0, 1000))
def test_two_latents_morph_by_slerp(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, 32)).astype(np.float32)
    angle = np.arccos(unit(a) @ unit(b))
    direction = (np.sin((1 - share) * angle) * unit(a) + np.sin(share * angle) * unit(b)) / np.sin(angle)
    length = (1 - share) * np.linalg.norm(a) + share * np.linalg.norm(b)
    np.testing.assert_allclose(morph([a, b], [1 - share, share]), direction * length, atol=2e-5)


def test_an_end_of_a_morph_is_exactly_that_latent() -> None:
    a, b, c = np.random.default_rng(0).standard_normal((3, 32)).astype(np.float32)
    np.testing.assert_array_equal(morph([a, b, c], [0, 5, 0]), b)


def test_the_order_of_the_latents_and_the_scale_of_the_weights_do_not_matter() -> None:
    a, b, c = np.random.default_rng(0).standard_normal((3, 32)).astype(np.float32)
    one = morph([a, b, c], [0.2, 0.3, 0.5])
    np.testing.assert_allclose(morph([c, a, b], [5, 2, 3]), one, atol=1e-5)


def test_the_short_way_of_two_is_the_mean_of_many() -> None:
    a, b = np.random.default_rng(0).standard_normal((2, 128)).astype(np.float32)
    for start, end in ((a, b), (a, -a + 0.1 * b), (a, a + 1e-3 * b)):
        for share in (0.01, 0.4, 0.99):
            many = morph([start, end, end], [1.0 - share, share / 2, share / 2])
            np.testing.assert_allclose(morph([start, end], [1.0 - share, share]), many, atol=1e-5)


def test_a_morph_is_as_long_as_its_ends_and_moves_in_small_steps() -> None:
    a, b = np.random.default_rng(0).standard_normal((2, 128)).astype(np.float32)
    path = np.stack([morph([a, b], [1 - share, share]) for share in np.linspace(0, 1, 65)])
    lengths = np.linalg.norm(path, axis=1)
    assert lengths.min() >= min(lengths[0], lengths[-1]) * 0.999
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps.max() <= steps.min() * 1.2


def test_opposite_latents_have_a_way_between_them() -> None:
    a = np.eye(1, 8, dtype=np.float32)[0]
    middle = morph([a, -a], [0.5, 0.5])
    assert np.isfinite(middle).all()
    assert np.linalg.norm(middle) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [1.0, -0.5], [1.0]])
def test_weights_that_make_no_sense_are_refused(weights: list[float]) -> None:
    a, b = np.eye(2, 8, dtype=np.float32)
    with pytest.raises(ValueError, match="weights"):
        morph([a, b], weights)
