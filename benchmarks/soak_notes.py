"""What was heard at the port against what was streamed: whether note-offs came, how far note-ons were off the beat."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

from benchmarks.midi_log import LoggedMessage
from benchmarks.soak_song import Course, RememberedSong
from bridge.pianoroll import Note

Key = tuple[int, int]  # channel, pitch

FORGIVEN_SECONDS = 0.5  # after something that nobody could know of before
_LAST_MOMENT = 0.03  # seconds; a bridge on a busy machine needs so long from taking a bar up to its port
_NEAR_BEATS = 0.5  # a note further from every streamed one of its pitch was not streamed


@dataclass(frozen=True, slots=True)
class Balance:
    """Note-ons and note-offs at a port, and what is wrong with them."""

    ons: int
    offs: int
    sounding: int  # keys that have not ended
    doubled: int  # note-ons of a key that was sounding
    stray: int  # note-offs of a key that was not


def balance(heard: Iterable[LoggedMessage]) -> Balance:
    """Counts by key, in the order in which they came."""
    sounding: set[Key] = set()
    ons = offs = doubled = stray = 0
    for one in heard:
        if len(one.message) != 3 or one.message[0] & 0xF0 not in (0x80, 0x90):
            continue
        key = (one.message[0] & 0x0F, one.message[1])
        if one.is_note_on:
            ons += 1
            doubled += key in sounding
            sounding.add(key)
        else:
            offs += 1
            stray += key not in sounding
            sounding.discard(key)
    return Balance(ons, offs, len(sounding), doubled, stray)


@dataclass(frozen=True, slots=True)
class _Version:
    """A track's bar as it was streamed: its notes hold from clock second `came` on, until the next version does."""

    came: float
    channel: int
    notes: tuple[Note, ...]


@dataclass
class StreamedNotes:
    """Where notes are to begin, as the stream tells, which sends a bar anew when the music changes before its time."""

    _bars: dict[tuple[int, float, int], list[_Version]] = field(default_factory=dict)

    def take(
        self, lap: int, start: float, track: int, channel: int, part: int, notes: Sequence[Note], at: float
    ) -> None:
        """A part of a track's bar that begins at beat `start` of a lap, and came at clock second `at`."""
        versions = self._bars.setdefault((lap, start, track), [])
        if part and versions:
            before = versions.pop()
            versions.append(_Version(before.came, channel, (*before.notes, *notes)))
        else:
            versions.append(_Version(at, channel, tuple(notes)))

    def beats(self, song: RememberedSong) -> dict[tuple[int, Key], dict[float, bool]]:
        """The song positions at which each key begins in each lap, in order, and whether it must: where a version came
        or went at the last moment, it may."""
        found: dict[tuple[int, Key], dict[float, bool]] = defaultdict(dict)
        for (lap, start, _), versions in self._bars.items():
            goes = [*(version.came for version in versions[1:]), inf]
            for version, gone in zip(versions, goes, strict=True):
                for note in version.notes:
                    beat = start + note.start
                    begins = song.time_of(lap, beat)
                    if begins < gone + _LAST_MOMENT:
                        keys = found[lap, (version.channel, note.pitch)]
                        must = version.came + _LAST_MOMENT < begins < gone - _LAST_MOMENT
                        keys[beat] = keys.get(beat, False) or must
        return {key: dict(sorted(beats.items())) for key, beats in found.items()}


@dataclass(frozen=True, slots=True)
class Drift:
    """A note-on that was heard at `at`, and how many seconds after the host's beat that it belongs to."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Judged:
    """`drifts` of the notes that were streamed and heard. Those that were heard and not streamed, and those that were
    streamed and not heard, with the clock second at which they were or should have been."""

    drifts: tuple[Drift, ...]
    unexpected: tuple[tuple[float, Key], ...]
    missing: tuple[tuple[float, Key], ...]


def judge(heard: Sequence[LoggedMessage], streamed: StreamedNotes, song: RememberedSong, ended: float) -> Judged:
    """Every note-on against the beat for which it was streamed. The first half second of a lap is left out, and of
    what is missing also its last; so are laps without a stream. `ended` is when the last lap did."""
    expected = streamed.beats(song)
    places = {where: list(beats) for where, beats in expected.items()}
    found: set[tuple[int, Key, int]] = set()
    drifts: list[Drift] = []
    unexpected: list[tuple[float, Key]] = []
    for one in heard:
        course = song.course_at(one.at)
        if not one.is_note_on or one.at > ended or not course.streams:
            continue
        key = (one.message[0] & 0x0F, one.message[1])
        beat = course.reference.beat_at(one.at)
        beats = places.get((course.lap, key), [])
        nearest = _nearest(beats, beat)
        if nearest is not None and abs(beats[nearest] - beat) < _NEAR_BEATS:
            found.add((course.lap, key, nearest))
            if one.at - course.lap_began > FORGIVEN_SECONDS:
                drifts.append(Drift(one.at, (beat - beats[nearest]) * course.reference.seconds_per_beat))
        elif one.at - course.lap_began > FORGIVEN_SECONDS:
            unexpected.append((one.at, key))
    spans = _spans(song, ended)
    missing = [
        (song.time_of(lap, beat), key)
        for (lap, key), beats in expected.items()
        for number, (beat, must) in enumerate(beats.items())
        if must and spans[lap][0] < beat < spans[lap][1] and (lap, key, number) not in found
    ]
    return Judged(tuple(drifts), tuple(unexpected), tuple(sorted(missing)))


def _nearest(beats: Sequence[float], beat: float) -> int | None:
    place = bisect_left(beats, beat)
    near = [number for number in (place - 1, place) if 0 <= number < len(beats)]
    return min(near, key=lambda number: abs(beats[number] - beat), default=None)


def _spans(song: RememberedSong, ended: float) -> dict[int, tuple[float, float]]:
    """The song positions between which all that a lap's stream says is heard; none of a lap in which it stands."""
    spans: dict[int, tuple[float, float]] = {}
    for course, after in zip(song.courses, [*song.courses[1:], None], strict=True):
        end = ended if after is None else after.reference.at
        if course.playing:
            last = course.reference.beat_at(end - FORGIVEN_SECONDS)
            first = spans[course.lap][0] if course.lap in spans else _first(course)
            spans[course.lap] = (first, last)
        else:
            spans[course.lap] = (0.0, 0.0)
    return spans


def _first(course: Course) -> float:
    return course.reference.beat_at(course.lap_began + FORGIVEN_SECONDS)
