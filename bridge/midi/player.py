"""The player: notes with clock times in, MIDI messages at those times out. Every note-on owns its note-off.

NoteSchedule is the whole logic, with time as an argument; Player is the thread that runs it against a port.
"""

from __future__ import annotations

import heapq
import math
import os
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType

import mido

from bridge.clock import Now
from bridge.clock import now as clock_now
from bridge.midi.midi_ports import MidiOut

LATE_SECONDS = 0.005  # a note-on later than this is counted: about where a drummer starts to hear it


@dataclass(frozen=True, slots=True)
class TimedNote:
    """One note: `on` and `off` in clock seconds, channel 0-15, pitch 0-127, velocity 1-127."""

    on: float
    off: float
    channel: int
    pitch: int
    velocity: int


class NoteSchedule:
    """Which messages are due when. Has no clock and no lock: the caller gives the time and keeps threads apart."""

    def __init__(self) -> None:
        self.sent = 0  # note-ons
        self.ended = 0  # note-offs
        self.late = 0  # note-ons more than LATE_SECONDS after their time, and the dropped notes
        self.dropped = 0  # notes that were over before they could sound
        self.worst_late = 0.0  # seconds, of the note-ons sent
        self._waiting: list[tuple[float, int, TimedNote]] = []  # a heap, by time, then by arrival
        self._arrivals = 0
        self._sounding: dict[tuple[int, int], TimedNote] = {}  # by channel and pitch

    def add(self, notes: Iterable[TimedNote]) -> None:
        """Adds notes to those that wait; their times may be in any order, and past."""
        for note in notes:
            heapq.heappush(self._waiting, (note.on, self._arrivals, note))
            self._arrivals += 1

    def due(self, now: float) -> list[mido.Message]:
        """The messages whose time has come, in the order of their times; note-offs come first at equal times."""
        messages: list[mido.Message] = []
        while True:
            ending = min(self._sounding.values(), key=lambda note: note.off, default=None)
            off = ending.off if ending else math.inf
            on = self._waiting[0][0] if self._waiting else math.inf
            if ending and off <= min(on, now):
                messages.append(self._end(ending))
            elif on <= now:
                messages += self._start(heapq.heappop(self._waiting)[2], now)
            else:
                return messages

    def next_time(self) -> float | None:
        """When the next message is due, in clock seconds; None with nothing to do."""
        times = [note.off for note in self._sounding.values()]
        if self._waiting:
            times.append(self._waiting[0][0])
        return min(times, default=None)

    def silence(self) -> list[mido.Message]:
        """Drops everything that waits; returns a note-off for every note that sounds."""
        self._waiting.clear()
        return [self._end(note) for note in list(self._sounding.values())]

    def _start(self, note: TimedNote, now: float) -> list[mido.Message]:
        lateness = now - note.on
        if note.off <= now:
            self.late += 1
            self.dropped += 1
            return []
        messages = []
        held = self._sounding.get((note.channel, note.pitch))
        if held:
            messages.append(self._end(held))
        messages.append(mido.Message("note_on", channel=note.channel, note=note.pitch, velocity=note.velocity))
        self._sounding[note.channel, note.pitch] = note
        self.sent += 1
        self.late += lateness > LATE_SECONDS
        self.worst_late = max(self.worst_late, lateness)
        return messages

    def _end(self, note: TimedNote) -> mido.Message:
        del self._sounding[note.channel, note.pitch]
        self.ended += 1
        return mido.Message("note_off", channel=note.channel, note=note.pitch)


@dataclass(frozen=True, slots=True)
class PlayerStats:
    """What a player has done since it was made."""

    notes_on: int  # that reached the port
    notes_off: int  # that reached the port
    late: int  # note-ons more than LATE_SECONDS after their time, and notes too late to sound at all
    dropped: int  # notes too late to sound, or that the port refused
    worst_late_seconds: float
    port_errors: int = 0


