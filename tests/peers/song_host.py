"""A host: a song on the wall clock, and a thread that tells a bridge where it is, as a DAW's device does.

The song goes as it likes: tempo ramps, locates, loops, other metres, stop and start. A bridge knows of it what
/mai/transport says, twenty times a second and at once when something happens; a test asks the host itself.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from types import TracebackType

from bridge.clock import now
from bridge.clocks.transport import BeatReference
from bridge.doors.address import Address
from bridge.doors.client import BridgeClient

TELL_EVERY = 0.05  # seconds
FORGIVEN_SECONDS = 0.5  # after something that nobody could know of before

Tempo = Callable[[float], float]  # quarter notes a minute, so many seconds after the host began


def steady(bpm: float) -> Tempo:
    """One tempo."""
    return lambda _seconds: bpm


def up_and_down(slowest: float, fastest: float, ramp_seconds: float) -> Tempo:
    """From the slowest to the fastest in `ramp_seconds`, back in as many, and so on."""
    return lambda seconds: fastest - (fastest - slowest) * abs((seconds / ramp_seconds) % 2.0 - 1.0)


class SongHost:
    """Plays from beat 0 on from the moment it is entered. Any thread may ask it and change it."""

    def __init__(self, bridge: Address, tempo: Tempo, metre: tuple[int, int] = (4, 4)) -> None:
        self._client = BridgeClient(bridge)
        self._tempo, self._metre = tempo, metre
        self._began = now()
        self._line = BeatReference(0.0, 60.0 / tempo(0.0), self._began)
        self._loop: tuple[float, float] | None = None
        self._coming_metre: tuple[float, tuple[int, int]] | None = None  # from this beat on
        self._playing = True
        self._surprises: list[float] = []
        self._lock = threading.RLock()
        self._closing, self._changed = False, threading.Condition(self._lock)
        self._thread = threading.Thread(target=self._run, name="host", daemon=True)

    def __enter__(self) -> SongHost:
        with self._changed:
            self._began = now()
            self._line = BeatReference(0.0, 60.0 / self._tempo(0.0), self._began)
            self._tell()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The song stops, and says so."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self.stop()
        self._client.close()

    def beat_now(self) -> float:
        """The song position, in quarter notes."""
        with self._lock:
            return self._line.beat_at(now()) if self._playing else self._line.beat

    def seconds_ahead(self, beat: float) -> tuple[float, bool]:
        """From now to a song position, at the tempo of now; negative when it is past.

        And whether that is forgiven: the song has just done what nobody could know of before.
        """
        with self._lock:
            forgiven = bool(self._surprises) and now() - self._surprises[-1] < FORGIVEN_SECONDS
            return (beat - self.beat_now()) * self._line.seconds_per_beat, forgiven

    @property
    def surprises(self) -> int:
        """How often the song began, jumped or changed its metre."""
        return len(self._surprises)

    def locate(self, beat: float) -> None:
        """The song jumps."""
        with self._changed:
            self._go_on(now(), beat)
            self._surprise()

    def loop(self, begin: float, end: float) -> None:
        """From `end` on the song goes to `begin`, time and again."""
        with self._changed:
            self._loop = (begin, end)
            self._changed.notify()

    def leave_the_loop(self) -> None:
        """The song goes on where the loop ends."""
        with self._changed:
            self._loop = None

    def change_metre(self, beat: float, numerator: int, denominator: int) -> None:
        """Another metre from a bar line on that is still to come."""
        with self._changed:
            self._coming_metre = (beat, (numerator, denominator))
            self._changed.notify()

    def stop(self) -> None:
        """The song stands still where it is."""
        with self._changed:
            self._go_on(now())
            self._playing = False
            self._tell()

    def play(self) -> None:
        """The song goes on from where it stands."""
        with self._changed:
            self._playing = True
            self._go_on(now(), self._line.beat)
            self._surprise()

    def _surprise(self) -> None:
        self._surprises.append(now())
        self._tell()
        self._changed.notify()

    def _go_on(self, at: float, beat: float | None = None) -> None:
        """At the tempo of this moment, from a beat or from where the song is."""
        if beat is None:
            beat = self._line.beat_at(at) if self._playing else self._line.beat
        self._line = BeatReference(beat, 60.0 / self._tempo(at - self._began), at)

    def _run(self) -> None:
        with self._changed:
            while not self._closing:
                self._changed.wait(self._pause())
                self._go_on(now())
                beat = self._line.beat
                if self._coming_metre is not None and beat >= self._coming_metre[0]:
                    self._metre, self._coming_metre = self._coming_metre[1], None
                    self._surprise()
                elif self._loop is not None and beat >= self._loop[1]:
                    self.locate(self._loop[0] + beat - self._loop[1])
                else:
                    self._tell()

    def _pause(self) -> float:
        """Seconds until there is something to tell."""
        if not self._playing:
            return TELL_EVERY
        loop_end = math.inf if self._loop is None else self._loop[1]
        metre_from = math.inf if self._coming_metre is None else self._coming_metre[0]
        return max(0.0, min(TELL_EVERY, self.seconds_ahead(min(loop_end, metre_from))[0]))

    def _tell(self) -> None:
        bpm = 60.0 / self._line.seconds_per_beat
        self._client.send("/mai/transport", self._line.beat, bpm, int(self._playing), *self._metre)
