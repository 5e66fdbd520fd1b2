"""Everything that is measured of a set of phrases: the log's measures, more, and what the papers' programs gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from training.measures.legacy_metrics import LegacyMeasures, legacy_measures
from training.measures.metrics import Measures, measure
from training.measures.ratios import PerTrack, as_tuple, for_json
from training.measures.tonal_distance import pitched_pairs, tonal_distance
from training.measures.track_measures import (
    Cells,
    bar_change,
    in_scale_rate,
    notes_per_bar,
    polyphonic_step_rate,
    qualified_note_rate,
    tracks_outermost,
)


@dataclass(frozen=True)
class FullMeasures:
    """A value a track, nan where nothing could be measured; tonal distances a value a pair of pitched tracks."""

    phrases: int
    summary: Measures
    notes: PerTrack  # a bar
    qualified_notes_of_three: PerTrack  # QN from three steps on, as the papers' text says
    polyphonic_steps: PerTrack  # of all steps
    in_key: PerTrack  # of sounding cells
    bar_change: PerTrack  # from bar to bar
    pairs: tuple[tuple[int, int], ...]  # tracks
    tonal_distance: tuple[float, ...]  # of each pair
    legacy: LegacyMeasures

    def to_mapping(self) -> dict[str, object]:
        """By name, for JSON: None where nothing could be measured."""
        return dict(for_json(asdict(self)))


def measure_all(cells: Cells, drums: Sequence[int] = (0,)) -> FullMeasures:
    """Measure (phrases, bars, steps, pitches, tracks) bool, of which the tracks `drums` are drums."""
    pairs = pitched_pairs(cells.shape[4], drums)
    cells = tracks_outermost(cells)
    return FullMeasures(
        phrases=len(cells),
        summary=measure(cells, drums),
        notes=as_tuple(notes_per_bar(cells)),
        qualified_notes_of_three=as_tuple(qualified_note_rate(cells, shortest=3)),
        polyphonic_steps=as_tuple(polyphonic_step_rate(cells)),
        in_key=as_tuple(in_scale_rate(cells, drums)),
        bar_change=as_tuple(bar_change(cells)),
        pairs=tuple(pairs),
        tonal_distance=as_tuple(tonal_distance(cells, pairs)),
        legacy=legacy_measures(cells, drums),
    )
