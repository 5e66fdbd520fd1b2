"""The losses against their formulas, and the gradient penalty on critics whose slope is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from training import config
from training.losses import LOSSES, PENALTIES, gradient_penalty, real_gradient_penalty
from training.networks.critics import DefaultCritic
from training.networks.grid import GridFactors
from training.networks.phrase_critic import PhraseCritic

SHAPE = (2, 2, 3, 4, 1)
REAL = torch.ones(SHAPE)
FAKE = -torch.ones(SHAPE)


class Critic(nn.Module):
    """A function of rolls as a critic."""

    def __init__(self, scores: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.scores = scores

    def forward(self, roll: Tensor) -> Tensor:
        return self.scores(roll)


def linear(weight: Tensor) -> Critic:
    """Whose slope is its weight, wherever it is asked."""
    return Critic(lambda x: x.flatten(1) @ weight.view(len(weight), -1))


def mixing(*shares: float) -> Tensor:
    return torch.tensor(shares).view(-1, 1, 1, 1, 1)


BOWL = Critic(lambda x: x.flatten(1).square().sum(1, keepdim=True) / 2)  # whose slope at x is |x|
REAL_SCORES, FAKE_SCORES = torch.tensor([[3.0, 0.5]]), torch.tensor([[1.0, -2.0]])


def chance(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-score))


CROSS_ENTROPIES = (
    -(math.log(chance(3.0)) + math.log(chance(0.5))) / 2.0
    - (math.log(1.0 - chance(1.0)) + math.log(1.0 - chance(-2.0))) / 2.0
)


def test_the_names_in_the_configuration_are_those_of_the_tables() -> None:
    assert tuple(LOSSES) == config.LOSSES
    assert tuple(PENALTIES) == config.PENALTIES
    assert PENALTIES["wasserstein"] is gradient_penalty
    assert PENALTIES["r1"] is real_gradient_penalty


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
    found = gradient_penalty(linear(weight), REAL, FAKE, mixing(0.1, 0.9))
    assert float(found) == pytest.approx(penalty, abs=1e-5)


def test_the_slope_is_that_of_the_sum_of_a_phrases_windows() -> None:
    weights = torch.zeros(24, 3)
    weights[0, 0], weights[1, 1], weights[1, 2] = 3.0, 1.5, 2.5  # their sum is (3, 4): 5 long
    found = gradient_penalty(linear(weights), REAL, FAKE, mixing(0.5, 0.5))
    assert float(found) == pytest.approx(16.0, rel=1e-5)


def test_each_phrase_is_measured_at_its_own_place_between_real_and_fake() -> None:
    # The slope of |x|^2 / 2 at x is |x|. Real cells are 1, fake ones 3 here: a quarter of the way they are 1.5.
    fake = 3.0 * torch.ones(SHAPE)

    at_real = (math.sqrt(24) - 1.0) ** 2
    found = [gradient_penalty(BOWL, REAL, fake, mixing(0.0, share)).detach() for share in (0.0, 0.25)]
    quarter = (1.5 * math.sqrt(24) - 1.0) ** 2
    assert found == pytest.approx([at_real, (at_real + quarter) / 2], rel=1e-5)


def test_a_critic_without_slope_is_penalised_by_one_and_has_a_gradient() -> None:
    layer = nn.Linear(24, 1)
    nn.init.zeros_(layer.weight)
    penalty = gradient_penalty(Critic(lambda x: layer(x.flatten(1))), REAL, FAKE, mixing(0.5, 0.5))
    assert float(penalty.detach()) == pytest.approx(1.0, abs=1e-3)
    torch.autograd.backward(penalty)
    assert layer.weight.grad is not None
    assert bool(layer.weight.grad.isfinite().all())


def test_the_penalty_pulls_a_steep_critic_down() -> None:
    layer = nn.Linear(24, 1)
    nn.init.constant_(layer.weight, 1.0)
    torch.autograd.backward(gradient_penalty(Critic(lambda x: layer(x.flatten(1))), REAL, FAKE, mixing(0.5, 0.5)))
    # d (|w| - 1)^2 / dw = 2 (|w| - 1) w / |w|
    assert layer.weight.grad is not None
    expected = torch.full((1, 24), 2 * (math.sqrt(24) - 1.0) / math.sqrt(24))
    torch.testing.assert_close(layer.weight.grad, expected)


def test_the_slope_at_real_phrases_alone_is_squared_and_halved() -> None:
    real = torch.stack((torch.full(SHAPE[1:], 1.0), torch.full(SHAPE[1:], 3.0)))
    nowhere = torch.full(SHAPE, math.nan)
    found = real_gradient_penalty(BOWL, real, nowhere, mixing(math.nan, math.nan)).detach()
    assert float(found) == pytest.approx((24 * 1.0 + 24 * 9.0) / 2 / 2, rel=1e-6)


@pytest.mark.parametrize("slope", [0.0, 1.0, 3.0])
def test_a_linear_critic_has_half_of_its_weights_squared_length_at_real_phrases(slope: float) -> None:
    weight = torch.randn(24, generator=torch.Generator().manual_seed(0))
    weight *= slope / weight.norm()
    found = real_gradient_penalty(linear(weight), REAL, FAKE, mixing(0.5, 0.5))
    assert float(found) == pytest.approx(slope**2 / 2, abs=1e-5)


def test_a_flat_critic_is_not_penalised_at_real_phrases() -> None:
    layer = nn.Linear(24, 1)
    nn.init.zeros_(layer.weight)
    penalty = real_gradient_penalty(Critic(lambda x: layer(x.flatten(1))), REAL, FAKE, mixing(0.5, 0.5))
    assert float(penalty.detach()) == 0.0
    torch.autograd.backward(penalty)
    assert layer.weight.grad is not None
    assert not bool(layer.weight.grad.any())


def test_at_real_phrases_a_critics_weights_are_pulled_to_zero() -> None:
    layer = nn.Linear(24, 1)
    torch.autograd.backward(real_gradient_penalty(Critic(lambda x: layer(x.flatten(1))), REAL, FAKE, mixing(0.5, 0.5)))
    torch.testing.assert_close(layer.weight.grad, layer.weight.detach())  # d (|w|^2 / 2) / dw = w


GRID = GridFactors(bars=3, coarse_time=2, fine_time=2, finest_time=2, coarse_pitch=1, bands=2, left_out=4)
ONE_BAR = GridFactors(bars=1, coarse_time=2, fine_time=2, finest_time=2, coarse_pitch=1, bands=2, left_out=4)


def a_critic(kind: Callable[[int, GridFactors], nn.Module], grid: GridFactors) -> nn.Module:
    torch.manual_seed(0)
    critic = kind(2, grid)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return critic.double()


def phrases(grid: GridFactors) -> tuple[Tensor, Tensor, Tensor]:
    """Real ones, generated ones, and where between them."""
    source = torch.Generator().manual_seed(1)
    shape = (4, grid.bars, grid.steps, grid.pitches, 2)
    real = torch.randn(shape, generator=source).sign().double()
    fake = torch.tanh(torch.randn(shape, generator=source)).double()
    return real, fake, torch.rand(4, 1, 1, 1, 1, generator=source).double()


def slopes(scores: Callable[[Tensor], Tensor], at: Tensor) -> Tensor:
    """|d of the summed scores of a phrase / d its cells|, plainly."""
    at = at.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(scores(at).sum(), at)
    lengths: Tensor = gradient.flatten(1).norm(dim=1)
    return lengths


def plain_penalty(name: str, scores: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor) -> float:
    if name == "r1":
        return float(slopes(scores, real).square().mean() / 2)
    return float((slopes(scores, real + mix * (fake - real)) - 1.0).square().mean())


@pytest.mark.parametrize("name", PENALTIES)
def test_a_critic_of_several_judges_is_penalised_for_each_by_itself(name: str) -> None:
    critic = a_critic(PhraseCritic, GRID)
    assert isinstance(critic, PhraseCritic)
    real, fake, mix = phrases(GRID)
    found = float(PENALTIES[name](critic, real, fake, mix).detach())

    def of_judge(judge: int) -> Callable[[Tensor], Tensor]:
        return lambda roll: critic.verdicts(roll)[judge]

    each = [plain_penalty(name, of_judge(judge), real, fake, mix) for judge in range(2)]
    assert min(each) > 1e-4
    assert found == pytest.approx(sum(each), rel=1e-5)
    together = plain_penalty(name, critic, real, fake, mix)
    assert together != pytest.approx(found, rel=1e-3), "one slope of all the scores would be another penalty"


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize(
    ("kind", "grid"), [(DefaultCritic, GRID), (PhraseCritic, ONE_BAR)], ids=["the default critic", "phrases of one bar"]
)
def test_with_one_judge_the_penalty_is_that_of_all_its_scores(
    name: str, kind: Callable[[int, GridFactors], nn.Module], grid: GridFactors
) -> None:
    critic = a_critic(kind, grid)
    real, fake, mix = phrases(grid)
    found = float(PENALTIES[name](critic, real, fake, mix).detach())
    assert found == pytest.approx(plain_penalty(name, critic, real, fake, mix), rel=1e-4)


@pytest.mark.parametrize("name", PENALTIES)
def test_every_judge_learns_from_the_penalty(name: str) -> None:
    critic = a_critic(PhraseCritic, GRID)
    torch.autograd.backward(PENALTIES[name](critic, *phrases(GRID)))
    flat = ("bias", "score", "phrase_score", "window_score")  # a bias at the end has no slope
    moved = {entry.split(".")[1] for entry, weight in critic.named_parameters() if weight.grad is not None}
    assert moved == {"0", "1"}
    for entry, weight in critic.named_parameters():
        if not entry.endswith(flat):
            assert weight.grad is not None, entry
            assert bool(weight.grad.isfinite().all()), entry
            assert bool(weight.grad.any()), entry


@pytest.mark.parametrize("name", PENALTIES)
def test_measuring_leaves_the_phrases_without_a_gradient(name: str) -> None:
    real, fake = REAL.clone(), FAKE.clone().requires_grad_()
    torch.autograd.backward(PENALTIES[name](BOWL, real, fake, mixing(0.5, 0.5)))
    assert not real.requires_grad
    assert real.grad is None
    assert fake.grad is None, "a penalty is nothing that a generator learns from"
