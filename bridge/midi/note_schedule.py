"""Which messages are due when. Notes belong to bars, and a bar that waits can be replaced, repeated or dropped.

There is no clock here and no lock: the caller gives the time and keeps threads apart. Bars are in song beats, and the
schedule holds the song's reference: when that is replaced, all that waits and all that sounds moves with it. Single
notes are in clock seconds: for what is played without a song.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bridge.clocks.transport import BeatReference
from bridge.midi.notes import (
    AnyNote,
    BarKey,
    BeatNote,
    Fallback,
    N,
    NoteEvent,
    Place,
    TimedNote,
    by_beginning,
    playable,
)
from bridge.midi.repetition import Repetition
from bridge.midi.sounding import Line, SoundingNotes, clock_line

LATE_SECONDS = 0.005  # a note-on later than this is counted: about where a drummer starts to hear it

# A note-on comes no later than this, or the note is left out: a flam is better than a hole, but a burst is not. A
# host's clock is set right by as much at once, and that must cost no note.
GRACE_SECONDS = 0.05
# A long note may come later: a pad that enters late is better than a bar without its harmony, and makes no rhythm.
ENTER_LATE_SHARE = 0.25  # of its length, that may be gone
ENTER_LATE_SECONDS = 0.5  # that must be left

_JUMP_BEATS = 1.0  # a song that moves by more has jumped: no change of tempo or correction does that at once
_BARS_REMEMBERED = 256


@dataclass
class NoteCounts:
    """What a schedule has done with its notes and bars."""

    late: int = 0  # note-ons more than LATE_SECONDS after their time, and notes too late to sound
    dropped: int = 0  # notes too late to sound, or that MIDI cannot say; not those that a jump left behind
    worst_late: float = 0.0  # seconds, of the note-ons sent
    replaced: int = 0  # bars that were given again
    repeated: int = 0  # bars that were not there in time, so that a fallback sounded


@dataclass(slots=True, eq=False)
class _Bar:
    """What waits of a bar; without a key, the single notes."""

    key: BarKey | None
    line: Line
    waiting: list[AnyNote]  # the next is the last

    def next_time(self) -> float:
        time = self.line.time_of(self.waiting[-1].on) if self.waiting else None
        return math.inf if time is None else time


class NoteSchedule:
    """The notes that wait and those that sound. Every note-on owns its note-off.

    No two notes of one port, channel and pitch ever overlap: the earlier is ended first.
    """

    def __init__(self, counts: NoteCounts | None = None) -> None:
        self.counts = counts or NoteCounts()
        self._song = Line(None)
        self._song_since = -math.inf  # when the song began here, jumped to where it is, or was silenced
        self._singles = _Bar(None, clock_line(), [])
        self._bars: dict[BarKey, _Bar] = {}  # those of which something waits
        self._there: dict[BarKey, None] = {}  # those that were given, the oldest first
        self._repetition: Repetition | None = None
        self._sounding = SoundingNotes()
        self._muted: frozenset[Place] = frozenset()

    def play(self, notes: Iterable[TimedNote]) -> None:
        """Adds notes in clock seconds; in any order, and also past."""
        merged = [*reversed(self._singles.waiting), *self._playable(list(notes))]
        merged.sort(key=by_beginning)
        self._singles.waiting = merged[::-1]

    def play_bar(self, key: BarKey, notes: Iterable[BeatNote], now: float, fallback: Fallback | None = None) -> None:
        """Puts a bar's notes in the place of those that it had, which wait no longer.

        What sounds already keeps its note-off, unless the bar has the same note sounding over `now`: then that takes
        over, to its own end, without a new note-on. What an earlier bar holds into this one is not cut short by that.
        `fallback` takes the place of the last one that was given.
        """
        given_before = key in self._there
        self.counts.replaced += given_before
        self._there.pop(key, None)
        self._there[key] = None
        if len(self._there) > _BARS_REMEMBERED:
            del self._there[next(iter(self._there))]
        good = self._playable(list(notes))
        if fallback is not None:
            self._repetition = Repetition(fallback, good)
        self._wait(key, [note for note in good if self._is_to_come(note, key, given_before, now)])

    def drop(self, keys: Collection[BarKey] | None = None, ring: bool = False) -> list[NoteEvent]:
        """Forgets what waits of these bars (None: of all bars), and the fallback.

        `ring`: what sounds of them comes to its own end; otherwise it ends now. Returns the note-offs for that.
        """
        self._repetition = None
        for key in list({**self._there, **self._bars} if keys is None else keys):
            self._there.pop(key, None)
            self._bars.pop(key, None)
        if ring:
            return []
        held = self._sounding.those(lambda held: held.bar is not None and (keys is None or held.bar in keys))
        return [self._sounding.end(one) for one in held]

    def mute(self, places: Collection[Place]) -> list[NoteEvent]:
        """What has its turn from now on at these places, and at no others, is left out. Returns the note-offs for what
        sounds there."""
        self._muted = frozenset(places)
        return [self._sounding.end(held) for held in self._sounding.those(lambda held: held.key[:2] in self._muted)]

    def silence(self, now: float) -> list[NoteEvent]:
        """Forgets everything that waits; returns a note-off for every note that sounds."""
        self._singles.waiting = []
        self._song_since = now  # what a bar that comes later had before was to be silent
        self.drop(ring=True)
        return [self._sounding.end(held) for held in self._sounding.those(lambda _: True)]

    def set_song(self, reference: BeatReference, now: float) -> None:
        """From now on the song goes like this; what waits and the ends of what sounds move with it.

        When it jumps (by more than a beat), what sounds ends when it would have; the bars that wait are the caller's to
        drop. Raises ValueError for a song that does not move on.
        """
        if not 0.0 < reference.seconds_per_beat < math.inf:
            raise ValueError(f"seconds_per_beat is {reference.seconds_per_beat}, expected more than 0")
        before, self._song.reference = self._song.reference, reference
        if before is None:
            self._song_since = now
        elif abs(reference.beat_at(now) - before.beat_at(now)) > _JUMP_BEATS:
            self._song_since = now
            for held in self._sounding.those(lambda held: held.line is self._song):
                self._sounding.move_end(held, before.time_of(held.off), self._singles.line)

    def due(self, now: float) -> list[NoteEvent]:
        """The messages whose time has come, in the order of their times; note-offs come first at equal times."""
        events: list[NoteEvent] = []
        while True:
            off, ending = self._sounding.next_end() or (math.inf, None)
            again = self._repetition_time()
            bar = self._next_bar()
            on = bar.next_time()
            if ending and off <= min(on, again, now):
                events.append(self._sounding.end(ending))
            elif self._repetition and again <= min(on, now):
                self._wait(*self._repetition.begin())
                self.counts.repeated += 1
            elif on <= now:
                events += self._begin(bar, now)
            else:
                return events

    def next_time(self) -> float | None:
        """When the next message is due, in clock seconds; None with nothing to do."""
        off, _ = self._sounding.next_end() or (math.inf, None)
        time = min(off, self._repetition_time(), self._next_bar().next_time())
        return None if time == math.inf else time

    def afresh(self) -> NoteSchedule:
        """An empty schedule that goes on with the same song and counts."""
        schedule = NoteSchedule(self.counts)
        schedule._song.reference, schedule._song_since = self._song.reference, self._song_since
        schedule._muted = self._muted
        return schedule

    def _playable(self, notes: list[N]) -> list[N]:
        good = playable(notes)
        self.counts.dropped += len(notes) - len(good)
        return good

    def _wait(self, key: BarKey, notes: list[BeatNote]) -> None:
        self._bars.pop(key, None)
        if notes:
            self._bars[key] = _Bar(key, self._song, [*reversed(notes)])

    def _is_to_come(self, note: BeatNote, key: BarKey, given_before: bool, now: float) -> bool:
        """Whether a note of a bar that comes now has to wait for its turn; or else it takes over, or is past."""
        on, off = self._song.time_of(note.on), self._song.time_of(note.off)
        if on is None or off is None or on >= now:
            return True
        held = self._sounding.get((note.port, note.channel, note.pitch))
        if held is not None and min(off, held.end_time()) > now:
            if held.bar == key or off > held.end_time():
                self._sounding.move_end(held, note.off, self._song)
            return False
        # Where the bar had other notes, those have sounded here.
        return not given_before or _may_enter(on, off, now)

    def _begin(self, bar: _Bar, now: float) -> list[NoteEvent]:
        """The messages of a bar's next note, whose time has come."""
        note = bar.waiting.pop()
        if not bar.waiting and bar.key is not None:
            del self._bars[bar.key]
        if (note.port, note.channel) in self._muted:
            return []
        on, off = bar.line.time_of(note.on), bar.line.time_of(note.off)
        assert on is not None
        assert off is not None
        enters = _may_enter(on, off, now)
        late = now - on
        if bar.key is None or on >= self._song_since:
            self.counts.late += not enters or late > LATE_SECONDS
            self.counts.dropped += not enters
            self.counts.worst_late = max(self.counts.worst_late, late if enters else 0.0)
        if not enters:
            return []
        held = self._sounding.get((note.port, note.channel, note.pitch))
        ended = [] if held is None else [self._sounding.end(held)]
        return [*ended, self._sounding.begin(note, bar.key, bar.line)]

    def _next_bar(self) -> _Bar:
        """The bar with the next note; the single notes, when there is none."""
        return min((self._singles, *self._bars.values()), key=_Bar.next_time)

    def _repetition_time(self) -> float:
        beat = None if self._repetition is None else self._repetition.first_beat(self._there)
        time = None if beat is None else self._song.time_of(beat)
        return math.inf if time is None else time


def _may_enter(on: float, off: float, now: float) -> bool:
    """Whether a note that should have begun at `on` may still begin."""
    late, left = now - on, off - now
    return left > 0.0 and (
        late <= GRACE_SECONDS or (late <= ENTER_LATE_SHARE * (off - on) and left >= ENTER_LATE_SECONDS)
    )
