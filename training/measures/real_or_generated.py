"""Whether a listener who knows both can tell other phrases from real ones: a small network learns to, and is examined
on songs that it never heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.data.phrases import transpose
from training.key_fit import HIGHEST_SHIFT, LOWEST_SHIFT

SEED = 11
EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY = 24, 32, 0.004, 0.01
LEAST_STEPS = 80  # of few phrases too: so many until the means and spreads of the norms have settled
OCTAVE = 12
Cells = NDArray[np.bool_]


@dataclass(frozen=True)
class Examined:
    """Phrases and the song of each: cells (n, bars, steps, pitches, tracks) bool, song (n,) of whole numbers. Phrases
    that are no part of a song have one each."""

    cells: Cells
    song: NDArray[np.integer]


class Listener(nn.Module):
    """(n, tracks, bars * steps, pitches) in {0, 1} to (n,): above 0 for real. About 36,000 parameters at 84 pitches and
    five tracks. It hears pieces of four steps by an octave, joins them over all pitches, and then over time."""

    def __init__(self, pitches: int, tracks: int) -> None:
        super().__init__()
        self.above = -pitches % OCTAVE  # silence, to whole octaves
        places = 2 * (pitches + self.above) // OCTAVE - 1
        self.pieces = nn.Conv2d(tracks, 16, (4, OCTAVE), stride=(2, OCTAVE // 2), padding=(2, 0))
        self.chords = nn.Conv2d(16, 32, (4, places), stride=(3, 1), padding=(2, 0))
        self.time = nn.Conv1d(32, 32, 5, stride=2, padding=2)
        self.pieces_norm, self.chords_norm, self.time_norm = nn.BatchNorm2d(16), nn.BatchNorm2d(32), nn.BatchNorm1d(32)
        self.verdict = nn.Linear(64, 1)
        self.dropout = nn.Dropout(0.3)

    def forward(self, roll: Tensor) -> Tensor:
        heard = functional.leaky_relu(self.pieces_norm(self.pieces(functional.pad(roll, (0, self.above)))), 0.1)
        heard = functional.leaky_relu(self.chords_norm(self.chords(heard)), 0.1).squeeze(3)
        heard = functional.leaky_relu(self.time_norm(self.time(heard)), 0.1)
        whole = torch.cat((heard.mean(dim=2), heard.amax(dim=2)), dim=1)
        return cast(Tensor, self.verdict(self.dropout(whole))).squeeze(1)


def telling_rate(real: Examined, others: Examined, drums: Sequence[int]) -> float:
    """How often a listener tells real phrases from the others, 0-1: 0.5 is by chance, 1 always.

    The mean of its rates on either kind, over two halves: it learns from one half of the songs and is examined on the
    other, then the other way round. The pitched tracks are shifted at random by -5 to +6 semitones, for a key tells
    nothing of what is real. The same phrases give the same rate. nan where a kind has fewer than two songs.
    """
    if min(len(np.unique(kind.song)) for kind in (real, others)) < 2:
        return float("nan")
    is_drum = np.isin(np.arange(real.cells.shape[4]), drums)
    with torch.random.fork_rng(), _one_thread():
        torch.manual_seed(SEED)
        rng = np.random.default_rng(SEED)
        rolls = [_shifted(kind.cells, is_drum, rng) for kind in (real, others)]
        halves = [second_half(kind.song, rng) for kind in (real, others)]
        right: list[list[bool]] = [[], []]
        for examined in (True, False):
            learning = [roll[half != examined] for roll, half in zip(rolls, halves, strict=True)]
            listener = _taught(learning[0], learning[1], is_drum, rng)
            for kind, (roll, half) in enumerate(zip(rolls, halves, strict=True)):
                said_real = _verdicts(listener, roll[half == examined]) > 0
                right[kind] += (said_real == (kind == 0)).tolist()
    return balanced_rate(*right)


def balanced_rate(of_real: Sequence[bool], of_others: Sequence[bool]) -> float:
    """The mean of the shares that are true, 0-1: who always gives the same answer is right half the time, however many
    there are of either kind."""
    return float((np.mean(of_real) + np.mean(of_others)) / 2)


def second_half(song: NDArray[np.integer], rng: np.random.Generator) -> NDArray[np.bool_]:
    """(n,): whether a phrase's song is of the second half. Songs in a random order, each to the half that has fewer
    phrases so far: no song is in both, and neither half is empty from two songs on."""
    songs, sizes = np.unique(song, return_counts=True)
    filled, second = [0, 0], []
    for number in rng.permutation(len(songs)).tolist():
        half = int(filled[1] < filled[0])
        filled[half] += int(sizes[number])
        if half:
            second.append(songs[number])
    return np.isin(song, second)


def _taught(real: Cells, others: Cells, is_drum: NDArray[np.bool_], rng: np.random.Generator) -> Listener:
    """A listener that has heard equally many of either kind."""
    listener = Listener(*real.shape[3:])
    steps = max(LEAST_STEPS, EPOCHS * -(-(len(real) + len(others)) // BATCH))
    optimiser = torch.optim.AdamW(listener.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    falling = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, steps)
    answers = torch.repeat_interleave(torch.tensor([1.0, 0.0]), BATCH // 2)
    for _ in range(steps):
        drawn = [kind[rng.integers(len(kind), size=BATCH // 2)] for kind in (real, others)]
        heard = _shifted(np.concatenate(drawn), is_drum, rng)
        loss = functional.binary_cross_entropy_with_logits(listener(_heard(heard)), answers)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        falling.step()
    return listener.eval()


def _verdicts(listener: Listener, cells: Cells) -> NDArray[np.float32]:
    with torch.no_grad():
        parts = [listener(_heard(part)).numpy() for part in np.array_split(cells, 1 + len(cells) // 128)]
    return np.concatenate(parts)


def _shifted(cells: Cells, is_drum: NDArray[np.bool_], rng: np.random.Generator) -> Cells:
    shifts = rng.integers(LOWEST_SHIFT, HIGHEST_SHIFT, size=len(cells), endpoint=True).tolist()
    return np.stack([transpose(phrase, shift, is_drum) for phrase, shift in zip(cells, shifts, strict=True)])


@contextmanager
def _one_thread() -> Iterator[None]:
    """So small a network gains little from more, which wait for each other where the machine has other work; and the
    sums, and so the rate, are the same on any number of cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _heard(cells: Cells) -> Tensor:
    """(n, bars, steps, pitches, tracks) bool to what a listener hears."""
    flat = cells.reshape(len(cells), -1, *cells.shape[3:])
    return torch.from_numpy(np.moveaxis(flat, 3, 1).astype(np.float32))
