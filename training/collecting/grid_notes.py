"""The notes of a song, all tracks in one table, and the same notes on the grid of a region in 4/4."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.collecting.families import DRUMS
from training.data.phrase_file import PhraseRules

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch in 4/4: from `start` to before `end` (ticks), `bars` long, its first bar the song's `first_bar`-th."""

    start: int
    end: int
    first_bar: int
    bars: int


@dataclass(frozen=True, slots=True)
class TrackNotes:
    """The notes of one track: MIDI pitches, and ticks from the song's start."""

    family: int
    pitch: Ints
    start: Ints
    end: Ints


@dataclass(frozen=True, slots=True)
class SongNotes:
    """The notes of all tracks, a column each: the place of the track in `families`, MIDI pitch, start and end in ticks.

    `families` has the family of each track; tracks of one family follow on each other.
    """

    families: tuple[int, ...]
    track: Ints
    pitch: Ints
    start: Ints
    end: Ints

    @staticmethod
    def of(tracks: list[TrackNotes], pooled: Collection[int]) -> SongNotes:
        """Tracks, those of each of the pooled families made one."""
        by_family = sorted(tracks, key=lambda track: track.family)
        families: list[int] = []
        places = []
        for track in by_family:
            if not families or families[-1] != track.family or track.family not in pooled:
                families.append(track.family)
            places.append(len(families) - 1)
        pitch, start, end = (
            np.concatenate([getattr(t, name) for t in by_family]) for name in ("pitch", "start", "end")
        )
        return SongNotes(
            tuple(families), np.repeat(places, [len(track.pitch) for track in by_family]), pitch, start, end
        )


@dataclass(frozen=True, slots=True)
class GridNotes:
    """Notes sorted by track, pitch and start: pitches from 0; start and end in steps from the region's start."""

    track: Ints
    pitch: Ints
    start: Ints
    end: Ints


def notes_by_region(notes: SongNotes, regions: Sequence[Region], margin: int) -> Iterator[SongNotes]:
    """Of each region in turn, in order of time, the notes that can sound in it, and few others.

    `margin`: ticks by which rounding can move a note, at most. What began before that is one note a string, a track
    and pitch: its end is the last of the ends, as notes_on_grid has it. A file of a thousand changes of metre would
    else be read a thousand times.
    """
    if len(regions) < 2:
        yield from (notes for _ in regions)
        return
    order = np.argsort(notes.start, kind="stable")
    track, pitch, start, end = (column[order] for column in (notes.track, notes.pitch, notes.start, notes.end))
    pitches = int(pitch.max(initial=0)) + 1
    string = track * pitches + pitch
    last_start = np.zeros(len(notes.families) * pitches, dtype=np.int64)
    last_end = np.full_like(last_start, np.iinfo(np.int64).min)
    passed = 0
    for region in regions:
        first, beyond = np.searchsorted(start, (region.start - margin, region.end + margin))
        gone = slice(passed, first)
        last_start[string[gone]] = start[gone]  # of several, the last one stays
        np.maximum.at(last_end, string[gone], end[gone])
        passed = max(passed, int(first))
        held = np.flatnonzero(last_end > region.start - margin)
        here = slice(first, beyond)
        yield SongNotes(
            notes.families,
            np.concatenate([held // pitches, track[here]]),
            np.concatenate([held % pitches, pitch[here]]),
            np.concatenate([last_start[held], start[here]]),
            np.concatenate([last_end[held], end[here]]),
        )


def notes_on_grid(
    notes: SongNotes, region: Region, phase: float, ticks_per_quarter: int, rules: PhraseRules
) -> GridNotes:
    """The notes that sound in a region, rounded to steps from its start; one begun before it has a negative start.

    Notes of one pitch stay two: the former ends a step before the next begins, but keeps one step at least. A note
    struck again while it sounds goes on until the later of the two ends. A drum is one step long.
    """
    start, end = (
        np.floor((ticks - region.start - phase) * rules.steps_per_beat / ticks_per_quarter + 0.5).astype(np.int64)
        for ticks in (notes.start, notes.end)
    )
    drums = np.array([family == DRUMS for family in notes.families], dtype=np.bool_)[notes.track]
    end = np.where(drums, start + 1, np.maximum(end, start + 1))
    pitch = notes.pitch - rules.lowest_pitch
    inside = (end > 0) & (start < region.bars * rules.steps_per_bar) & (pitch >= 0) & (pitch < rules.pitches)
    string, start, end = (column[inside] for column in (notes.track * rules.pitches + pitch, start, end))
    if not len(start):
        return GridNotes(string, string, start, end)
    order = np.argsort((string * (int(np.ptp(start)) + 1)) + (start - start.min()))
    string, start, end = string[order], start[order], end[order]
    far = int(end.max()) + 1  # keeps the strings, one a track and pitch, apart in one running maximum
    end = np.maximum.accumulate(string * far + end) - string * far
    same = string[1:] == string[:-1]
    alone = np.ones(len(string), dtype=np.bool_)  # of notes that begin together, the last has had the longest's end
    alone[:-1] = ~same | (start[1:] != start[:-1])
    string, start, end = string[alone], start[alone], end[alone]
    touches = (string[1:] == string[:-1]) & (start[1:] <= end[:-1])
    end[:-1] = np.where(touches, np.maximum(start[1:] - 1, start[:-1] + 1), end[:-1])
    track, pitch = np.divmod(string, rules.pitches)
    return GridNotes(track, pitch, start, end)
