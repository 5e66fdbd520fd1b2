"""The judge of repeats, against a plain count of what two bars have in common."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from training.networks.grid import GridFactors
from training.networks.repeat_judge import FARTHEST_REPEAT, PATCH_NOTE, RepeatJudge

GRID = GridFactors(bars=4, coarse_time=2, fine_time=3, finest_time=2, coarse_pitch=1, bands=2)
TRACKS = 3
PATCHES = list(itertools.product(range(GRID.coarse_time * GRID.fine_time), range(GRID.bands), range(TRACKS)))


def a_judge(grid: GridFactors = GRID) -> RepeatJudge:
    torch.manual_seed(0)
    judge = RepeatJudge(TRACKS, grid)
    with torch.no_grad():
        for parameter in judge.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return judge.double()


def phrases(count: int = 3, grid: GridFactors = GRID, seed: int = 1) -> Tensor:
    """On and off alone, a quarter of the cells on."""
    source = torch.Generator().manual_seed(seed)
    shape = (count, grid.bars, grid.steps, grid.made_pitches, TRACKS)
    return (torch.rand(shape, generator=source) < 0.25).double() * 2.0 - 1.0


def patch_of(bar: Tensor, patch: tuple[int, int, int]) -> Tensor:
    """A view of (..., steps, pitches, tracks): a part of a beat, an octave of one track."""
    part, band, track = patch
    time, pitch = GRID.finest_time, GRID.band_pitches
    return bar[..., part * time : (part + 1) * time, band * pitch : (band + 1) * pitch, track]


def plain_counts(roll: Tensor, one: int, other: int) -> tuple[Tensor, Tensor]:
    """(N, beats, parts, octaves, tracks) each: cells that sound in both bars, and in one of them alone."""
    shape = (len(roll), GRID.coarse_time, GRID.fine_time, GRID.bands, TRACKS)
    both, alone = torch.zeros(shape).double(), torch.zeros(shape).double()
    for part, band, track in PATCHES:
        first, second = (patch_of(roll[:, bar], (part, band, track)) > 0 for bar in (one, other))
        place = (slice(None), part // GRID.fine_time, part % GRID.fine_time, band, track)
        both[place] = (first & second).flatten(1).sum(1).double()
        alone[place] = (first ^ second).flatten(1).sum(1).double()
    return both, alone


def plain_score(judge: RepeatJudge, roll: Tensor) -> Tensor:
    """Every two bars at most FARTHEST_REPEAT apart, nearest first, cell by cell."""
    pairs = []
    for distance in range(1, FARTHEST_REPEAT + 1):
        for one in range(roll.shape[1] - distance):
            both, alone = plain_counts(roll, one, one + distance)
            beats = torch.cat((both.flatten(2), alone.flatten(2)), dim=2) / PATCH_NOTE
            pairs.append(judge.pair(judge.beat(beats).flatten(1)))
    score: Tensor = judge.phrase(torch.cat(pairs, dim=1)) @ judge.score
    return score


@pytest.mark.parametrize("bars", [2, 3, 4, 6])
def test_it_scores_what_each_two_bars_have_in_common_and_what_one_has_alone(bars: int) -> None:
    grid = replace(GRID, bars=bars)
    judge, rolls = a_judge(grid), phrases(3, grid)
    scores = judge(rolls)
    assert scores.shape == (3, 1)
    torch.testing.assert_close(scores, plain_score(judge, rolls))


def test_a_patch_is_a_part_of_a_beat_in_an_octave_of_one_track() -> None:
    judge = a_judge()
    cells = torch.randn(2, 4, GRID.steps, GRID.made_pitches, TRACKS).double()
    found = judge._per_patch(cells).view(2, 4, -1, GRID.bands, TRACKS)
    for part, band, track in PATCHES:
        plain = patch_of(cells, (part, band, track)).sum((2, 3)) / PATCH_NOTE
        torch.testing.assert_close(found[:, :, part, band, track], plain)


def test_every_cell_is_of_one_patch() -> None:
    to_patch = a_judge().to_patch
    assert to_patch.shape == (GRID.finest_time * GRID.made_pitches * TRACKS, GRID.bands * TRACKS)
    assert bool(((to_patch > 0).sum(1) == 1).all())
    assert set((to_patch > 0).sum(0).tolist()) == {GRID.finest_time * GRID.band_pitches}


def rearranged(roll: Tensor, alike: bool) -> Tensor:
    """The cells of every patch in another order: the same one in all bars, or one of each bar's own."""
    after, source = roll.clone(), torch.Generator().manual_seed(5)
    cells = GRID.finest_time * GRID.band_pitches
    for patch in PATCHES:
        order = torch.randperm(cells, generator=source)
        for bar in range(GRID.bars):
            if not alike:
                order = torch.randperm(cells, generator=source)
            before = patch_of(roll[:, bar], patch)
            patch_of(after[:, bar], patch)[:] = before.flatten(1)[:, order].view_as(before)
    return after


