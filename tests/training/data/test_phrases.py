"""Batches of phrases: no song on both sides, the same batch for the same step, each phrase once a pass."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.conftest import phrase_set, random_cells
from training.data.phrases import PhraseBatches, Prefetch, split_by_song, track_weights, transpose

SHAPE = (1, 4, 24, 3)
DRUMS_FIRST = np.array([True, False, False])


def batches_of(count: int, batch_size: int, random_transpose: bool = False, seed: int = 0) -> PhraseBatches:
    """Phrases that can be told apart: phrase n is the binary digits of n + 1 in the first pitches of the drums."""
    cells = np.zeros((count, *SHAPE), dtype=np.bool_)
    for number in range(count):
        cells[number, 0, 0, :8, 0] = [bool(number + 1 >> bit & 1) for bit in range(8)]
        cells[number, 0, 1, 12, 1:] = True
    data = phrase_set(cells, song=list(range(count)))
    return PhraseBatches(data, np.arange(count), DRUMS_FIRST, batch_size, seed, random_transpose)


def numbers(batch: NDArray[np.float32]) -> list[int]:
    """Which phrases these are."""
    digits = batch[:, 0, 0, :8, 0] > 0
    return [int(row @ (1 << np.arange(8))) - 1 for row in digits]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 0.99])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_split_has_every_phrase_once_and_no_song_on_both_sides(share: float, seed: int) -> None:
    song = [0, 0, 0, 1, 2, 2, 2, 2, 3, 3, 4, 5, 5, 6, 7, 7, 7, 8, 9, 9]
    data = phrase_set(random_cells(len(song), SHAPE), song)
    split = split_by_song(data, share, seed)
    assert sorted([*split.training, *split.validation]) == list(range(len(song)))
    training, validation = set(data.song[split.training].tolist()), set(data.song[split.validation].tolist())
    assert not training & validation
    assert len(validation) == min(round(10 * share), 9)


def test_a_split_follows_from_its_seed() -> None:
    data = phrase_set(random_cells(20, SHAPE), list(range(20)))
    first, again, other = (split_by_song(data, 0.5, seed).validation.tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_only_song_is_trained_on() -> None:
    data = phrase_set(random_cells(3, SHAPE), [0, 0, 0])
    assert split_by_song(data, 0.9, 0).training.tolist() == [0, 1, 2]


def test_a_batch_is_minus_one_for_silence_and_one_for_sound() -> None:
    cells = random_cells(4, SHAPE)
    batches = PhraseBatches(phrase_set(cells, [0, 1, 2, 3]), np.array([2]), DRUMS_FIRST, 1, 0, False)
    batch = batches.batch(0)
    assert batch.dtype == np.float32
    np.testing.assert_array_equal(batch[0], np.where(cells[2], 1.0, -1.0))


@pytest.mark.parametrize(("count", "batch_size", "steps"), [(12, 4, 3), (10, 4, 5), (3, 8, 3), (7, 7, 2)])
def test_each_pass_has_every_phrase_once_in_its_own_order(count: int, batch_size: int, steps: int) -> None:
    batches = batches_of(count, batch_size)
    drawn = [number for step in range(steps) for number in numbers(batches.batch(step))]
    passes = [drawn[first : first + count] for first in range(0, len(drawn) - count + 1, count)]
    assert all(sorted(one_pass) == list(range(count)) for one_pass in passes)
    assert len(passes) == 1 or passes[0] != passes[1]


@pytest.mark.parametrize("weighted", [False, True])
def test_the_batch_of_a_step_is_always_the_same_whatever_came_before(weighted: bool) -> None:
    batches = batches_of(20, 6, random_transpose=True)
    if weighted:
        batches = replace(batches, weights=np.full(20, 1 / 20))
    later = batches.batch(7)
    batches.batch(3)
    np.testing.assert_array_equal(batches.batch(7), later)
    assert not np.array_equal(batches.batch(8), later)
    assert not np.array_equal(replace(batches, seed=1).batch(7), later)


def test_drums_keep_their_pitches_while_the_other_tracks_move_together() -> None:
    batches = batches_of(100, 100, random_transpose=True)
    batch = batches.batch(0) > 0
    assert sorted(numbers(batches.batch(0))) == list(range(100))  # read from the drums
    pitches = batch[:, 0, 1, :, 1:].argmax(axis=1)
    np.testing.assert_array_equal(pitches[:, 0], pitches[:, 1])
    assert set((pitches[:, 0] - 12).tolist()) == set(range(-5, 7))  # each key


def test_a_phrase_comes_back_in_another_key() -> None:
    alone = batches_of(1, 1, random_transpose=True)
    assert len({int(alone.batch(step)[0, 0, 1, :, 1].argmax()) for step in range(40)}) > 6


@pytest.mark.parametrize(("shift", "expected"), [(0, [0, 3, 5]), (2, [2, 5]), (-3, [0, 2]), (-1, [2, 4]), (5, [5])])
def test_what_leaves_the_range_falls_off_and_nothing_wraps(shift: int, expected: list[int]) -> None:
    cells = np.zeros((1, 1, 6, 2), dtype=np.bool_)
    cells[0, 0, [0, 3, 5]] = True
    moved = transpose(cells, shift, np.array([True, False]))
    assert np.flatnonzero(moved[0, 0, :, 0]).tolist() == [0, 3, 5], "the drums moved"
    assert np.flatnonzero(moved[0, 0, :, 1]).tolist() == expected


def test_transposing_changes_no_time() -> None:
    cells = random_cells(1, (2, 8, 24, 3), 0.3)[0]
    cells[:, :, :6] = cells[:, :, -6:] = False
    moved = transpose(cells, 4, DRUMS_FIRST)
    np.testing.assert_array_equal(moved.sum(axis=2), cells.sum(axis=2))
    np.testing.assert_array_equal(transpose(moved, -4, DRUMS_FIRST), cells)


def test_silence_stays_silence_when_transposed() -> None:
    silent = phrase_set(np.zeros((4, *SHAPE), dtype=np.bool_), [0, 0, 1, 1])
    batch = PhraseBatches(silent, np.arange(4), DRUMS_FIRST, 32, 0, True).batch(0)
    assert batch.shape == (32, *SHAPE)
    assert (batch == -1.0).all()


def test_a_phrase_weighs_as_much_as_its_tracks_are_rare() -> None:
    cells = np.zeros((4, *SHAPE), dtype=np.bool_)
    cells[:, 0, 0, 0, 0] = True  # the drums play in all phrases
    cells[0, 0, 0, 0, 1] = True  # the second track in one of four
    weights = track_weights(phrase_set(cells, [0, 1, 2, 3]), np.arange(4))
    np.testing.assert_allclose(weights, np.array([1 + 4, 1, 1, 1]) / 8)


def test_weights_go_by_the_phrases_that_are_trained_on() -> None:
    cells = np.zeros((4, *SHAPE), dtype=np.bool_)
    cells[:, 0, 0, 0, 0] = True
    cells[2:, 0, 0, 0, 1] = True
    weights = track_weights(phrase_set(cells, [0, 1, 2, 3]), np.array([1, 2]))
    np.testing.assert_allclose(weights, np.array([1, 1 + 2]) / 4)


def test_weighted_phrases_are_drawn_as_often_as_they_weigh() -> None:
    batches = replace(batches_of(4, 2000), weights=np.array([0.7, 0.3, 0.0, 0.0]))
    drawn = np.bincount(numbers(batches.batch(0)), minlength=4) / 2000
    np.testing.assert_allclose(drawn, [0.7, 0.3, 0.0, 0.0], atol=0.04)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("random_transpose", [False, True])
def test_the_shares_of_several_processes_are_the_rows_of_the_whole_batch(
    random_transpose: bool, weighted: bool
) -> None:
    whole = batches_of(20, 12, random_transpose)
    if weighted:
        whole = replace(whole, weights=np.arange(20) / np.arange(20).sum())
    for step in (0, 1, 5):  # the second pass begins in the middle of a batch
        shares = [replace(whole, share=(first, first + 3)).batch(step) for first in range(0, 12, 3)]
        assert all(share.shape == (3, *SHAPE) for share in shares)
        np.testing.assert_array_equal(np.concatenate(shares), whole.batch(step))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_batches_prepared_ahead_come_in_order_from_the_first_asked(threads: int) -> None:
    prefetch = Prefetch(lambda step: np.full(1, step, dtype=np.float32), first=5, threads=threads)
    with closing(prefetch):
        assert [int(prefetch.take()[0]) for _ in range(20)] == list(range(5, 25))


def test_they_come_in_order_also_when_a_later_one_is_ready_first() -> None:
    others_done = threading.Event()

    def batch(step: int) -> NDArray[np.float32]:
        if step == 0:
            assert others_done.wait(10), "nothing else was prepared meanwhile"
        if step == 2:
            others_done.set()
        return np.full(1, step, dtype=np.float32)

    prefetch = Prefetch(batch, first=0, threads=2)
    with closing(prefetch):
        assert [int(prefetch.take()[0]) for _ in range(4)] == [0, 1, 2, 3]


def test_each_batch_is_prepared_once_and_no_more_than_one_lies_ready_beside_the_threads() -> None:
    asked: list[int] = []

    def batch(step: int) -> NDArray[np.float32]:
        asked.append(step)
        return np.full(1, step, dtype=np.float32)

    prefetch = Prefetch(batch, first=0, threads=3)
    for _ in range(5):
        prefetch.take()
    prefetch.close()
    assert sorted(asked) == sorted(set(asked))
    assert max(asked) < 5 + 3 + 1


@pytest.mark.parametrize("threads", [1, 4])
def test_closing_ends_the_threads_and_what_has_not_begun(threads: int) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()
    asked: list[int] = []

    def batch(step: int) -> NDArray[np.float32]:
        asked.append(step)
        begun.release()
        assert go_on.wait(10)
        return np.full(1, step, dtype=np.float32)

    prefetch = Prefetch(batch, first=0, threads=threads)
    assert all(begun.acquire(timeout=10) for _ in range(threads)), "not all threads work"
    threading.Timer(0.3, go_on.set).start()  # close() waits for the batches that are being made
    prefetch.close()
    assert go_on.is_set()
    assert sorted(asked) == list(range(threads)), "a batch was begun after closing"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("phrases")]


def test_the_next_batch_is_prepared_while_this_one_is_used() -> None:
    prepared = threading.Semaphore(0)

    def batch(step: int) -> NDArray[np.float32]:
        prepared.release()
        return np.full(1, step, dtype=np.float32)

    prefetch = Prefetch(batch, first=0)
    prefetch.take()
    assert all(prepared.acquire(timeout=10) for _ in range(2)), "the second batch was not begun"
    prefetch.close()


def test_a_batch_that_fails_says_so_when_it_is_taken() -> None:
    def batch(step: int) -> NDArray[np.float32]:
        raise ValueError(f"no batch {step}")

    prefetch = Prefetch(batch, first=3)
    with pytest.raises(ValueError, match="no batch 3"):
        prefetch.take()
    prefetch.close()
