"""A performance recorded against a click that the file does not keep: how far behind the grid it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.collecting.grid_notes import Ints, Region

MIN_ONSETS = 32  # fewer show no offset
_NEAR = 1 / 48  # of a beat
_LATTICE = np.array([0, 3, 4, 6, 8, 9, 12]) / 12  # sixteenths and eighth triplets, in beats
# The place in _LATTICE next to each 24th of a beat, the beat's end among them. Onsets on the border between two places
# are far from both, so that it does not matter which of them is taken.
_NEXT = np.abs((np.arange(25)[:, None] + 0.5) / 24 - _LATTICE).argmin(axis=1)
_OFFSETS = np.arange(-24, 25) / 192  # of a beat; finer than any ear
_OFFSETS = _OFFSETS[np.argsort(np.abs(_OFFSETS), kind="stable")]


def constant_phase(onsets: Ints, regions: list[Region], ticks_per_quarter: int) -> float:
    """How many ticks all onsets come after the grid (negative: before it); 0 unless it is clear-cut.

    Onsets (n,) in ticks. The offset is the one, within an eighth of a beat, that puts most onsets onto sixteenths and
    eighth triplets. It is clear-cut when it puts 4 of 5 onsets there, and 1 of 5 more than no offset does.
    """
    counts = np.zeros(ticks_per_quarter, dtype=np.int64)
    onsets = np.sort(onsets)
    for region in regions:
        inside = onsets[slice(*np.searchsorted(onsets, (region.start, region.end)))]
        counts += np.bincount((inside - region.start) % ticks_per_quarter, minlength=ticks_per_quarter)
    ticks = np.flatnonzero(counts)
    counts = counts[ticks]
    total = int(counts.sum())
    if total < MIN_ONSETS:
        return 0.0
    distances = _off_lattice(ticks / ticks_per_quarter - _OFFSETS[:, None])
    near = np.abs(distances) <= _NEAR
    shares = near @ counts / total
    best = int(np.argmax(shares))
    if shares[best] < 0.8 or shares[best] < shares[0] + 0.2:
        return 0.0
    heard = near[best]
    return float((_OFFSETS[best] + np.average(distances[best, heard], weights=counts[heard])) * ticks_per_quarter)


def _off_lattice(beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each onset comes after the nearest sixteenth or triplet, in beats."""
    beats = beats % 1.0
    distances: NDArray[np.float64] = beats - _LATTICE[_NEXT[(beats * 24).astype(np.int64)]]
    return distances
