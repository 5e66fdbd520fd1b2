"""Objective measures of phrases, per track; Dong et al., "MuseGAN", AAAI 2018, section 5.1, octaves truly folded.

All take (phrases, bars, steps, pitches, tracks) bool.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.bool_]
PerTrack = tuple[float, ...]


def empty_bar_rate(cells: Cells) -> NDArray[np.float64]:
    """EB: share of bars without a note, per track."""
    return np.asarray(1.0 - cells.any(axis=(2, 3)).mean(axis=(0, 1)))


def pitch_classes_used(cells: Cells) -> NDArray[np.float64]:
    """UPC: pitch classes (0-12) per sounding bar, per track; nan where no bar sounds."""
    sounding: Cells = np.asarray(cells.any(axis=2))  # (phrases, bars, pitches, tracks)
    classes = np.stack([sounding[:, :, first::12].any(axis=2) for first in range(12)], axis=2).sum(axis=2)
    return _mean_where(classes, np.asarray(sounding.any(axis=2)))


def qualified_note_rate(cells: Cells, shortest: int = 2) -> NDArray[np.float64]:
    """QN: share of notes at least `shortest` steps long, notes ending at the bar line, per track."""
    padded = np.pad(cells, ((0, 0), (0, 0), (1, 1), (0, 0), (0, 0)))
    onsets = padded[:, :, 1:] & ~padded[:, :, :-1]
    notes = onsets.sum(axis=(0, 1, 2, 3))
    long = onsets[:, :, : cells.shape[2]].copy()
    for later in range(1, shortest):
        held = np.zeros_like(cells)
        held[:, :, :-later] = cells[:, :, later:]
        long &= held
    return _ratio(long.sum(axis=(0, 1, 2, 3)), notes)


def polyphonic_rate(cells: Cells, at_least: int = 2) -> NDArray[np.float64]:
    """PP: share of sounding steps with `at_least` pitches at once, per track."""
    pitches = cells.sum(axis=3)
    return _ratio((pitches >= at_least).sum(axis=(0, 1, 2)), (pitches > 0).sum(axis=(0, 1, 2)))


def drum_pattern_rate(cells: Cells, drums: int, step: int = 3) -> float:
    """DP: share of the drum track's hits that fall on the 16th-note grid (every `step` steps)."""
    hits = cells[..., drums].sum(axis=(0, 1, 3))
    return float(_ratio(hits[::step].sum(), hits.sum()))


def density(cells: Cells) -> NDArray[np.float64]:
    """Share of sounding cells, per track."""
    return np.asarray(cells.mean(axis=(0, 1, 2, 3)))


def variety(cells: Cells) -> float:
    """Mean number of cells in which two phrases differ; it falls when a generator repeats itself."""
    flat = cells.reshape(len(cells), -1).astype(np.float32)
    sounding = flat.sum(axis=1)
    distances = sounding[:, None] + sounding[None] - 2.0 * (flat @ flat.T)
    count = len(cells)
    return float(distances.sum() / max(1, count * (count - 1)))


@dataclass(frozen=True)
class Measures:
    """All measures of a set of phrases; rates are 0-1, a value per track unless it says otherwise."""

    empty_bars: PerTrack
    pitch_classes: PerTrack
    qualified_notes: PerTrack
    polyphony: PerTrack
    density: PerTrack
    drum_pattern: float  # of the first track
    variety: float  # cells

    def distance(self, other: Measures) -> float:
        """One number for how far two sets are apart: 0 is equal, each measure weighs the same.

        What only one of the two can be measured for (the other's track is silent) counts 1.
        """
        terms = [
            *_gap(self.empty_bars, other.empty_bars),
            *_gap(self.pitch_classes, other.pitch_classes)[1:] / 4.0,
            *_gap(self.qualified_notes, other.qualified_notes)[1:],
            *_gap(self.polyphony, other.polyphony)[1:],
            *np.abs(np.log2(np.add(self.density, 1e-4) / np.add(other.density, 1e-4))) / 2.0,
            *_gap((self.drum_pattern,), (other.drum_pattern,)),
            abs(self.variety - other.variety) / max(1.0, other.variety),
        ]
        return float(np.mean([1.0 if np.isnan(term) else term for term in terms]))

    def line(self) -> str:
        """The measures in one line for a log."""
        classes = "/".join("--" if np.isnan(v) else f"{v:.1f}" for v in self.pitch_classes)
        return (
            f"EB {_percent(self.empty_bars)} QN {_percent(self.qualified_notes)} UPC {classes} "
            f"PP {_percent(self.polyphony)} DP {100 * self.drum_pattern:.0f} "
            f"density {100 * float(np.mean(self.density)):.2f} % variety {self.variety:.0f}"
        )

    def to_mapping(self) -> dict[str, object]:
        """The measures by name, for JSON: None, which JSON can hold, where nothing could be measured."""
        return {
            name: [_number(entry) for entry in value] if isinstance(value, tuple) else _number(value)
            for name, value in asdict(self).items()
        }


def measure(cells: Cells) -> Measures:
    """All measures of (phrases, bars, steps, pitches, tracks) bool; the first track is the drums."""
    return Measures(
        empty_bars=_per_track(empty_bar_rate(cells)),
        pitch_classes=_per_track(pitch_classes_used(cells)),
        qualified_notes=_per_track(qualified_note_rate(cells)),
        polyphony=_per_track(polyphonic_rate(cells)),
        density=_per_track(density(cells)),
        drum_pattern=drum_pattern_rate(cells, drums=0),
        variety=variety(cells),
    )


def _gap(ours: PerTrack, theirs: PerTrack) -> NDArray[np.float64]:
    """How far apart, per track: 0 where neither could be measured, nan where only one could."""
    both_silent = np.isnan(ours) & np.isnan(theirs)
    return np.where(both_silent, 0.0, np.abs(np.subtract(ours, theirs)))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _percent(values: PerTrack) -> str:
    return "/".join("--" if np.isnan(value) else f"{100 * value:.0f}" for value in values)


def _per_track(values: NDArray[np.float64]) -> PerTrack:
    return tuple(float(value) for value in values)


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _mean_where(values: NDArray[np.int64], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    return _ratio(np.where(where, values, 0).sum(axis=(0, 1)), where.sum(axis=(0, 1)))
