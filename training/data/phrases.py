"""Batches of training phrases. Which phrases a step gets follows from the seed and the step alone, so that a run
resumes exactly where it stopped without a saved state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.data.phrase_file import PhraseSet
from training.key_fit import HIGHEST_SHIFT, LOWEST_SHIFT
from training.sampling.latent_noise import hash_seed


@dataclass(frozen=True)
class Split:
    """Indices of the phrases to train on and of those held out; no song is in both."""

    training: NDArray[np.intp]
    validation: NDArray[np.intp]


def split_by_song(phrase_set: PhraseSet, validation_share: float, seed: int) -> Split:
    """Hold out a share of the songs (at least one song stays for training); at a share of 0 none."""
    songs = np.unique(phrase_set.song)
    held_out = min(round(len(songs) * validation_share), len(songs) - 1)
    chosen = np.random.default_rng(hash_seed(seed, 1)).permutation(songs)[:held_out]
    is_validation = np.isin(phrase_set.song, chosen)
    return Split(np.flatnonzero(~is_validation), np.flatnonzero(is_validation))


def transpose(cells: NDArray[np.bool_], shift: int, is_drum: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Shift the pitched tracks of (..., pitches, tracks) bool by `shift` semitones; what leaves the range falls off."""
    if shift == 0:
        return cells
    moved = np.zeros_like(cells)
    if shift > 0:
        moved[..., shift:, :] = cells[..., :-shift, :]
    else:
        moved[..., :shift, :] = cells[..., -shift:, :]
    return np.where(is_drum, cells, moved)


def track_weights(phrase_set: PhraseSet, indices: NDArray[np.intp]) -> NDArray[np.float64]:
    """How often to draw each phrase: the sum over its sounding tracks of 1 / (share of phrases they sound in)."""
    sounding = np.concatenate(
        [phrase_set.unpack(part).any(axis=(1, 2, 3)) for part in np.array_split(indices, 1 + len(indices) // 1000)]
    )
    share = np.maximum(sounding.mean(axis=0), 1.0 / max(1, len(indices)))
    weights = (sounding / share).sum(axis=1)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


@dataclass(frozen=True)
class Drawn:
    """A batch, before it is looked up: indices of phrases, and by how many semitones each is transposed."""

    indices: NDArray[np.intp]
    shifts: NDArray[np.int64]


@dataclass(frozen=True)
class PhraseBatches:
    """Draws batches: without weights in full shuffled passes, with weights independently.

    With `home_shifts` (of all phrases of the set, semitones) each comes in the home key, and in no random one.
    """

    phrase_set: PhraseSet
    indices: NDArray[np.intp]
    is_drum: NDArray[np.bool_]  # (tracks,)
    batch_size: int
    seed: int
    random_transpose: bool
    weights: NDArray[np.float64] | None = None
    share: tuple[int, int] | None = None  # from which row to before which: those of one process of several
    home_shifts: NDArray[np.int64] | None = None

    def batch(self, step: int) -> NDArray[np.float32]:
        """(rows, bars, steps, pitches, tracks) in {-1, 1}: the batch of this step, always the same."""
        drawn = self.drawn(step)
        cells = self.phrase_set.unpack(drawn.indices)
        if drawn.shifts.any():
            moved = [
                transpose(phrase, shift, self.is_drum)
                for phrase, shift in zip(cells, drawn.shifts.tolist(), strict=True)
            ]
            cells = np.stack(moved)
        return cells.astype(np.float32) * 2.0 - 1.0

    def drawn(self, step: int) -> Drawn:
        """Which phrases the batch of this step has, and in which key."""
        rows = slice(None) if self.share is None else slice(*self.share)
        indices = self.indices[self._positions(step)]
        return Drawn(indices[rows], self._shifts(step, indices)[rows])

    def _shifts(self, step: int, indices: NDArray[np.intp]) -> NDArray[np.int64]:
        if self.home_shifts is not None:
            return self.home_shifts[indices]
        if self.random_transpose:
            rng = np.random.default_rng(hash_seed(self.seed, 2, step))
            return rng.integers(LOWEST_SHIFT, HIGHEST_SHIFT, size=self.batch_size, endpoint=True)
        return np.zeros(self.batch_size, dtype=np.int64)

    def _positions(self, step: int) -> NDArray[np.intp]:
        if self.weights is not None:
            rng = np.random.default_rng(hash_seed(self.seed, 3, step))
            return rng.choice(len(self.indices), size=self.batch_size, p=self.weights)
        wanted = np.arange(step * self.batch_size, (step + 1) * self.batch_size)
        passes, places = np.divmod(wanted, len(self.indices))
        positions = np.empty(self.batch_size, dtype=np.intp)
        for number in np.unique(passes).tolist():
            order = np.random.default_rng(hash_seed(self.seed, 4, number)).permutation(len(self.indices))
            positions[passes == number] = order[places[passes == number]]
        return positions


class Prefetch:
    """Prepares the coming batches in threads while the networks work on this one."""

    def __init__(self, batch: Callable[[int], NDArray[np.float32]], first: int, threads: int = 1) -> None:
        self._batch, self._next = batch, first
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="phrases")
        self._coming: deque[Future[NDArray[np.float32]]] = deque()
        for _ in range(threads + 1):  # one lies ready while each thread makes another
            self._ask()

    def take(self) -> Tensor:
        """The next batch, in order; waits for it if it is not ready."""
        ready = self._coming.popleft().result()
        self._ask()
        return torch.from_numpy(ready)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _ask(self) -> None:
        self._coming.append(self._pool.submit(self._batch, self._next))
        self._next += 1
