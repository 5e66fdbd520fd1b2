"""Windows of a few bars over the notes of a region: which of them are phrases, and what sounds in their bars."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.collecting.bar_pieces import BarPieces, runs
from training.collecting.families import FAMILIES
from training.collecting.grid_notes import GridNotes, Ints
from training.data.phrase_file import PhraseRules

MIN_ONSETS = 2  # in a phrase, for a family to count as active
_SECTION_BARS = 256  # in the windows that are drawn together, so that what is drawn stays small


@dataclass(frozen=True, slots=True)
class Windows:
    """Phrases, not yet distinct: first bar in the region (n,), families active (n, 5), and their bars (n, bars).

    The bars are places in `packed_bars` (m, bytes), in which each bar is packed by itself.
    """

    first_bar: Ints
    active: NDArray[np.bool_]
    bars: Ints
    packed_bars: NDArray[np.uint8]


def windows_of(notes: GridNotes, families: tuple[int, ...], bars: int, rules: PhraseRules) -> Iterator[Windows]:
    """Every window of a region of so many bars in which enough families play; `families` has that of each track."""
    firsts = np.arange(0, bars - rules.bars + 1, rules.hop)
    together = max(1, _SECTION_BARS // max(rules.hop, rules.bars))
    for first_bar in (firsts[index : index + together] for index in range(0, len(firsts), together)):
        origin, end = int(first_bar[0]), int(first_bar[-1]) + rules.bars
        pieces = BarPieces.of(notes, len(families), origin, end - origin, rules)
        best, active = _best_tracks(pieces, families, len(first_bar), rules)
        kept = np.flatnonzero(active.sum(axis=1) >= rules.min_tracks)
        if len(kept):
            bars_of = (first_bar[kept] - origin)[:, None] + np.arange(rules.bars)
            which, packed = _draw(pieces, families, best[kept], bars_of, rules)
            yield Windows(first_bar[kept], active[kept], which, packed)


def _best_tracks(
    pieces: BarPieces, families: tuple[int, ...], windows: int, rules: PhraseRules
) -> tuple[Ints, NDArray[np.bool_]]:
    """For each window, the track that speaks for each family that has any, (n, families); which play, (n, 5).

    A track that plays goes before one that does not; then distinct pitches + active steps count; then the first.
    """
    last = (windows - 1) * rules.hop + 1
    by_bar = [slice(bar, bar + last, rules.hop) for bar in range(rules.bars)]
    onsets, active_steps = (
        functools.reduce(np.add, (of_bar[:, bar] for bar in by_bar)) for of_bar in (pieces.onsets, pieces.active_steps)
    )
    plays: NDArray[np.bool_] = onsets >= MIN_ONSETS  # (tracks, windows)
    pitches = functools.reduce(np.bitwise_or, (pieces.pitches[:, bar] for bar in by_bar))
    score = np.bitwise_count(pitches).sum(axis=2, dtype=np.int64) + active_steps
    score += plays * (int(score.max()) + 1)
    present = sorted(set(families))
    firsts = [families.index(family) for family in present]
    best = np.stack([
        first + score[first:end].argmax(axis=0) for first, end in zip(firsts, [*firsts[1:], len(families)], strict=True)
    ], axis=1)  # fmt: skip
    active = np.zeros((windows, len(FAMILIES)), dtype=np.bool_)
    active[:, present] = plays[best, np.arange(windows)[:, None]]
    return best, active


def _draw(
    pieces: BarPieces, families: tuple[int, ...], best: Ints, bars: Ints, rules: PhraseRules
) -> tuple[Ints, NDArray[np.uint8]]:
    """The bars of windows, each drawn once: places (n, bars) in packed bars (m, bytes).

    best (n, families) the tracks that sound in each window; bars (n, bars) of the section.
    """
    # Two windows draw the same bar when the same tracks speak in them.
    key = np.zeros(len(best), dtype=np.int64)
    for column in best.T:
        key = key * len(families) + column
    _, drawn, which = np.unique(key[:, None] * pieces.bars + bars, return_index=True, return_inverse=True)
    tracks = best[drawn // rules.bars]  # (m, families)
    slots = (tracks * pieces.bars + bars.ravel()[drawn][:, None]).ravel()
    by_slot = np.argsort(slots, kind="stable")
    takers = np.bincount(slots, minlength=pieces.slots)  # bars that draw the slot
    piece, number = runs(takers[pieces.slot])
    bar = by_slot[(np.cumsum(takers) - takers)[pieces.slot[piece]] + number] // tracks.shape[1]
    family = np.array(families)[pieces.slot // pieces.bars]
    step_cells = rules.pitches * len(FAMILIES)
    bar_cells = rules.steps_per_bar * step_cells
    first_cell = (pieces.start * step_cells + pieces.pitch * len(FAMILIES) + family)[piece] + bar * bar_cells
    lengths = (pieces.end - pieces.start)[piece]
    # Of each piece, the cells from its first on; written out, for these are the longest columns of all.
    sounding = np.repeat(first_cell - (np.cumsum(lengths) - lengths) * step_cells, lengths)
    sounding += np.arange(0, len(sounding) * step_cells, step_cells)
    cells = np.zeros(len(drawn) * bar_cells, dtype=np.bool_)
    cells[sounding] = True
    return which.reshape(bars.shape), np.packbits(cells.reshape(len(drawn), -1), axis=1)
