"""Pitches gathered into twelve: octaves folded onto pitch classes, or as the papers' programs did it, neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.phrase_file import BEATS_PER_BAR

CLASSES = 12
Counts = NDArray[np.int64]


def beat_pitches(cells: NDArray[np.bool_]) -> Counts:
    """(phrases, bars, steps, pitches, tracks) bool to the sounding steps of each pitch in each beat: (phrases, bars, 4,
    pitches, tracks). A bar whose steps are not four equal beats has none: the third axis is 0 long."""
    phrases, bars, steps, pitches, tracks = cells.shape
    if steps % BEATS_PER_BAR:
        return np.zeros((phrases, bars, 0, pitches, tracks), dtype=np.int64)
    beats = cells.reshape(phrases, bars, BEATS_PER_BAR, steps // BEATS_PER_BAR, pitches, tracks)
    return np.asarray(beats.sum(axis=3, dtype=np.uint16)).astype(np.int64)


def pitch_classes(counts: NDArray[Any]) -> Counts:
    """(..., pitches, tracks) to (..., 12, tracks): the sum over the octaves; class 0 is that of the lowest pitch."""
    folded = [counts[..., first::CLASSES, :].sum(axis=-2, dtype=np.int64) for first in range(CLASSES)]
    return np.stack(folded, axis=-2)


def neighbour_bins(counts: NDArray[Any], width: int) -> Counts:
    """(..., pitches, tracks) to (..., 12, tracks): the sum over `width` neighbouring pitches, which is no chroma."""
    bins = [counts[..., first * width : (first + 1) * width, :] for first in range(CLASSES)]
    return np.stack([one.sum(axis=-2, dtype=np.int64) for one in bins], axis=-2)
