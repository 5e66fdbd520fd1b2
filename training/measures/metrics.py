"""The measures that a training run logs: few enough to take every few hundred steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from training.measures.drum_pattern import drum_pattern_rate
from training.measures.ratios import PerTrack, as_tuple, for_json
from training.measures.track_measures import (
    Cells,
    density,
    empty_bar_rate,
    pitch_classes_used,
    polyphonic_rate,
    qualified_note_rate,
    tracks_outermost,
)


def variety(cells: Cells) -> float:
    """Mean number of cells in which two phrases differ; it falls when a generator repeats itself."""
    count = len(cells)
    # A cell that sounds in k of n phrases differs in k (n - k) pairs.
    sounding = cells.sum(axis=0, dtype=np.int64)
    pairs = count * (count - 1) // 2
    return float((sounding * (count - sounding)).sum() / max(1, pairs))


@dataclass(frozen=True)
class Measures:
    """Measures of a set of phrases; rates are 0-1, a value per track unless it says otherwise, nan: not measurable."""

    empty_bars: PerTrack
    pitch_classes: PerTrack
    qualified_notes: PerTrack
    polyphony: PerTrack
    density: PerTrack
    drum_pattern: float  # of the first drum track
    variety: float  # cells
    drums: tuple[int, ...] = (0,)  # which tracks are drums

    def distance(self, other: Measures) -> float:
        """One number for how far two sets are apart: 0 is equal, each measure weighs the same.

        What only one of the two can be measured for (the other's track is silent) counts 1.
        """
        ours, theirs = np.add(self.density, 1e-4), np.add(other.density, 1e-4)
        terms = [
            *_gap(self.empty_bars, other.empty_bars),
            *self._pitched(_gap(self.pitch_classes, other.pitch_classes)) / 4.0,
            *self._pitched(_gap(self.qualified_notes, other.qualified_notes)),
            *self._pitched(_gap(self.polyphony, other.polyphony)),
            *_gap(as_tuple(np.log2(ours)), as_tuple(np.log2(theirs))) / 2.0,
            *_gap((self.drum_pattern,), (other.drum_pattern,)),
            abs(self.variety - other.variety) / max(1.0, other.variety),
        ]
        return float(np.mean([1.0 if np.isnan(term) else term for term in terms]))

    def _pitched(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.delete(values, self.drums)

    def line(self) -> str:
        """The measures in one line for a log."""
        classes = "/".join("--" if np.isnan(value) else f"{value:.1f}" for value in self.pitch_classes)
        return (
            f"EB {_percent(self.empty_bars)} QN {_percent(self.qualified_notes)} UPC {classes} "
            f"PP {_percent(self.polyphony)} DP {_percent((self.drum_pattern,))} "
            f"density {100 * float(np.mean(self.density)):.2f} % variety {self.variety:.0f}"
        )

    def to_mapping(self) -> dict[str, object]:
        """The measures by name, for JSON: None, which JSON can hold, where nothing could be measured."""
        return dict(for_json(asdict(self)))


def measure(cells: Cells, drums: Sequence[int] = (0,)) -> Measures:
    """Measure (phrases, bars, steps, pitches, tracks) bool, of which the tracks `drums` are drums."""
    cells = tracks_outermost(cells)
    return Measures(
        empty_bars=as_tuple(empty_bar_rate(cells)),
        pitch_classes=as_tuple(pitch_classes_used(cells)),
        qualified_notes=as_tuple(qualified_note_rate(cells)),
        polyphony=as_tuple(polyphonic_rate(cells)),
        density=as_tuple(density(cells)),
        drum_pattern=drum_pattern_rate(cells, drums[0]) if drums else float("nan"),
        variety=variety(cells),
        drums=tuple(drums),
    )


def _gap(ours: PerTrack, theirs: PerTrack) -> NDArray[np.float64]:
    """How far apart, per track: 0 where neither could be measured, nan where only one could."""
    both_silent = np.isnan(ours) & np.isnan(theirs)
    return np.where(both_silent, 0.0, np.abs(np.subtract(ours, theirs)))


def _percent(values: PerTrack) -> str:
    return "/".join("--" if np.isnan(value) else f"{100 * value:.0f}" for value in values)
