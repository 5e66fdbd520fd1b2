"""The lowered generator computes what the trained one does, for any batch and any bars."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from export.lowering import BarGenerator, lower
from export.verify import trained_rolls
from training.networks.generators import DefaultGenerator
from training.sampling.latent_noise import draw_latents

ALL_BARS = torch.arange(4)


@pytest.fixture(scope="module")
def trained(trained: DefaultGenerator) -> DefaultGenerator:
    """Half of all cells sound here: where tanh is flat, differences would hide."""
    loud = copy.deepcopy(trained)
    torch.nn.init.constant_(loud.merge.norm.shift, 0.1)
    return loud


@pytest.fixture(scope="module")
def lowered(trained: DefaultGenerator) -> BarGenerator:
    made = lower(trained)
    assert isinstance(made, BarGenerator)
    return made


@pytest.fixture(scope="module")
def latents(trained: DefaultGenerator) -> Tensor:
    return draw_latents(3, trained.latent_size, (5,))


@pytest.fixture(scope="module")
def wanted(trained: DefaultGenerator, latents: Tensor) -> Tensor:
    """(3, bars, tracks, steps, pitches) from the trained generator itself."""
    return torch.from_numpy(trained_rolls(trained, latents))


@torch.no_grad()
def test_a_batch_of_whole_phrases_is_what_the_trained_generator_plays(
    lowered: BarGenerator, latents: Tensor, wanted: Tensor
) -> None:
    assert wanted.std() > 0.1  # there is something to compare
    torch.testing.assert_close(lowered(latents, ALL_BARS), wanted, atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("bars", [[0], [1], [2], [3], [3, 0, 2, 1], [1, 1], [2, 0]])
def test_bars_come_alone_and_in_the_order_asked(
    lowered: BarGenerator, latents: Tensor, wanted: Tensor, bars: list[int]
) -> None:
    torch.testing.assert_close(lowered(latents, torch.tensor(bars)), wanted[:, bars], atol=1e-5, rtol=0)


@torch.no_grad()
def test_every_normalisation_is_folded_in_exactly(
    trained: DefaultGenerator, lowered: BarGenerator, latents: Tensor, wanted: Tensor
) -> None:
    # Against double precision the folded weights are as near as the trained network's own arithmetic.
    exact = torch.from_numpy(trained_rolls(copy.deepcopy(trained).double(), latents.double()))
    lowered_error = (lowered(latents, ALL_BARS) - exact).abs().max()
    own_error = (wanted - exact).abs().max()
    assert lowered_error <= 3 * own_error


def test_lowering_leaves_the_generator_as_it_was(trained: DefaultGenerator) -> None:
    before = copy.deepcopy(trained.state_dict())
    lower(trained)
    for name, values in trained.state_dict().items():
        assert values.dtype == torch.float32
        assert torch.equal(values, before[name]), name


def test_no_weight_is_there_twice(trained: DefaultGenerator, lowered: BarGenerator) -> None:
    weights = sum(parameter.numel() for parameter in trained.parameters())
    # Biases are repeated once a position, nothing else.
    assert sum(constant.numel() for constant in lowered.buffers()) < 1.01 * weights
