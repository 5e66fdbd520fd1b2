"""The player: the thread that sends notes at their times, and sees to it that the last thing out is silence."""

from __future__ import annotations

import atexit
import logging
import math
import sys
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType

from bridge.clock import Now
from bridge.clock import now as clock_now
from bridge.clocks.transport import BeatReference
from bridge.midi.midi_ports import MidiMessage, MidiOut
from bridge.midi.note_schedule import NoteSchedule
from bridge.midi.notes import BarKey, BeatNote, Fallback, NoteEvent, Place, TimedNote
from bridge.midi.real_time import become_real_time
from bridge.midi.wire import Wire

__all__ = ["BeatNote", "Fallback", "Player", "PlayerStats", "TimedNote"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlayerStats:
    """What a player has done since it was made."""

    notes_on: int  # that reached the port
    notes_off: int  # that reached the port
    late: int  # note-ons more than LATE_SECONDS after their time, and notes too late to sound at all
    dropped: int  # notes too late to sound, that MIDI cannot say, or that the port refused
    worst_late_seconds: float
    port_errors: int = 0  # messages that a port refused
    replaced: int = 0  # bars that were given again before they were over
    repeated: int = 0  # bars that were not there in time, so that the last one was played again
    failures: int = 0  # times that the player lost what it was to play, by an error of its own


# So long before a deadline a real-time thread wakes, finds what is due, and looks at the clock until then. A busy
# engine keeps the interpreter from it for as long: at 0.3 ms 99 % of note-ons came within 0.72 ms, at 2 ms within 0.34;
# on two crowded cores within 3.8 and 0.8 (benchmarks/jitter.py). Longer spins gained no more.
_SPIN_SECONDS = 0.002
# The last stretch before a deadline is slept in small pieces where a timed wait is coarse: 15.6 ms in Windows.
_FINE_SECONDS = 0.02 if sys.platform == "win32" else 0.0
_NAP_SECONDS = 0.001
_CLOSE_SECONDS = 3.0  # how long close() waits for a port that hangs
_FAILURES_BORNE = 20  # a player that fails more often than this does not go on


class Player:
    """Plays notes through MIDI ports at their times.

    Threads: all methods may be called from any thread and never wait for a port, but close, which does. The player's
    own thread, started by `start`, is the only one that sends; so what one call puts in and the next takes back leaves
    in that order, and a note-off never overtakes its note-on. Nothing raises in that thread: a port that fails costs
    its own messages, an error of the player's own costs what waited and ends what sounded, and both are counted.
    """

    def __init__(self, outs: MidiOut | Sequence[MidiOut], now: Now = clock_now, real_time: bool = True) -> None:
        """`outs`: the port, or the ports by the numbers that notes have. `real_time`: ask for real-time priority."""
        self._now = now
        self._real_time = real_time
        self._spin_seconds = 0.0
        self._wire = Wire(outs if isinstance(outs, Sequence) else [outs])
        self._schedule = NoteSchedule()
        self._ends: list[NoteEvent] = []  # note-offs that other threads left for this one to send
        self._messages: list[tuple[int, MidiMessage]] = []  # and other messages
        self._failures: list[str] = []
        self._closing = False
        self._changed = threading.Condition()  # guards the schedule and all after it
        # A daemon thread, so that a port that hangs cannot keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)

    @property
    def last_error(self) -> str | None:
        """What went wrong last, in the player or at a port."""
        return self._failures[-1] if self._failures else self._wire.last_error

    def start(self) -> None:
        """Starts the player's thread. Called once."""
        self._thread.start()
        # However the process comes to its end, silence comes first.
        atexit.register(self.close)

    def play(self, notes: Iterable[TimedNote]) -> None:
        """Adds notes in clock seconds. Ignored after close."""
        with self._changed:
            if not self._closing:
                self._schedule.play(notes)
                self._changed.notify()

    def play_bar(self, key: BarKey, notes: Iterable[BeatNote], fallback: Fallback | None = None) -> None:
        """Puts a bar's notes, in song beats, in the place of those that it had. Ignored after close.

        They wait until set_song tells where the song is. What sounds keeps its note-off; where the bar has the same
        note sounding now, that note goes on to its new end. `fallback`: what sounds if the bars after it are not there
        when their time has come; it holds until the next one is given, or bars are dropped.
        """
        notes = list(notes)
        with self._changed:
            if not self._closing:
                self._schedule.play_bar(key, notes, self._now(), fallback)
                self._changed.notify()

    def set_song(self, reference: BeatReference) -> None:
        """The song goes like this from now on: all bars and the ends of what sounds follow.

        A jump is no more than this for what sounds, which ends when it would have; drop the bars first. Raises
        ValueError for a song that does not move on.
        """
        with self._changed:
            self._schedule.set_song(reference, self._now())
            self._changed.notify()

    def drop(self, keys: Collection[BarKey] | None = None, ring: bool = False) -> None:
        """Forgets what waits of these bars (None: of all), and the fallback.

        `ring`: what sounds of them comes to its own end; otherwise it ends now.
        """
        with self._changed:
            self._ends += self._schedule.drop(keys, ring)
            self._changed.notify()

    def mute(self, places: Collection[Place]) -> None:
        """What waits for these channels of ports is not sent when its time comes, and what sounds there ends now."""
        with self._changed:
            self._ends += self._schedule.mute(places)
            self._changed.notify()

    def silence(self) -> None:
        """Drops all notes that wait and ends those that sound."""
        with self._changed:
            self._ends += self._schedule.silence(self._now())
            self._changed.notify()

    def send(self, messages: Iterable[tuple[int, MidiMessage]]) -> None:
        """Sends messages that are no notes at once, each on the port of that number. Ignored after close."""
        with self._changed:
            if not self._closing:
                self._messages += messages
                self._changed.notify()

    def stats(self) -> PlayerStats:
        """The counters so far."""
        with self._changed:
            counts, wire = self._schedule.counts, self._wire
            return PlayerStats(
                notes_on=wire.notes_on,
                notes_off=wire.notes_off,
                late=counts.late,
                dropped=counts.dropped + wire.refused_on,
                worst_late_seconds=counts.worst_late,
                port_errors=wire.errors,
                replaced=counts.replaced,
                repeated=counts.repeated,
                failures=len(self._failures),
            )

    def close(self) -> None:
        """Silence, then the ports are closed; waits for both. A second close does nothing."""
        with self._changed:
            already, self._closing = self._closing, True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(_CLOSE_SECONDS)
        elif not already:
            self._wire.close()
        atexit.unregister(self.close)

    def __enter__(self) -> Player:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            if self._real_time and become_real_time():
                self._spin_seconds = _SPIN_SECONDS
            while not self._played_until_closed():
                if len(self._failures) > _FAILURES_BORNE:
                    return
        finally:
            with self._changed:
                self._closing = True
            self._wire.close()

    def _played_until_closed(self) -> bool:
        """True when the player was closed, False after an error: then nothing sounds and nothing waits."""
        try:
            self._play_until_closed()
        except Exception as error:  # the band goes on with the next bar
            log.exception("the MIDI player failed: all notes are ended")
            with self._changed:
                self._failures.append(f"{type(error).__name__}: {error}")
                self._schedule = self._schedule.afresh()
                self._ends, self._messages = [], []
            self._wire.silence()
            return False
        return True

    def _play_until_closed(self) -> None:
        fine = max(_FINE_SECONDS, self._spin_seconds)
        while True:
            with self._changed:
                if self._closing:
                    return
                messages, self._messages = self._messages, []
                ends, self._ends = self._ends, []
                now, deadline = self._now(), self._schedule.next_time()
                pause = math.inf if deadline is None else deadline - now
                if pause > fine and not (messages or ends):
                    self._changed.wait(None if deadline is None else min(pause - fine, threading.TIMEOUT_MAX))
                    continue
                # What is as near as this is settled: a change that comes now is too late for it.
                due_at = now if deadline is None else max(now, deadline)
                events = self._schedule.due(due_at) if pause <= self._spin_seconds else []
            for port, message in messages:
                self._wire.send_message(port, message)
            self._wire.send(ends)
            if events:
                while self._now() < due_at:
                    pass
                self._wire.send(events)
            elif self._spin_seconds < pause <= fine:
                time.sleep(min(pause - self._spin_seconds, _NAP_SECONDS))
