"""The critic of matrix products is MuseGAN's of convolutions, to the last weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import Tensor

from benchmarks.plain_networks import TRACKS as COPIES
from benchmarks.plain_networks import PlainCritic as Reference
from tests.training.networks.plain_critic import PlainGridCritic, as_plain
from tests.training.twins import assert_close, assert_gradients_agree, gradients, shake
from training.losses import gradient_penalty
from training.networks.critics import DefaultCritic
from training.networks.grid import DEFAULT_GRID, grid_of


def as_reference(ours: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The critic's tensors (a state, or gradients) under the reference's names, in its shapes."""
    return as_plain(ours, DEFAULT_GRID, COPIES)


def some_phrases(seed: int, shape: Sequence[int] = (4, 48, 84, 5), count: int = 2) -> Tensor:
    """Phrases of random cells in {-1, 1}."""
    cells = torch.rand(count, *shape, generator=torch.Generator().manual_seed(seed)) < 0.1
    return cells.float() * 2.0 - 1.0


@pytest.fixture(scope="module")
def networks() -> tuple[DefaultCritic, Reference]:
    """The critic and the reference with the same weights."""
    torch.manual_seed(0)
    critic, reference = DefaultCritic(), Reference()
    shake(critic)
    reference.load_state_dict(as_reference(critic.state_dict()))
    return critic, reference


def test_the_critic_has_as_many_weights_as_a_published_run_prints(networks: tuple[DefaultCritic, Reference]) -> None:
    for network in networks:
        assert sum(parameter.numel() for parameter in network.parameters()) == 1_365_841


def test_it_is_the_network_of_convolutions(networks: tuple[DefaultCritic, Reference]) -> None:
    critic, reference = networks
    critic.zero_grad()
    reference.zero_grad()
    rolls = [some_phrases(1).requires_grad_(), some_phrases(1).requires_grad_()]
    ours, expected = critic(rolls[0]), reference(rolls[1])
    assert ours.shape == (2, 3)  # a score for each window of two bars
    assert_close(ours, expected, 1e-4, "the scores")

    listener = torch.tensor([[1.0, -2.0, 0.5], [-1.5, 0.7, 1.0]])
    (ours * listener).sum().backward()
    (expected * listener).sum().backward()
    assert_gradients_agree(critic, reference, as_reference, 1e-3)
    assert rolls[0].grad is not None
    assert rolls[1].grad is not None
    assert_close(rolls[0].grad, rolls[1].grad, 1e-4, "the gradient of the roll")


def test_its_gradient_penalty_is_that_of_the_network_of_convolutions(
    networks: tuple[DefaultCritic, Reference],
) -> None:
    critic, reference = networks
    critic.zero_grad()
    reference.zero_grad()
    mixing = torch.tensor([0.3, 0.8]).view(2, 1, 1, 1, 1)
    penalties = []
    for network in networks:
        penalty = gradient_penalty(network, some_phrases(1), some_phrases(2), mixing)
        torch.autograd.backward(penalty)
        penalties.append(penalty)
    assert_close(penalties[0], penalties[1], 1e-4, "the penalty")
    expected, found = gradients(reference), as_reference(gradients(critic, or_zero=True))
    weights = [name for name in expected if name.endswith("weight")]  # a bias only moves the corners of the ReLUs
    assert len(weights) == sum(name.endswith("weight") for name in found)
    for name in weights:
        assert_close(found[name], expected[name], 1e-3, name)


def test_a_window_hears_its_two_bars_alone(networks: tuple[DefaultCritic, Reference]) -> None:
    critic, _ = networks
    roll = some_phrases(3)
    changed = roll.clone()
    changed[:, 3] = -changed[:, 3]
    with torch.no_grad():
        before, after = critic(roll), critic(changed)
    torch.testing.assert_close(after[:, :2], before[:, :2])
    assert bool((after[:, 2] - before[:, 2]).abs().min() > 1e-3)


@pytest.mark.parametrize(
    ("shape", "resolution", "windows"),
    [
        ([3, 16, 72, 3], 4, 2),  # without overlap
        ([2, 9, 40, 2], 3, 1),  # three beats, pitches left out
        ([1, 8, 36, 2], 2, 1),  # one bar, overlap
        ([2, 4, 10, 1], 1, 1),  # drums alone, a step a beat
    ],
)
def test_it_is_the_network_of_convolutions_for_other_shapes_too(
    shape: list[int], resolution: int, windows: int
) -> None:
    torch.manual_seed(0)
    grid, tracks = grid_of(shape, resolution), shape[3]
    critic, reference = DefaultCritic(tracks, grid), PlainGridCritic(grid, tracks)
    shake(critic)
    layout = partial(as_plain, grid=grid, tracks=tracks)
    reference.load_state_dict(layout(critic.state_dict()))
    critic.double()
    reference.double()
    rolls = [some_phrases(1, shape).double().requires_grad_() for _ in range(2)]
    ours, expected = critic(rolls[0]), reference(rolls[1])
    assert ours.shape == (2, windows)
    assert_close(ours, expected, 1e-10, "the scores")
    (ours * torch.tensor([[1.0], [-2.0]])).sum().backward()
    (expected * torch.tensor([[1.0], [-2.0]])).sum().backward()
    assert_gradients_agree(critic, reference, layout, 1e-9)
    assert rolls[0].grad is not None
    assert rolls[1].grad is not None
    assert_close(rolls[0].grad, rolls[1].grad, 1e-9, "the gradient of the roll")


@torch.no_grad()
def test_pitches_that_are_left_out_are_silent_cells() -> None:
    torch.manual_seed(0)
    grid = grid_of([2, 8, 20, 2], 2)
    assert grid.left_out == 4
    some, all_of_them = DefaultCritic(2, grid), DefaultCritic(2, replace(grid, left_out=0))
    all_of_them.load_state_dict(some.state_dict())
    roll = some_phrases(1, [2, 8, 20, 2])
    silent = torch.cat((roll, torch.full((2, 2, 8, 4, 2), -1.0)), dim=3)
    assert torch.equal(some(roll), all_of_them(silent))
    silent[:, :, :, 22] = 1.0
    assert not torch.allclose(some(roll), all_of_them(silent))


@torch.no_grad()
def test_a_roll_whose_cells_lie_apart_is_scored_as_any_other() -> None:
    torch.manual_seed(0)
    critic = DefaultCritic(2, grid_of([2, 8, 24, 2], 2))
    roll = some_phrases(1, [2, 8, 24, 2])
    apart = roll.permute(4, 3, 2, 1, 0).contiguous().permute(4, 3, 2, 1, 0)
    assert not apart.is_contiguous()
    assert torch.equal(critic(apart), critic(roll))


@torch.no_grad()
def test_a_phrase_of_one_bar_is_scored_whole() -> None:
    torch.manual_seed(0)
    critic = DefaultCritic(2, grid_of([1, 8, 24, 2], 2))
    roll = some_phrases(1, [1, 8, 24, 2])
    before = critic(roll)
    assert before.shape == (2, 1)
    roll[:, 0, 0, 0, 0] = -roll[:, 0, 0, 0, 0]
    assert bool((critic(roll) - before).abs().min() > 0.0)
