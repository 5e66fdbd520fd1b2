"""The notes of a song to phrases: onto the grid, one roll a family, windows of a few bars."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.collecting.families import DRUMS, FAMILIES
from training.data.phrase_file import PhraseRules, pack_cells

MIN_ONSETS = 2  # in a phrase, for a family to count as active
_SECTION_BARS = 32  # the rolls of a song are drawn this many bars at a time, so that they stay small

Ints = NDArray[np.int64]
_Phrase = tuple[int, bytes, NDArray[np.bool_]]  # first bar in the song, packed cells, families active


@dataclass(frozen=True, slots=True)
class SongPhrases:
    """The distinct phrases of one file: packed (n, bytes), first bar in the file (n,), families active (n, 5) bool."""

    phrases: NDArray[np.uint8]
    first_bar: NDArray[np.int32]
    active: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch in 4/4: from `start` to before `end` (ticks), `bars` long, its first bar the song's `first_bar`-th."""

    start: int
    end: int
    first_bar: int
    bars: int


@dataclass(frozen=True, slots=True)
class TrackNotes:
    """The notes of one track, in ticks from the song's start, or in steps from a region's start and pitches from 0."""

    family: int
    pitch: Ints
    start: Ints
    end: Ints


def song_phrases(
    tracks: list[TrackNotes], regions: list[Region], ticks_per_quarter: int, rules: PhraseRules
) -> SongPhrases | None:
    """The distinct phrases of the notes of a song, tracks and regions in ticks. None if it has none."""
    phase = constant_phase(tracks, regions, ticks_per_quarter)
    # A kit is one instrument, also where each drum has a track of its own: all of them are on one channel.
    tracks = _pooled(tracks, range(len(FAMILIES)) if rules.merge_families else (DRUMS,))
    found: dict[bytes, tuple[int, NDArray[np.bool_]]] = {}
    for region in regions:
        on_grid = [notes_on_grid(track, region, phase, ticks_per_quarter, rules) for track in tracks]
        for bar, packed, active in _phrases(on_grid, region, rules):
            found.setdefault(packed, (bar, active))
    if not found:
        return None
    return SongPhrases(
        phrases=np.frombuffer(b"".join(found), dtype=np.uint8).reshape(len(found), -1),
        first_bar=np.array([bar for bar, _ in found.values()], dtype=np.int32),
        active=np.stack([active for _, active in found.values()]),
    )


def constant_phase(tracks: list[TrackNotes], regions: list[Region], ticks_per_quarter: int) -> float:
    """How many ticks all onsets come after the grid (negative: before it); 0 unless it is clear-cut.

    A performance recorded against a click that the file does not keep has every onset late by the same time. The
    offset is the one, within an eighth of a beat, that puts most onsets onto sixteenths and eighth triplets. It is
    clear-cut when it puts 4 of 5 onsets there, and 1 of 5 more than no offset does.
    """
    inside = [
        (track.start[(track.start >= region.start) & (track.start < region.end)] - region.start) % ticks_per_quarter
        for track in tracks
        for region in regions
    ]
    onsets, counts = np.unique(np.concatenate(inside), return_counts=True)
    if counts.sum() < 32:
        return 0.0
    beats = onsets / ticks_per_quarter
    offsets = np.arange(-24, 25) / 192  # of a beat; finer than any ear
    offsets = offsets[np.argsort(np.abs(offsets), kind="stable")]
    shares = [np.average(np.abs(_off_lattice(beats - offset)) <= _NEAR, weights=counts) for offset in offsets]
    best = int(np.argmax(shares))
    if shares[best] < 0.8 or shares[best] < shares[0] + 0.2:
        return 0.0
    distances = _off_lattice(beats - offsets[best])
    near = np.abs(distances) <= _NEAR
    return float((offsets[best] + np.average(distances[near], weights=counts[near])) * ticks_per_quarter)


_LATTICE = np.array([0, 3, 4, 6, 8, 9, 12]) / 12  # sixteenths and eighth triplets, in beats
_NEAR = 1 / 48  # of a beat


