"""A listener tells what can be told, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from training.measures.real_or_generated import Examined, Listener, balanced_rate, second_half, telling_rate

SHAPE = (2, 16, 24, 2)


def notes(count: int, seed: int, length: int, songs: int | None = None) -> Examined:
    """Piano phrases whose notes are all `length` steps long, over one drum beat."""
    rng = np.random.default_rng(seed)
    cells = np.zeros((count, *SHAPE), dtype=np.bool_)
    cells[:, :, ::4, 3, 0] = True
    for phrase in range(count):
        for bar in range(SHAPE[0]):
            for first in range(0, 16, 4):
                cells[phrase, bar, first : first + length, rng.integers(6, 18), 1] = True
    return Examined(cells, np.arange(count) % (songs or count))


def test_long_notes_are_told_from_fragments_in_songs_that_were_not_heard() -> None:
    assert telling_rate(notes(40, 0, 4, songs=6), notes(40, 1, 1), (0,)) > 0.95


def test_what_is_alike_is_told_by_chance() -> None:
    rate = telling_rate(notes(60, 0, 2, songs=12), notes(60, 1, 2), (0,))
    assert 0.3 < rate < 0.7


def test_songs_learnt_by_heart_do_not_help() -> None:
    """Every song is a beat of its own, repeated: known songs could be told apart, others cannot."""
    rng = np.random.default_rng(5)

    def songs(first: int) -> Examined:
        beats = rng.random((10, 2, 16)) < 0.3
        cells = np.zeros((100, *SHAPE), dtype=np.bool_)
        song = np.arange(100) % 10
        cells[..., 5, 0] = beats[song]
        return Examined(cells, song + first)

    assert telling_rate(songs(0), songs(100), (0,)) < 0.8


def test_both_kinds_count_alike_however_many_there_are() -> None:
    assert balanced_rate([True] * 90, [False] * 4) == 0.5
    assert balanced_rate([True, True, True, False], [True]) == 0.875
    silent = Examined(np.zeros((4, *SHAPE), dtype=np.bool_), np.arange(4))
    assert telling_rate(silent, silent, (0,)) == 0.5  # nothing to go by


def test_it_says_the_same_every_time_and_leaves_the_random_numbers_alone() -> None:
    real, others = notes(20, 0, 3, songs=4), notes(20, 1, 2)
    torch.manual_seed(1)
    first = telling_rate(real, others, (0,))
    drawn = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(1), drawn)
    assert telling_rate(real, others, (0,)) == first


def test_fewer_than_two_songs_cannot_be_halved() -> None:
    one = notes(10, 0, 2, songs=1)
    assert math.isnan(telling_rate(one, notes(10, 1, 2), (0,)))
    assert math.isnan(telling_rate(notes(10, 1, 2), one, (0,)))
    none = Examined(np.zeros((0, *SHAPE), dtype=np.bool_), np.zeros(0, dtype=np.intp))
    assert math.isnan(telling_rate(none, none, (0,)))


@pytest.mark.parametrize("songs", [2, 3, 7])
def test_halves_share_no_song_and_neither_is_empty(songs: int) -> None:
    song = np.repeat(np.arange(songs), np.arange(1, songs + 1))
    second = second_half(song, np.random.default_rng(0))
    assert not set(song[second].tolist()) & set(song[~second].tolist())
    assert 0 < second.sum() < len(song)


def test_songs_of_one_length_are_halved_evenly() -> None:
    assert second_half(np.arange(10), np.random.default_rng(0)).sum() == 5


@pytest.mark.parametrize(
    ("pitches", "tracks", "time"), [(84, 5, 192), (24, 1, 16), (128, 12, 64), (13, 3, 1), (1, 1, 4)]
)
def test_a_listener_hears_any_shape(pitches: int, tracks: int, time: int) -> None:
    said = Listener(pitches, tracks).eval()(torch.zeros(3, tracks, time, pitches))
    assert said.shape == (3,)


def test_it_is_small() -> None:
    assert 20_000 < sum(weight.numel() for weight in Listener(84, 5).parameters()) < 50_000
