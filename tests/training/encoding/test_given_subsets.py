"""Which tracks an encoder is given while it learns."""

from __future__ import annotations

import pytest
import torch

from training.encoding.given_subsets import draw_given


def test_at_least_one_track_is_given_and_any_may_be() -> None:
    given = draw_given(2000, 5, 0.5, (1,))
    assert given.shape == (2000, 5)
    assert set(given.flatten().tolist()) == {0.0, 1.0}
    counts = given.sum(1)
    assert counts.min() == 1
    assert set(counts.tolist()) == {1.0, 2.0, 3.0, 4.0, 5.0}
    assert given[counts == 1].mean(0).tolist() == pytest.approx([0.2] * 5, abs=0.06)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_all_are_given_as_often_as_asked_and_one_alone_in_half_of_the_rest(share: float) -> None:
    counts = draw_given(4000, 5, share, (2,)).sum(1)
    by_chance = (1.0 - share) / 2
    assert (counts == 5).float().mean() == pytest.approx(share + by_chance / 16, abs=0.03)
    assert (counts == 1).float().mean() == pytest.approx(by_chance + by_chance / 16, abs=0.03)


def test_the_same_seed_draws_the_same() -> None:
    assert torch.equal(draw_given(50, 3, 0.3, (1, 2)), draw_given(50, 3, 0.3, (1, 2)))
    assert not torch.equal(draw_given(50, 3, 0.3, (1, 2)), draw_given(50, 3, 0.3, (1, 3)))


def test_a_lone_track_is_always_given() -> None:
    assert bool((draw_given(20, 1, 0.0, (1,)) == 1.0).all())