_FIFO_PRIORITY = 5  # any real-time priority goes before every ordinary thread; low, so that audio servers go first
_SPIN_SECONDS = 0.0003  # how much too late a real-time thread may wake; spent looking at the clock instead
# The last stretch before a deadline is slept in small pieces where a timed wait is coarse: 15.6 ms in Windows.
_FINE_SECONDS = 0.02 if sys.platform == "win32" else 0.0
_NAP_SECONDS = 0.001
_CLOSE_SECONDS = 3.0  # how long close() waits for a port that hangs


class Player:
    """Plays notes through a MidiOut at their times.

    Threads: `play`, `silence`, `stats` and `close` may be called from any thread and never wait for
    the port. The player's own thread, started by `start`, is the only one that sends on the port, and closes it; so
    what one call puts in and the next takes back leaves in that order, and a note-off never overtakes its note-on.
    Nothing raises in that thread: a port that fails costs its messages and is counted.
    """

    def __init__(self, out: MidiOut, now: Now = clock_now, real_time: bool = True) -> None:
        """`real_time`: ask the system for real-time priority, and do without where it says no."""
        self.last_error: str | None = None
        self._out = out
        self._now = now
        self._real_time = real_time
        self._spin_seconds = 0.0
        self._schedule = NoteSchedule()
        self._endings: list[mido.Message] = []  # note-offs that silence() left for the thread to send
        self._failed: dict[str, int] = {"note_on": 0, "note_off": 0}
        self._closing = False
        self._changed = threading.Condition()  # guards all of the above
        # A daemon thread, so that a port that hangs cannot keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)

    def start(self) -> None:
        """Starts the player's thread. Called once."""
        self._thread.start()

    def play(self, notes: Iterable[TimedNote]) -> None:
        """Adds notes; those whose time is past but that are not over sound at once. Ignored after close."""
        with self._changed:
            if not self._closing:
                self._schedule.add(notes)
                self._changed.notify()

    def silence(self) -> None:
        """Drops all notes that wait and ends those that sound."""
        with self._changed:
            self._endings += self._schedule.silence()
            self._changed.notify()

    def stats(self) -> PlayerStats:
        """The counters so far."""
        with self._changed:
            return PlayerStats(
                notes_on=self._schedule.sent - self._failed["note_on"],
                notes_off=self._schedule.ended - self._failed["note_off"],
                late=self._schedule.late,
                dropped=self._schedule.dropped + self._failed["note_on"],
                worst_late_seconds=self._schedule.worst_late,
                port_errors=sum(self._failed.values()),
            )

    def close(self) -> None:
        """Silence, then the port is closed; waits for both. A second close does nothing."""
        with self._changed:
            already, self._closing = self._closing, True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(_CLOSE_SECONDS)
        elif not already:
            self._out.close()

    def __enter__(self) -> Player:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        if self._real_time and _become_real_time():
            self._spin_seconds = _SPIN_SECONDS
        try:
            self._play_until_closed()
        finally:
            with self._changed:
                self._closing = True
                endings = self._endings + self._schedule.silence()
            self._send(endings)
            try:
                self._out.close()
            except OSError as error:
                self.last_error = str(error)

    def _play_until_closed(self) -> None:
        fine = max(_FINE_SECONDS, self._spin_seconds)
        while True:
            pause = 0.0
            with self._changed:
                if self._closing:
                    return
                messages = self._endings + self._schedule.due(self._now())
                self._endings = []
                if not messages:
                    deadline = self._schedule.next_time()
                    pause = math.inf if deadline is None else deadline - self._now()
                    if pause > fine:
                        self._changed.wait(None if deadline is None else min(pause - fine, threading.TIMEOUT_MAX))
                        continue
            if messages:
                self._send(messages)
            elif pause > self._spin_seconds:
                time.sleep(min(pause - self._spin_seconds, _NAP_SECONDS))

    def _send(self, messages: list[mido.Message]) -> None:
        for message in messages:
            try:
                self._out.send(message)
            except OSError as error:
                with self._changed:
                    self._failed[message.type] += 1
                    self.last_error = str(error)


def _become_real_time() -> bool:
    """Gives the calling thread real-time priority, not inherited by what it starts; False where not permitted."""
    if sys.platform != "linux":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(_FIFO_PRIORITY))
    except OSError:
        return False
    return True
