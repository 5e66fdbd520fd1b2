"""Notes on their way to the MIDI ports: in song beats, which follow the tempo, or in clock seconds, which do not."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TypeVar

# What a bar is called by whoever plays it, for instance (number of the stream, number of the bar).
BarKey = Hashable


Place = tuple[int, int]  # port, channel


@dataclass(frozen=True, slots=True)
class TimedNote:
    """One note: `on` and `off` in clock seconds, channel 0-15, pitch 0-127, velocity 1-127, number of the port."""

    on: float
    off: float
    channel: int
    pitch: int
    velocity: int
    port: int = 0


@dataclass(frozen=True, slots=True)
class BeatNote:
    """One note of a song: as TimedNote, but `on` and `off` are song positions in quarter notes.

    `off` may lie beyond the bar line: a note that is tied over it is one long note of the bar in which it begins.
    """

    on: float
    off: float
    channel: int
    pitch: int
    velocity: int
    port: int = 0

    def later(self, beats: float) -> BeatNote:
        """The same note so many beats later."""
        return replace(self, on=self.on + beats, off=self.off + beats)


@dataclass(frozen=True, slots=True)
class Fallback:
    """What sounds where the next bars do not come in time, so that there is never a silence: a bar once more.

    The notes come `beats` after their own places for the first of `keys`, twice as long after them for the second, and
    so on; after as many bars as there are keys the band is silent.
    """

    keys: tuple[BarKey, ...]  # of the bars that follow, in their order
    beats: float  # the length of a bar
    notes: tuple[BeatNote, ...] | None = None  # None: those of the bar with which the fallback is given


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """A note-on, or with velocity 0 a note-off, on a port."""

    port: int
    channel: int
    pitch: int
    velocity: int = 0


AnyNote = TimedNote | BeatNote
N = TypeVar("N", TimedNote, BeatNote)

by_beginning = attrgetter("on")


def playable(notes: Iterable[N]) -> list[N]:
    """Those of the notes that MIDI can say and that last for some time, by their beginnings."""
    return sorted((note for note in notes if _is_playable(note)), key=by_beginning)


def _is_playable(note: AnyNote) -> bool:
    # No NaN passes a comparison.
    return (
        -math.inf < note.on < note.off < math.inf
        and 0 <= note.channel <= 15
        and 0 <= note.pitch <= 127
        and 1 <= note.velocity <= 127
    )
