"""What a critic hears instead of a phrase, against a plain account of the same changes."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from training.augmentation import augmented

BARS, STEPS, PITCHES, TRACKS = 3, 2, 30, 3
ALWAYS = 1.0
Change = tuple[int, int, int]  # the first bar, the silent track, the shift in semitones


def phrases(count: int) -> Tensor:
    """In which no cell is like another, nor silent."""
    source = torch.Generator().manual_seed(0)
    return torch.rand(count, BARS, STEPS, PITCHES, TRACKS, generator=source, dtype=torch.float64) * 1.8 - 0.9


def changed(phrase: Tensor, change: Change) -> Tensor:
    """One phrase (bars, steps, pitches, tracks), cell by cell."""
    first, silent, shift = change
    bars, _, pitches, tracks = phrase.shape
    after = torch.full_like(phrase, -1.0)
    for bar, pitch, track in itertools.product(range(bars), range(pitches), range(tracks)):
        source = pitch - (shift if track else 0)
        if track != silent and 0 <= source < pitches:
            after[bar, :, pitch, track] = phrase[(bar + first) % bars, :, source, track]
    return after


def changes_of(before: Tensor, after: Tensor) -> list[Change]:
    """What was done to each phrase: exactly one of all that can be."""
    possible = list(itertools.product(range(BARS), range(TRACKS), (-12, 12)))
    found = []
    for one, other in zip(before, after, strict=True):
        matching = [change for change in possible if torch.equal(changed(one, change), other)]
        assert len(matching) == 1, f"{len(matching)} of the changes explain what is heard"
        found += matching
    return found


def after(roll: Tensor, probability: float, seed: int = 1) -> Tensor:
    torch.manual_seed(seed)
    return augmented(roll, probability)


def test_at_a_probability_of_zero_the_phrases_are_what_they_were() -> None:
    roll = phrases(4)
    assert augmented(roll, 0.0) is roll


def test_at_a_probability_of_zero_no_chance_is_taken() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    augmented(phrases(2), 0.0)
    assert torch.equal(torch.rand(1), expected)


def test_each_phrase_has_its_bars_turned_a_track_silent_and_an_octave_gone_up_or_down() -> None:
    before = phrases(100)
    seen = changes_of(before, after(before, ALWAYS))
    assert {first for first, _, _ in seen} == set(range(BARS))
    assert {silent for _, silent, _ in seen} == set(range(TRACKS))
    assert {shift for _, _, shift in seen} == {-12, 12}


def test_real_and_generated_phrases_are_changed_alike() -> None:
    # What is changed hangs on chance alone, never on what is played.
    real, fake = phrases(20), phrases(20).flip(0)
    assert changes_of(real, after(real, ALWAYS)) == changes_of(fake, after(fake, ALWAYS))


def test_a_silent_track_is_silent_in_every_cell() -> None:
    heard = after(phrases(50), ALWAYS)
    silent = (heard == -1.0).flatten(1, 3).all(1)  # (phrases, tracks)
    assert silent.sum(1).tolist() == [1] * 50


def test_drums_never_change_octave() -> None:
    before = phrases(50)
    drums = after(before, ALWAYS)[..., 0]
    turned = [torch.stack([phrase.roll(-first, 0) for first in range(BARS)]) for phrase in before[..., 0]]
    played = [number for number in range(50) if bool((drums[number] > -1.0).any())]
    assert len(played) > 20
    for number in played:
        assert bool((turned[number] == drums[number]).flatten(1).all(1).any())


@pytest.mark.parametrize("probability", [0.2, 0.7])
def test_each_change_comes_as_often_as_asked_for(probability: float) -> None:
    count, bars, tracks = 4000, 2, 3
    roll = torch.ones(count, bars, 1, 13, tracks)
    roll[:, 0] = 0.5
    heard = after(roll, probability)
    silent = (heard == -1.0).flatten(1, 3).all(1)
    turned = heard[:, 0].amax((1, 2, 3)) > 0.5
    guitar = heard[..., 2][~silent[:, 2]]
    shifted = (guitar == -1.0).flatten(1).any(1)
    assert float(silent.any(1).float().mean()) == pytest.approx(probability, abs=0.03)
    assert float(shifted.float().mean()) == pytest.approx(probability, abs=0.03)
    # Half of those that may turn begin with their own first bar.
    assert float(turned.float().mean()) == pytest.approx(probability / 2, abs=0.03)


def test_one_change_says_nothing_about_another() -> None:
    heard = after(torch.zeros(4000, 1, 1, 13, 2), 0.5)
    without_drums = (heard[..., 0] == -1.0).flatten(1).all(1)
    shifted = (heard[..., 1] == -1.0).flatten(1).any(1)
    assert float(shifted[without_drums].float().mean()) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1, 1), (2, 1, 4, 5, 1), (3, 4, 8, 24, 5), (0, 4, 8, 24, 5)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_shape_and_precision_stay(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    heard = after(torch.zeros(shape, dtype=dtype), ALWAYS)
    assert heard.shape == shape
    assert heard.dtype == dtype


def test_within_less_than_an_octave_what_is_shifted_falls_off() -> None:
    heard = after(torch.ones(8, 2, 2, 7, 3), ALWAYS)
    assert bool((heard[..., 1:] == -1.0).all())


def test_the_phrases_themselves_are_left_alone() -> None:
    roll = phrases(4)
    after(roll, ALWAYS)
    assert torch.equal(roll, phrases(4))


@pytest.mark.parametrize("probability", [0.5, ALWAYS])
def test_the_gradient_goes_back_where_each_cell_came_from(probability: float) -> None:
    # What is heard is linear in what was played, but for the silence: <gradient, x> = <listener, heard(x) - heard(0)>.
    roll = phrases(6).requires_grad_()
    heard = after(roll, probability)
    listener = torch.randn(heard.shape, generator=torch.Generator().manual_seed(2), dtype=heard.dtype)
    (gradient,) = torch.autograd.grad((heard * listener).sum(), roll)
    moved = (listener * (heard - after(torch.zeros_like(roll), probability))).sum()
    torch.testing.assert_close((gradient * roll).sum(), moved)
    assert bool(gradient.flatten(1).any(1).all()), "every phrase has something to learn"


def test_a_silent_track_has_no_gradient() -> None:
    roll = phrases(10).requires_grad_()
    heard = after(roll, ALWAYS)
    (gradient,) = torch.autograd.grad(heard.sum(), roll)
    silent = (heard == -1.0).flatten(1, 3).all(1)
    assert not bool(gradient.permute(0, 4, 1, 2, 3)[silent].any())
    assert bool(gradient.permute(0, 4, 1, 2, 3)[~silent].flatten(1).any(1).all())
