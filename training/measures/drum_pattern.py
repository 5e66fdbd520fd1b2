"""How well the drums keep to the pattern of sixteenths or eighths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.data.phrase_file import BEATS_PER_BAR
from training.measures.ratios import Values, ratio

TOLERANCE = 0.1  # what a hit one step beside the pattern counts
# Steps a beat: steps from line to line of the pattern, as in the original's masks. Sixteenths, but eighths where a
# sixteenth is a single step or falls between steps, and eighth triplets at 9 and 18.
_GRIDS = {4: 2, 6: 3, 8: 2, 9: 3, 12: 3, 16: 4, 18: 6, 24: 6}


def drum_grid(steps_per_bar: int) -> int | None:
    """Steps from line to line of the pattern; None where a bar has no four equal beats of two steps or more.

    What the original has no mask for goes by sixteenths, eighths or quarters, the finest of two steps or more.
    """
    steps, rest = divmod(steps_per_bar, BEATS_PER_BAR)
    if rest or steps < 2:
        return None
    finest = (steps // parts for parts in (4, 2, 1) if steps % parts == 0 and steps // parts >= 2)
    return _GRIDS.get(steps) or next(finest)


def pattern_weights(grid: int, tolerance: float) -> Values:
    """(grid,): what a hit counts on a line, and on the steps after it up to the next."""
    weights = np.zeros(grid)
    weights[[1, -1]] = tolerance
    weights[0] = 1.0
    return weights


def drum_pattern_rate(cells: NDArray[np.bool_], drums: int, tolerance: float = TOLERANCE) -> float:
    """DP: share of the drum track's hits in the pattern, those one step beside it counting `tolerance`.

    `cells` is (phrases, bars, steps, pitches, tracks); every sounding cell of a drum track is a hit.
    """
    grid = drum_grid(cells.shape[2])
    if grid is None:
        return float("nan")
    hits = cells[..., drums].sum(axis=(0, 1, 3)).reshape(-1, grid).sum(axis=0)
    return float(ratio(hits @ pattern_weights(grid, tolerance), hits.sum()))
