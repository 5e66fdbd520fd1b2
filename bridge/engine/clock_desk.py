"""The clock sources, and the one that the setting `clock` has chosen."""

from __future__ import annotations

from collections.abc import Callable

from bridge.clocks.host import HostClock
from bridge.clocks.internal import InternalClock
from bridge.clocks.lead import Host, Lead
from bridge.clocks.metre import Metre
from bridge.clocks.song import Song
from bridge.clocks.source import ClockSource
from bridge.doors.clients import FORGET_AFTER_SECONDS

CLOCKS = ("transport", "midi", "link", "internal")


class ClockDesk:
    """Tells the song. `transport` is the host's, and until a host has spoken the internal one.

    `open_clock` makes the source `midi` or `link` and raises OSError or ImportError, with a sentence, where it cannot.
    """

    def __init__(self, tempo: float, now: float, open_clock: Callable[[str], ClockSource] | None = None) -> None:
        self._internal = InternalClock(tempo, now)
        self._host = HostClock(tempo)
        self._lead = Lead(FORGET_AFTER_SECONDS)
        self._host_has_spoken = False
        self._open_clock = open_clock
        self._opened: dict[str, ClockSource] = {}
        self.chosen = "transport"

    @property
    def source(self) -> ClockSource:
        if self.chosen in self._opened:
            return self._opened[self.chosen]
        return self._host if self.chosen == "transport" and self._host_has_spoken else self._internal

    def song(self, now: float) -> Song:
        return self.source.song(now)

    def notice(self, now: float) -> str | None:
        """A sentence when the chosen source is silent."""
        return self.source.notice(now)

    def choose(self, name: str) -> None:
        """Take the song from another source from now on. Raises OSError or ImportError, and keeps the old one."""
        if name in ("midi", "link") and name not in self._opened:
            if self._open_clock is None:
                raise OSError(f"the clock {name} cannot be opened here")
            self._opened[name] = self._open_clock(name)
        self.chosen = name

    def set_tempo(self, tempo: float, now: float) -> None:
        """The internal clock's."""
        self._internal.set_tempo(tempo, now)

    @property
    def leader(self) -> Host | None:
        """The host that `transport` follows; None: none has spoken yet, or it has gone."""
        return self._lead.leader

    def hear_host(
        self, host: Host, beat: float, bpm: float, playing: bool, metre: Metre | None, now: float
    ) -> str | None:
        """A message of a host, which is followed if that one leads. Raises ValueError for what no host can mean.

        Returns a sentence when the musician should know who leads the song.
        """
        if self._lead.goes_to(host, playing, now):
            self._host.hear(beat, bpm, playing, metre, now)
            self._host_has_spoken = True
        return self._lead.hear(host, playing, now, tells=self.chosen == "transport")

    def forget_leader(self) -> None:
        """The host that leads has gone: the next that speaks is followed."""
        self._lead.forget_leader()

    def close(self) -> None:
        """Let go of ports and sessions."""
        for source in self._opened.values():
            close = getattr(source, "close", None)
            if close is not None:
                close()
        self._opened.clear()
