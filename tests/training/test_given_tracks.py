"""What an accompaniment plays to: one track of real phrases, always the same for the same number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from tests.training.conftest import phrase_set, random_cells
from training.data.phrases import PhraseBatches
from training.given_tracks import GivenTracks

SHAPE = (2, 4, 24, 3)
CELLS = random_cells(10, SHAPE, 0.2)
PITCHED = np.zeros(3, dtype=np.bool_)


def given(track: int | None, **changes: object) -> GivenTracks:
    """Of phrases 4 to 9."""
    data = phrase_set(CELLS, list(range(10)))
    batches = PhraseBatches(data, np.arange(4, 10), PITCHED, batch_size=2, seed=3, random_transpose=False)
    return GivenTracks(replace(batches, **changes), track)  # type: ignore[arg-type]


def test_the_track_is_that_of_the_index() -> None:
    roll = torch.randn(4, *SHAPE)
    for track in range(3):
        found = given(track).of(roll)
        assert found is not None
        assert found.shape == (4, 2, 4, 24)
        assert found.is_contiguous()
        assert torch.equal(found, roll[..., track])


def test_where_the_network_plays_without_none_come() -> None:
    assert given(None).of(torch.randn(4, *SHAPE)) is None
    assert given(None).draw(4, 0) is None


def test_drawn_tracks_are_those_of_the_phrases_that_are_trained_on() -> None:
    drawn = given(1).draw(6, 0)
    assert drawn is not None
    played = {row.tobytes() for row in (drawn.numpy() > 0)}
    assert played == {row.tobytes() for row in CELLS[4:, ..., 1]}
    assert set(np.unique(drawn.numpy()).tolist()) == {-1.0, 1.0}


def test_the_same_number_draws_the_same_and_another_another() -> None:
    one, same, other = (given(0).draw(4, number) for number in (2, 2, 3))
    assert one is not None
    assert same is not None
    assert other is not None
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_as_many_are_drawn_as_asked_for_untransposed_whatever_a_step_takes() -> None:
    plain = given(2).draw(5, 1)
    assert plain is not None
    assert len(plain) == 5
    # A process of several takes a share of a batch, in other keys; what it plays to for a sample is whole and the same.
    shared = given(2, random_transpose=True, share=(1, 2)).draw(5, 1)
    assert shared is not None
    assert torch.equal(shared, plain)


def test_more_may_be_drawn_than_there_are_phrases() -> None:
    drawn = given(0).draw(20, 0)
    assert drawn is not None
    assert len(drawn) == 20
