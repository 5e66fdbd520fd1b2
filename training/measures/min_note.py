"""What the bridge's min_note makes of phrases, on cells: fragments joined, then those still too short left out.

Training knows nothing of the bridge's playing; a test holds this against the bridge's own function on notes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.data.phrase_file import BEATS_PER_BAR

Cells = NDArray[np.bool_]
_SAME_BEAT = 1e-6  # as the bridge takes two times for one


def with_min_note(cells: Cells, min_note: float, drums: Sequence[int]) -> Cells:
    """(phrases, bars, steps, pitches, tracks) bool as the bridge plays it, bar by bar: notes of one pitch nearer than
    `min_note` beats joined, then those shorter than it left out. Drums stay as they are, and at 0 everything does."""
    steps = cells.shape[2]
    shortest = steps_of(min_note, steps)
    if shortest <= 1:
        return cells
    if shortest > steps:  # no note can be as long
        played = np.zeros_like(cells)
    else:
        joined = eroded(dilated(cells, shortest), shortest)
        played = dilated(eroded(joined, shortest), shortest)
    played[..., list(drums)] = cells[..., list(drums)]
    return played


def steps_of(min_note: float, steps_per_bar: int) -> int:
    """The least whole steps that are as long as `min_note` beats."""
    return int(np.ceil((min_note - _SAME_BEAT) * steps_per_bar / BEATS_PER_BAR))


def dilated(cells: Cells, width: int) -> Cells:
    """Every note `width` - 1 steps longer, and so is the bar, the third axis. eroded undoes it, but for the gaps
    shorter than `width` that it closed."""
    after = [(0, 0)] * cells.ndim
    after[2] = (0, width - 1)
    longer = np.pad(cells, after)
    steps = cells.shape[2]
    for later in range(1, width):
        longer[:, :, later : later + steps] |= cells
    return longer


def eroded(cells: Cells, width: int) -> Cells:
    """Every note `width` - 1 steps shorter, and so is the bar, at least `width` steps long. dilated undoes it, but for
    the notes shorter than `width` that it left out."""
    steps = cells.shape[2] - width + 1
    shorter = cells[:, :, :steps].copy()
    for later in range(1, width):
        shorter &= cells[:, :, later : later + steps]
    return shorter
