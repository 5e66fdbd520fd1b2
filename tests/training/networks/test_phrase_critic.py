from __future__ import annotations

import copy
import itertools
from dataclasses import replace
from typing import cast

import pytest
import torch
from torch import Tensor

from training.networks.grid import GridFactors
from training.networks.phrase_critic import MusicJudge, PhraseCritic

GRID = GridFactors(bars=4, coarse_time=2, fine_time=2, finest_time=2, coarse_pitch=1, bands=2, left_out=4)
SHAPE = (4, 8, 20, 3)


def a_critic() -> PhraseCritic:
    torch.manual_seed(0)
    critic = PhraseCritic(3, GRID)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return critic.double()


def test_it_scores_each_two_bars_the_whole_phrase_and_what_its_bars_repeat() -> None:
    assert a_critic()(torch.randn(6, *SHAPE).double()).shape == (6, 5)


@pytest.mark.parametrize(("bars", "scores"), [(1, 2), (2, 3), (3, 4), (6, 7)])
def test_a_phrase_of_one_bar_has_no_judge_of_repeats(bars: int, scores: int) -> None:
    critic = PhraseCritic(3, replace(GRID, bars=bars))
    found = critic(torch.randn(2, bars, *SHAPE[1:]))
    assert found.shape == (2, scores)
    assert len(critic.judges) == (1 if bars == 1 else 2)


def test_the_scores_are_the_verdicts_of_both_judges_side_by_side() -> None:
    critic, rolls = a_critic(), torch.randn(3, *SHAPE).double()
    music, repeats = critic.verdicts(rolls)
    assert (music.shape, repeats.shape) == ((3, 4), (3, 1))
    assert torch.equal(critic(rolls), torch.cat((music, repeats), dim=1))


def test_what_is_above_the_pitches_is_silent() -> None:
    critic, rolls = a_critic(), torch.randn(3, *SHAPE).double()
    whole = PhraseCritic(3, replace(GRID, left_out=0)).double()
    whole.load_state_dict(critic.state_dict())
    silence = torch.full((3, 4, 8, 4, 3), -1.0, dtype=torch.float64)
    torch.testing.assert_close(critic(rolls), whole(torch.cat((rolls, silence), dim=3)))


def test_its_state_is_its_weights_alone() -> None:
    critic = a_critic()
    assert set(critic.state_dict()) == {name for name, _ in critic.named_parameters()}


def test_pitch_classes_are_summed_over_octaves_and_over_the_steps_of_each_beat() -> None:
    judge = cast(MusicJudge, a_critic().judges[0])
    roll = torch.randn(2, 4, 8, 24, 3).double()
    expected = torch.zeros(2, 4, 2, 12, 3).double()
    for step, pitch, track in itertools.product(range(8), range(24), range(3)):
        sounding = (roll[:, :, step, pitch, track] + 1.0) / 2.0
        expected[:, :, step // 4, pitch % 12, track] += sounding / 4.0  # in beats, of four steps
    beats = ((roll + 1.0) / 2.0).reshape(2, 4, 2, -1)
    torch.testing.assert_close((beats @ judge.to_chroma).view(2, 4, 2, 12, 3), expected)
    bars = judge.chroma[1](judge.chroma[0](expected.flatten(3)).flatten(2))
    torch.testing.assert_close(judge._chroma(roll), bars)


def test_chroma_hears_no_octaves_and_the_rest_of_the_judge_does() -> None:
    judge = cast(MusicJudge, a_critic().judges[0])
    low = torch.full((1, 4, 8, 24, 3), -1.0).double()
    high = low.clone()
    low[:, 1, 2:5, 3, 1], high[:, 1, 2:5, 15, 1] = 1.0, 1.0
    torch.testing.assert_close(judge._chroma(low), judge._chroma(high))
    assert not torch.allclose(judge(low), judge(high))


def test_the_phrases_scores_alone_hear_bars_that_are_far_apart_together() -> None:
    # How a change in the first bar is judged depends on the last bar only in the scores of phrase and repeats.
    critic, rolls = a_critic(), torch.randn(2, *SHAPE).double()
    rolls[1] = rolls[0]
    first = torch.randn(8, 20, 3).double()
    last = torch.randn(8, 20, 3).double()

    def difference(with_last: bool) -> Tensor:
        before = rolls.clone()
        if with_last:
            before[:, 3] = last
        after = before.clone()
        after[:, 0] = first
        scores: Tensor = critic(after) - critic(before)
        return scores[0].detach()

    change = (difference(True) - difference(False)).abs()
    assert float(change[:3].max()) < 1e-12
    assert float(change[3]) > 1e-6
    assert float(change[4]) > 1e-6


def test_a_batch_in_which_all_phrases_are_one_is_scored_otherwise_as_phrases_alone() -> None:
    critic, roll = a_critic(), torch.randn(1, *SHAPE).double()
    alone = critic(roll.expand(3, -1, -1, -1, -1))
    among_others = critic(torch.cat((roll, torch.randn(2, *SHAPE).double())))
    torch.testing.assert_close(alone[0, :3], among_others[0, :3])
    torch.testing.assert_close(alone[0, 4], among_others[0, 4])
    assert abs(float((alone[0, 3] - among_others[0, 3]).detach())) > 1e-6


def test_equal_phrases_leave_the_gradient_finite() -> None:
    roll = torch.ones(3, *SHAPE).double().requires_grad_()
    (gradient,) = torch.autograd.grad(a_critic()(roll).sum(), roll, create_graph=True)
    torch.autograd.backward(gradient.square().sum())
    assert roll.grad is not None
    assert bool(roll.grad.isfinite().all())


def test_silence_and_a_single_phrase_have_finite_scores_and_slopes() -> None:
    for level in (-1.0, 1.0):
        roll = torch.full((1, *SHAPE), level).double().requires_grad_()
        scores = a_critic()(roll)
        (gradient,) = torch.autograd.grad(scores.sum(), roll)
        assert bool(scores.isfinite().all())
        assert bool(gradient.isfinite().all())


def test_in_bfloat16_the_scores_are_near_and_in_single_precision() -> None:
    critic = copy.deepcopy(a_critic()).float()
    rolls = torch.randn(4, *SHAPE).sign()
    expected = critic(rolls)
    with torch.autocast("cpu", torch.bfloat16):
        scores = critic(rolls)
    assert scores.dtype == torch.float32
    torch.testing.assert_close(scores, expected, rtol=0.1, atol=0.1)