def _off_lattice(beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each onset comes after the nearest sixteenth or triplet, in beats."""
    distances = (beats % 1.0)[:, None] - _LATTICE
    return np.take_along_axis(distances, np.abs(distances).argmin(axis=1)[:, None], axis=1)[:, 0]


def _pooled(tracks: list[TrackNotes], families: Collection[int]) -> list[TrackNotes]:
    """The tracks, those of each of these families made one."""
    pooled = [track for track in tracks if track.family not in families]
    for family in families:
        own = [track for track in tracks if track.family == family]
        if own:
            pitch, start, end = (np.concatenate([getattr(t, name) for t in own]) for name in ("pitch", "start", "end"))
            pooled.append(TrackNotes(family, pitch, start, end))
    return pooled


def notes_on_grid(
    notes: TrackNotes, region: Region, phase: float, ticks_per_quarter: int, rules: PhraseRules
) -> TrackNotes:
    """The notes that sound in a region, rounded to steps from its start; one begun before it has a negative start.

    Notes of one pitch stay two: the former ends a step before the next begins, but keeps one step at least. A note
    struck again while it sounds goes on until the later of the two ends. A drum is one step long.
    """
    start, end = (
        np.floor((ticks - region.start - phase) * rules.steps_per_beat / ticks_per_quarter + 0.5).astype(np.int64)
        for ticks in (notes.start, notes.end)
    )
    end = start + 1 if notes.family == DRUMS else np.maximum(end, start + 1)
    pitch = notes.pitch - rules.lowest_pitch
    inside = (end > 0) & (start < region.bars * rules.steps_per_bar) & (pitch >= 0) & (pitch < rules.pitches)
    order = np.lexsort((end[inside], start[inside], pitch[inside]))
    pitch, start, end = (column[inside][order] for column in (pitch, start, end))
    far = int(end.max(initial=0)) + 1  # keeps the pitches apart in one running maximum
    end = np.maximum.accumulate(pitch * far + end) - pitch * far
    alone = np.ones(len(pitch), dtype=np.bool_)  # of notes that begin together, the longest, which comes last
    alone[:-1] = (np.diff(pitch) != 0) | (np.diff(start) != 0)
    pitch, start, end = pitch[alone], start[alone], end[alone]
    touches = (np.diff(pitch) == 0) & (start[1:] <= end[:-1])
    end[:-1] = np.where(touches, np.maximum(start[1:] - 1, start[:-1] + 1), end[:-1])
    return TrackNotes(notes.family, pitch, start, end)


def _phrases(tracks: list[TrackNotes], region: Region, rules: PhraseRules) -> Iterator[_Phrase]:
    """Every window of the region in which enough families play."""
    firsts = range(0, region.bars - rules.bars + 1, rules.hop)
    windows = max(1, _SECTION_BARS // rules.hop)
    for section in (firsts[index : index + windows] for index in range(0, len(firsts), windows)):
        drawn = [_TrackRoll.draw(track, section[0], section[-1] + rules.bars, rules) for track in tracks]
        for first in section:
            bars = slice(first - section[0], first - section[0] + rules.bars)
            cells = np.zeros((1, *rules.data_shape), dtype=np.bool_)
            active = np.zeros(len(FAMILIES), dtype=np.bool_)
            for family in range(len(FAMILIES)):
                own = [roll for roll in drawn if roll.family == family]
                if own:
                    best = max(own, key=lambda roll: roll.rank(bars))
                    cells[0, ..., family] = best.cells[bars]
                    active[family] = best.onsets[bars].sum() >= MIN_ONSETS
            if active.sum() >= rules.min_tracks:
                yield region.first_bar + first, pack_cells(cells).tobytes(), active


@dataclass(frozen=True, slots=True)
class _TrackRoll:
    """Some bars of one track: cells (bars, steps, pitches), and by bar: onsets, pitches that sound, active steps."""

    family: int
    cells: NDArray[np.bool_]
    onsets: Ints
    pitches: NDArray[np.bool_]
    active_steps: Ints

    @staticmethod
    def draw(notes: TrackNotes, first_bar: int, end_bar: int, rules: PhraseRules) -> _TrackRoll:
        bars = end_bar - first_bar
        origin, steps = first_bar * rules.steps_per_bar, bars * rules.steps_per_bar
        inside = (notes.end > origin) & (notes.start < origin + steps)
        pitch, start, end = notes.pitch[inside], notes.start[inside] - origin, notes.end[inside] - origin
        # +1 where a note begins, -1 where it ends: the running sum is 1 while it sounds.
        edges = np.zeros((steps + 1, rules.pitches), dtype=np.int8)
        np.add.at(edges, (np.maximum(start, 0), pitch), 1)
        np.subtract.at(edges, (np.minimum(end, steps), pitch), 1)
        cells = (np.cumsum(edges[:-1], axis=0, dtype=np.int8) > 0).reshape(bars, -1, rules.pitches)
        onsets = np.bincount(start[start >= 0] // rules.steps_per_bar, minlength=bars)
        return _TrackRoll(notes.family, cells, onsets, np.any(cells, axis=1), np.any(cells, axis=2).sum(axis=1))

    def rank(self, bars: slice) -> tuple[bool, int]:
        """How well the track speaks for its family in these bars: distinct pitches + active steps, if it plays."""
        score = int(self.pitches[bars].any(axis=0).sum() + self.active_steps[bars].sum())
        return bool(self.onsets[bars].sum() >= MIN_ONSETS), score
