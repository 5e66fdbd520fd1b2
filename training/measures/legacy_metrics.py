"""What the published programs really computed, to compare with published numbers and with nothing else.

They differ from the correct measures in what they take for a chroma (neighbouring pitches in place of octaves), in
what they average (bars, or all cells) and, in the last of them, by mistakes that are kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.key_fit import MAJOR_KEYS
from training.measures.chroma import CLASSES, beat_pitches, neighbour_bins
from training.measures.drum_pattern import drum_grid, drum_pattern_rate, pattern_weights
from training.measures.ratios import PerTrack, Values, as_tuple, mean_where, ratio
from training.measures.tonal_distance import beat_distances, pitched_pairs
from training.measures.track_measures import Cells, empty_bar_rate, note_onsets

C_MAJOR = MAJOR_KEYS[0]
SHIFTS = 6  # of the drum pattern, of which the papers' programs took the best


@dataclass(frozen=True)
class PaperMeasures:
    """As the papers' programs measured: a value a bar, then the mean over the bars in which the track sounds.

    A value a track, nan for the drums unless it is theirs alone; tonal distances a value a pair, over the bars in which
    both sound in every beat.
    """

    empty_bars: PerTrack
    pitches: PerTrack  # drums too
    pitch_classes: PerTrack  # bins of the pseudo-chroma
    qualified_notes: PerTrack  # of two steps or more
    polyphony: PerTrack  # two pitches or more, of all steps of a sounding bar
    in_c_major: PerTrack  # of the pseudo-chroma
    drum_pattern: float  # onsets, at the best of six shifts of the pattern
    tonal_distance: tuple[float, ...]


@dataclass(frozen=True)
class SourceMeasures:
    """What the `src` program writes to eval/, under its names, over all phrases at once."""

    empty_bar_rate: PerTrack  # the share of bars that are NOT empty
    n_pitches_used: PerTrack  # sounding cells per bar
    n_pitch_classes_used: PerTrack  # sounding cells of the pseudo-chroma per bar
    polyphonic_rate: PerTrack  # more than two pitches, of all steps
    in_scale_ratio: PerTrack  # C major, of the pseudo-chroma
    qualified_note_rate: PerTrack  # ends taken with the starts of other notes: near 1 whatever sounds
    drum_in_pattern_rate: float  # of the first track, 0 when it is silent
    harmonicity: tuple[float, ...]  # a value a pair; nan once either is silent in any beat


@dataclass(frozen=True)
class LegacyMeasures:
    """The same phrases as three programs measured them, by the publication whose numbers each compares with."""

    aaai_2018_v1: PaperMeasures  # MuseGAN, tables 1 and 2
    ismir_2018_binary: PaperMeasures  # BinaryMuseGAN, table 1
    src_eval: SourceMeasures  # the eval/ folders of published runs


def legacy_measures(cells: Cells, drums: Sequence[int] = (0,)) -> LegacyMeasures:
    """Measure (phrases, bars, steps, pitches, tracks) bool; pairs in the order of pitched_pairs."""
    pitches = cells.shape[3]
    wide = pitches // CLASSES + 1  # both later programs pad, also where the pitches divide by twelve
    return LegacyMeasures(
        aaai_2018_v1=_paper_measures(cells, drums, bin_width=-(-pitches // CLASSES), tolerance=0.3),
        ismir_2018_binary=_paper_measures(cells, drums, bin_width=wide, tolerance=0.1),
        src_eval=_source_measures(cells, drums, bin_width=wide),
    )


def _paper_measures(cells: Cells, drums: Sequence[int], bin_width: int, tolerance: float) -> PaperMeasures:
    sounding: Cells = np.asarray(cells.any(axis=(2, 3)))  # (phrases, bars, tracks)
    bar_pitches = cells.sum(axis=2, dtype=np.uint16)
    chroma = neighbour_bins(bar_pitches, bin_width)
    onsets = note_onsets(cells)
    long = onsets[:, :, :-1] & cells[:, :, 1:]
    polyphonic = (cells.sum(axis=3, dtype=np.uint8) >= 2).mean(axis=2)
    in_scale = ratio((chroma * C_MAJOR[:, None]).sum(axis=2), chroma.sum(axis=2))
    qualified = ratio(long.sum(axis=(2, 3)), onsets.sum(axis=(2, 3)))

    def over_bars(values: NDArray[np.float64] | NDArray[np.int64]) -> Values:
        return mean_where(values, sounding, axis=(0, 1))

    def pitched(values: Values) -> PerTrack:
        values = values.copy()
        values[list(drums)] = np.nan
        return as_tuple(values)

    return PaperMeasures(
        empty_bars=as_tuple(empty_bar_rate(cells)),
        pitches=as_tuple(over_bars((bar_pitches > 0).sum(axis=2))),
        pitch_classes=pitched(over_bars((chroma > 0).sum(axis=2))),
        qualified_notes=pitched(over_bars(qualified)),
        polyphony=pitched(over_bars(polyphonic)),
        in_c_major=pitched(over_bars(in_scale)),
        drum_pattern=_best_shift_rate(onsets[..., drums[0]], tolerance) if drums else float("nan"),
        tonal_distance=as_tuple(_bar_tonal_distance(cells, drums, bin_width)),
    )


def _best_shift_rate(onsets: NDArray[np.bool_], tolerance: float) -> float:
    """(phrases, bars, steps, pitches) bool, of the drums; the mean over the bars with onsets."""
    grid = drum_grid(onsets.shape[2])
    if grid is None:
        return float("nan")
    phrases, bars, steps, _ = onsets.shape
    places = onsets.sum(axis=3).reshape(phrases, bars, steps // grid, grid).sum(axis=2)
    weights = pattern_weights(grid, tolerance)
    masks = np.stack([np.roll(weights, shift) for shift in range(SHIFTS)], axis=1)
    best = (places @ masks).max(axis=2)
    hits = places.sum(axis=2)
    return float(mean_where(ratio(best, hits), np.asarray(hits > 0), axis=(0, 1)))


def _bar_tonal_distance(cells: Cells, drums: Sequence[int], bin_width: int) -> Values:
    chroma = neighbour_bins(beat_pitches(cells), bin_width)
    distances = beat_distances(chroma, pitched_pairs(cells.shape[4], drums))
    whole = ~np.isnan(distances).any(axis=2) & (chroma.shape[2] > 0)
    return mean_where(np.nan_to_num(distances).sum(axis=2) / max(1, chroma.shape[2]), whole, axis=(0, 1))


def _source_measures(cells: Cells, drums: Sequence[int], bin_width: int) -> SourceMeasures:
    bars = np.full(cells.shape[4], cells.shape[0] * cells.shape[1])
    chroma = neighbour_bins(cells.sum(axis=(0, 1, 2)), bin_width)
    bins = [cells[..., first * bin_width : (first + 1) * bin_width, :].any(axis=3) for first in range(CLASSES)]
    polyphonic = cells.sum(axis=3, dtype=np.uint8) > 2
    pairs = pitched_pairs(cells.shape[4], drums)
    distances = beat_distances(neighbour_bins(beat_pitches(cells), bin_width), pairs)
    first = drum_pattern_rate(cells, 0)
    return SourceMeasures(
        empty_bar_rate=as_tuple(1.0 - empty_bar_rate(cells)),
        n_pitches_used=as_tuple(ratio(cells.sum(axis=(0, 1, 2, 3)), bars)),
        n_pitch_classes_used=as_tuple(ratio(sum(one.sum(axis=(0, 1, 2)) for one in bins), bars)),
        polyphonic_rate=as_tuple(ratio(polyphonic.sum(axis=(0, 1, 2)), bars * cells.shape[2])),
        in_scale_ratio=as_tuple(ratio(C_MAJOR @ chroma, chroma.sum(axis=0))),
        qualified_note_rate=tuple(_mispaired_note_rate(cells[..., track]) for track in range(cells.shape[4])),
        drum_in_pattern_rate=0.0 if np.isnan(first) else first,
        harmonicity=as_tuple(ratio(distances.sum(axis=(0, 1, 2)), np.full(len(pairs), distances[..., :1].size))),
    )


def _mispaired_note_rate(track: NDArray[np.bool_]) -> float:
    """QN as `src` has it, of (phrases, bars, steps, pitches): notes run over bar lines, and the n-th start of all
    pitches, step by step, is paired with the n-th end; a note in the very first cell is not counted as one."""
    phrases, bars, steps, pitches = track.shape
    edges = np.zeros((phrases, bars * steps + 2, pitches), dtype=np.int8)
    edges[:, 1:-1] = track.reshape(phrases, bars * steps, pitches)
    edges = np.diff(edges, axis=1)
    starts, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    return float(ratio(np.count_nonzero(ends - starts >= 2), np.count_nonzero(starts)))
