"""The notes that sound now, and when each of them ends: in beats of the song, or in clock seconds."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from bridge.clocks.transport import BeatReference
from bridge.midi.notes import AnyNote, BarKey, NoteEvent

WireKey = tuple[int, int, int]  # port, channel, pitch: what can sound only once


class Line:
    """A line in time on which notes have their places; None: it does not run yet. Replaced whole, like a beat."""

    def __init__(self, reference: BeatReference | None) -> None:
        self.reference = reference

    def time_of(self, place: float) -> float | None:
        """The clock second of a place on the line."""
        return None if self.reference is None else self.reference.time_of(place)


def clock_line() -> Line:
    """The clock's own line: a place on it is a clock second."""
    return Line(BeatReference(beat=0.0, seconds_per_beat=1.0, at=0.0))


@dataclass(slots=True, eq=False)
class Held:
    """A note that sounds."""

    key: WireKey
    bar: BarKey | None
    line: Line
    off: float  # its end, a place on the line

    def end_time(self) -> float:
        """Its end in clock seconds."""
        time = self.line.time_of(self.off)
        assert time is not None, "a note sounds on a line that does not run"
        return time


class SoundingNotes:
    """Every note that sounds, and its end. A note that is begun here is ended here, once."""

    def __init__(self) -> None:
        self._held: dict[WireKey, Held] = {}
        # Ends by line, each a heap by place, which no tempo changes; what was ended or moved meanwhile is passed over.
        self._ends: dict[Line, list[tuple[float, int, Held]]] = {}
        self._serial = 0

    def get(self, key: WireKey) -> Held | None:
        """The note that sounds there."""
        return self._held.get(key)

    def begin(self, note: AnyNote, bar: BarKey | None, line: Line) -> NoteEvent:
        """The note sounds from now on; nothing may sound in its place. Returns its note-on."""
        held = Held((note.port, note.channel, note.pitch), bar, line, note.off)
        assert held.key not in self._held, f"{held.key} sounds already"
        self._held[held.key] = held
        self._file(held)
        return NoteEvent(note.port, note.channel, note.pitch, note.velocity)

    def end(self, held: Held) -> NoteEvent:
        """The note sounds no longer. Returns its note-off."""
        del self._held[held.key]
        return NoteEvent(*held.key)

    def move_end(self, held: Held, off: float, line: Line) -> None:
        """The note ends elsewhere."""
        if (held.off, held.line) != (off, line):
            held.off, held.line = off, line
            self._file(held)

    def next_end(self) -> tuple[float, Held] | None:
        """The next note to end, with its clock second."""
        soonest: tuple[float, Held] | None = None
        for line, ends in self._ends.items():
            while ends and not self._stands(line, *ends[0]):
                heapq.heappop(ends)
            if ends and (time := line.time_of(ends[0][0])) is not None and (soonest is None or time < soonest[0]):
                soonest = (time, ends[0][2])
        return soonest

    def those(self, wanted: Callable[[Held], bool]) -> list[Held]:
        """Some of the notes that sound, in the order of their beginnings."""
        return [held for held in self._held.values() if wanted(held)]

    def _file(self, held: Held) -> None:
        self._serial += 1
        heapq.heappush(self._ends.setdefault(held.line, []), (held.off, self._serial, held))

    def _stands(self, line: Line, off: float, _serial: int, held: Held) -> bool:
        return self._held.get(held.key) is held and held.off == off and held.line is line