def test_it_hears_nothing_but_repetition() -> None:
    # Other notes at other times, the same ones in all bars: what the bars repeat of each other is what it was.
    judge, rolls = a_judge(), phrases()
    other = rearranged(rolls, alike=True)
    assert not torch.equal(other, rolls)
    torch.testing.assert_close(judge(other), judge(rolls))


def test_the_same_cells_in_another_order_in_each_bar_are_no_repetition() -> None:
    judge, rolls = a_judge(), phrases()
    rolls[:] = rolls[:, :1].clone()
    assert not torch.allclose(judge(rearranged(rolls, alike=False)), judge(rolls), rtol=1e-3)


def by_a_step(bar: Tensor) -> Tensor:
    return bar.roll(1, 1)


def by_a_semitone(bar: Tensor) -> Tensor:
    return bar.roll(1, 2)


def by_a_track(bar: Tensor) -> Tensor:
    return bar.roll(1, 3)


@pytest.mark.parametrize("shifted", [by_a_step, by_a_semitone, by_a_track])
@pytest.mark.parametrize("bar", range(GRID.bars))
def test_a_bar_that_comes_again_is_told_from_one_that_is_shifted(shifted: Callable[[Tensor], Tensor], bar: int) -> None:
    judge, rolls = a_judge(), phrases()
    rolls[:] = rolls[:, :1].clone()
    like = rolls.clone()
    like[:, bar] = shifted(rolls[:, bar])
    assert not torch.allclose(judge(like), judge(rolls), rtol=1e-3)


def test_which_bars_are_equal_is_heard() -> None:
    judge, bars = a_judge(), phrases()
    a, b = bars[:, 0], bars[:, 1]
    forms = [(a, a, b, b), (a, b, a, b), (a, b, b, a), (a, a, a, b)]
    scores = torch.cat([judge(torch.stack(form, dim=1)).detach() for form in forms], dim=1)
    for one, other in itertools.combinations(range(len(forms)), 2):
        assert not torch.allclose(scores[:, one], scores[:, other], rtol=1e-4), (one, other)


def test_each_phrase_is_judged_by_itself() -> None:
    judge, rolls = a_judge(), phrases(4)
    torch.testing.assert_close(judge(rolls)[2:3], judge(rolls[2:3]))


def test_silence_has_a_score_and_can_be_learned_from() -> None:
    judge = a_judge()
    roll = torch.full((2, 4, GRID.steps, GRID.made_pitches, TRACKS), -1.0).double().requires_grad_()
    score = judge(roll)
    (gradient,) = torch.autograd.grad(score.sum(), roll, create_graph=True)
    torch.autograd.backward(gradient.square().sum() + score.sum())
    assert bool(score.isfinite().all())
    assert all(weight.grad is not None and bool(weight.grad.isfinite().all()) for weight in judge.parameters())


def test_its_state_is_its_weights_alone() -> None:
    judge = a_judge()
    assert set(judge.state_dict()) == {name for name, _ in judge.named_parameters()}
