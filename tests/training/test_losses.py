"""The losses against their formulas, and the gradient penalty on critics whose slope is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from training import config
from training.losses import LOSSES, gradient_penalty

SHAPE = (2, 2, 3, 4, 1)
REAL = torch.ones(SHAPE)
FAKE = -torch.ones(SHAPE)


def mixing(*shares: float) -> Tensor:
    return torch.tensor(shares).view(-1, 1, 1, 1, 1)


REAL_SCORES, FAKE_SCORES = torch.tensor([[3.0, 0.5]]), torch.tensor([[1.0, -2.0]])


def chance(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-score))


CROSS_ENTROPIES = (
    -(math.log(chance(3.0)) + math.log(chance(0.5))) / 2.0
    - (math.log(1.0 - chance(1.0)) + math.log(1.0 - chance(-2.0))) / 2.0
)


def test_the_names_in_the_configuration_are_those_of_the_table() -> None:
    assert tuple(LOSSES) == config.LOSSES


@pytest.mark.parametrize(
    ("name", "of_critic", "of_generator"),
    [
        ("wasserstein", -0.5 - 1.75, 0.5),
        ("hinge", (0.0 + 0.5) / 2.0 + (2.0 + 0.0) / 2.0, 0.5),
        ("nonsaturating", CROSS_ENTROPIES, -(math.log(chance(1.0)) + math.log(chance(-2.0))) / 2.0),
        ("classic", CROSS_ENTROPIES, (math.log(1.0 - chance(1.0)) + math.log(1.0 - chance(-2.0))) / 2.0),
    ],
)
def test_a_loss_is_its_formula(name: str, of_critic: float, of_generator: float) -> None:
    loss = LOSSES[name]
    assert float(loss.critic(REAL_SCORES, FAKE_SCORES)) == pytest.approx(of_critic, rel=1e-6)
    assert float(loss.generator(FAKE_SCORES)) == pytest.approx(of_generator, rel=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_the_critic_wants_real_above_fake_and_the_generator_the_reverse(name: str) -> None:
    real, fake = torch.zeros(1, 3, requires_grad=True), torch.zeros(1, 3, requires_grad=True)
    torch.autograd.backward(LOSSES[name].critic(real, fake))
    assert real.grad is not None
    assert fake.grad is not None
    assert bool((real.grad < 0).all())
    assert bool((fake.grad > 0).all())
    fake.grad = None
    torch.autograd.backward(LOSSES[name].generator(fake))
    assert fake.grad is not None
    assert bool((fake.grad < 0).all())


@pytest.mark.parametrize("name", LOSSES)
def test_scores_far_out_leave_a_loss_finite(name: str) -> None:
    far = torch.tensor([[1000.0, -1000.0]])
    assert bool(LOSSES[name].critic(far, far).isfinite())
    assert bool(LOSSES[name].generator(far).isfinite())


@pytest.mark.parametrize(("slope", "penalty"), [(1.0, 0.0), (3.0, 4.0), (0.5, 0.25)])
def test_the_penalty_of_a_linear_critic_is_its_weights_length_less_one_squared(slope: float, penalty: float) -> None:
    weight = torch.randn(24, generator=torch.Generator().manual_seed(0))
    weight *= slope / weight.norm()
    found = gradient_penalty(lambda x: x.flatten(1) @ weight[:, None], REAL, FAKE, mixing(0.1, 0.9))
    assert float(found) == pytest.approx(penalty, abs=1e-5)


def test_the_slope_is_that_of_the_sum_of_a_phrases_windows() -> None:
    weights = torch.zeros(24, 3)
    weights[0, 0], weights[1, 1], weights[1, 2] = 3.0, 1.5, 2.5  # their sum is (3, 4): 5 long
    found = gradient_penalty(lambda x: x.flatten(1) @ weights, REAL, FAKE, mixing(0.5, 0.5))
    assert float(found) == pytest.approx(16.0, rel=1e-5)


def test_each_phrase_is_measured_at_its_own_place_between_real_and_fake() -> None:
    # The slope of |x|^2 / 2 at x is |x|. Real cells are 1, fake ones 3 here: a quarter of the way they are 1.5.
    fake = 3.0 * torch.ones(SHAPE)

    def critic(x: Tensor) -> Tensor:
        return x.flatten(1).square().sum(1, keepdim=True) / 2

    at_real = (math.sqrt(24) - 1.0) ** 2
    found = [gradient_penalty(critic, REAL, fake, mixing(0.0, share)).detach() for share in (0.0, 0.25)]
    quarter = (1.5 * math.sqrt(24) - 1.0) ** 2
    assert found == pytest.approx([at_real, (at_real + quarter) / 2], rel=1e-5)


def test_a_critic_without_slope_is_penalised_by_one_and_has_a_gradient() -> None:
    layer = nn.Linear(24, 1)
    nn.init.zeros_(layer.weight)
    penalty = gradient_penalty(lambda x: layer(x.flatten(1)), REAL, FAKE, mixing(0.5, 0.5))
    assert float(penalty.detach()) == pytest.approx(1.0, abs=1e-3)
    torch.autograd.backward(penalty)
    assert layer.weight.grad is not None
    assert bool(layer.weight.grad.isfinite().all())


def test_the_penalty_pulls_a_steep_critic_down() -> None:
    layer = nn.Linear(24, 1)
    nn.init.constant_(layer.weight, 1.0)
    torch.autograd.backward(gradient_penalty(lambda x: layer(x.flatten(1)), REAL, FAKE, mixing(0.5, 0.5)))
    # d (|w| - 1)^2 / dw = 2 (|w| - 1) w / |w|
    assert layer.weight.grad is not None
    expected = torch.full((1, 24), 2 * (math.sqrt(24) - 1.0) / math.sqrt(24))
    torch.testing.assert_close(layer.weight.grad, expected)
