from __future__ import annotations

import torch

from training.networks.grid import GridFactors
from training.networks.phrase_critic import PhraseCritic

GRID = GridFactors(bars=4, coarse_time=2, fine_time=2, finest_time=2, coarse_pitch=1, bands=2, left_out=4)
SHAPE = (4, 8, 20, 3)


def a_critic() -> PhraseCritic:
    torch.manual_seed(0)
    critic = PhraseCritic(3, GRID)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return critic.double()


def test_it_scores_each_two_bars_and_the_whole_phrase() -> None:
    assert a_critic()(torch.randn(5, *SHAPE).double()).shape == (5, 4)


def test_the_last_score_alone_hears_bars_that_are_far_apart_together() -> None:
    # How a change in the first bar is judged depends on the last bar only in the phrase's score.
    critic, rolls = a_critic(), torch.randn(2, *SHAPE).double()
    rolls[1] = rolls[0]
    first = torch.randn(8, 20, 3).double()
    last = torch.randn(8, 20, 3).double()

    def difference(with_last: bool) -> torch.Tensor:
        before = rolls.clone()
        if with_last:
            before[:, 3] = last
        after = before.clone()
        after[:, 0] = first
        scores: torch.Tensor = critic(after) - critic(before)
        return scores[0].detach()

    change = (difference(True) - difference(False)).abs()
    assert float(change[:3].max()) < 1e-12
    assert float(change[3]) > 1e-6


def test_a_batch_in_which_all_phrases_are_one_is_scored_otherwise() -> None:
    critic, roll = a_critic(), torch.randn(1, *SHAPE).double()
    alone = critic(roll.expand(3, -1, -1, -1, -1))
    among_others = critic(torch.cat((roll, torch.randn(2, *SHAPE).double())))
    torch.testing.assert_close(alone[0, :3], among_others[0, :3])
    assert abs(float((alone[0, 3] - among_others[0, 3]).detach())) > 1e-6


def test_equal_phrases_leave_the_gradient_finite() -> None:
    roll = torch.ones(3, *SHAPE).double().requires_grad_()
    (gradient,) = torch.autograd.grad(a_critic()(roll).sum(), roll, create_graph=True)
    torch.autograd.backward(gradient.square().sum())
    assert roll.grad is not None
    assert bool(roll.grad.isfinite().all())
