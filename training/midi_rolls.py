"""One MIDI file to phrases: notes on the grid, bars by the downbeats, one roll a family, windows of a few bars."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from symusic.core import ScoreTick

from training.families import DRUMS, FAMILIES, family_of
from training.phrase_file import BEATS_PER_BAR, PhraseRules, pack_cells

# A file beyond these is no song, and could fill the memory.
MAX_FILE_BYTES = 16 * 2**20
MAX_NOTES = 1_000_000
MAX_TRACKS = 256
MAX_BARS = 20_000
MAX_HOURS = 4.0

MIN_ONSETS = 2  # in a phrase, for a family to count as active
_SECTION_BARS = 32  # the rolls of a song are drawn this many bars at a time, so that they stay small

Ints = NDArray[np.int64]
_Phrase = tuple[int, bytes, NDArray[np.bool_]]  # first bar in the song, packed cells, families active


class MidiFileError(ValueError):
    """No phrases can be taken from the file; the message says why."""


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


def read_phrases(path: Path, rules: PhraseRules) -> SongPhrases:
    """The distinct phrases of a MIDI file. Raises MidiFileError for a file that has none, with the reason."""
    score = _load(path)
    tracks = _notes_by_track(score)
    if not tracks:
        raise MidiFileError("no notes of the five families")
    song_end = max(int(track.end.max()) for track in tracks)
    _check_length(score, song_end)
    regions = [region for region in four_four_regions(score, song_end) if region.bars >= rules.bars]
    if not regions:
        raise MidiFileError(f"no {rules.bars} bars of 4/4 in a row")
    phase = constant_phase(tracks, regions, score.ticks_per_quarter)
    # A kit is one instrument, also where each drum has a track of its own: all of them are on one channel.
    tracks = _pooled(tracks, range(len(FAMILIES)) if rules.merge_families else (DRUMS,))
    found: dict[bytes, tuple[int, NDArray[np.bool_]]] = {}
    for region in regions:
        on_grid = [notes_on_grid(track, region, phase, score.ticks_per_quarter, rules) for track in tracks]
        for bar, packed, active in _phrases(on_grid, region, rules):
            found.setdefault(packed, (bar, active))
    if not found:
        raise MidiFileError(f"no {rules.bars} bars in which {rules.min_tracks} families play")
    return SongPhrases(
        phrases=np.frombuffer(b"".join(found), dtype=np.uint8).reshape(len(found), -1),
        first_bar=np.array([bar for bar, _ in found.values()], dtype=np.int32),
        active=np.stack([active for _, active in found.values()]),
    )


def _load(path: Path) -> ScoreTick:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise MidiFileError(f"larger than {MAX_FILE_BYTES // 2**20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise MidiFileError(f"cannot be read: {error.strerror}") from error
    if data[:4] != b"MThd":
        raise MidiFileError("not a MIDI file: it does not begin with MThd" if data else "the file is empty")
    try:
        score = ScoreTick.from_midi(data)
    except Exception as error:  # whatever the reader makes of a broken file, the collection goes on
        raise MidiFileError(f"not a MIDI file that can be read: {str(error).strip()}") from error
    if score.ticks_per_quarter < 1:
        raise MidiFileError(f"{score.ticks_per_quarter} ticks a quarter note")
    if (notes := sum(len(track.notes) for track in score.tracks)) > MAX_NOTES:
        raise MidiFileError(f"{notes} notes, more than {MAX_NOTES}")
    return score


def _notes_by_track(score: ScoreTick) -> list[TrackNotes]:
    tracks = []
    for track in score.tracks:
        family = family_of(track.program, track.is_drum)
        if family is None or not len(track.notes):
            continue
        # A note-on of velocity 0 is a note-off; the reader sees to that.
        columns = track.notes.numpy()
        start, duration, pitch = (columns[name].astype(np.int64) for name in ("time", "duration", "pitch"))
        if start.min() < 0 or duration.min() < 0:
            raise MidiFileError("a note at a negative time: the times overflow")
        tracks.append(TrackNotes(family, pitch, start, start + duration))
    if len(tracks) > MAX_TRACKS:
        raise MidiFileError(f"{len(tracks)} tracks with notes, more than {MAX_TRACKS}")
    return tracks


def _check_length(score: ScoreTick, song_end: int) -> None:
    bars = song_end / score.ticks_per_quarter / BEATS_PER_BAR
    if bars > MAX_BARS:
        raise MidiFileError(f"{bars:.0f} bars long, more than {MAX_BARS}")
    tempos = score.tempos.numpy()
    times = np.concatenate([[0], np.clip(tempos["time"].astype(np.int64), 0, song_end), [song_end]])
    microseconds = np.concatenate([[500_000], tempos["mspq"].astype(np.int64)])  # 120 a minute until told otherwise
    hours = float((np.diff(times) * microseconds).sum()) / score.ticks_per_quarter / 3.6e9
    if hours > MAX_HOURS:
        raise MidiFileError(f"{hours:.1f} hours long, more than {MAX_HOURS:g}")


def four_four_regions(score: ScoreTick, song_end: int) -> list[Region]:
    """The stretches in 4/4, in order of time; without a time signature all is 4/4. Raises MidiFileError.

    Bars count from each time signature, which falls on a downbeat; the same signature again on a bar line changes
    nothing. A bar that the next signature cuts short is not in the region; the song's last bar is, however short.
    """
    quarter = score.ticks_per_quarter
    signatures = [(0, (4, 4), 4.0 * quarter)]  # start in ticks, signature, ticks a bar
    for change in sorted(score.time_signatures, key=lambda change: int(change.time)):
        if change.time < 0 or change.numerator < 1 or change.denominator < 1:
            raise MidiFileError(f"a time signature of {change.numerator}/{change.denominator} at tick {change.time}")
        signature = (change.numerator, change.denominator)
        bar_ticks = 4.0 * quarter * change.numerator / change.denominator
        last_start, last_signature, _ = signatures[-1]
        if signature == last_signature and (change.time - last_start) % bar_ticks == 0:
            continue
        if change.time == last_start:
            signatures.pop()
        signatures.append((change.time, signature, bar_ticks))
    regions = []
    first_bar = 0
    next_starts = [*(start for start, _, _ in signatures[1:]), song_end]
    for (start, signature, bar_ticks), next_start in zip(signatures, next_starts, strict=True):
        end = min(next_start, song_end)
        length = max(0, end - start) / bar_ticks
        begun, complete = math.ceil(length - _HAIR), math.floor(length + _HAIR)
        if signature == (4, 4):
            regions.append(Region(start, end, first_bar, begun if end == song_end else complete))
        first_bar += begun
    return regions


_HAIR = 0.01  # of a bar: a last note that rings so little over the bar line opens no bar


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
