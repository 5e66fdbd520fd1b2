"""Ableton Link: one beat shared by all programs on the network that have Link switched on.

The package aalink and Link in it are under the GNU General Public License, so the base install is without them and
imports them nowhere but in open_link.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import Protocol

from bridge.clock import Now
from bridge.clock import now as clock_now
from bridge.clocks.metre import COMMON_TIME, Metre
from bridge.clocks.song import Song, join, standing_song
from bridge.clocks.tempo_change import explained_by_tempo
from bridge.clocks.transport import BeatReference

_JUMP_SECONDS = 0.01  # what the tempo does not explain and is more than this is a jump, as when peers find each other
_SURE_SECONDS = 0.0002  # a reading that took longer was interrupted
_READINGS = 3


class NoLink(ImportError):
    """Link was asked for and is not installed; the message says how to install it."""


class LinkSession(Protocol):
    """What is used of aalink.Link. The beat is a quarter note, counted so that multiples of the quantum are aligned."""

    quantum: float  # beats
    enabled: bool
    start_stop_sync_enabled: bool

    @property
    def beat(self) -> float: ...

    @property
    def tempo(self) -> float: ...

    @property
    def playing(self) -> bool: ...

    @property
    def num_peers(self) -> int: ...


class LinkClock:
    """Follows a Link session. `song` and `close` are called by one thread.

    A bar is the session's quantum, so that bar lines agree with those of the other programs; the number of the bar does
    not, as Link shares none. Link tells starts and stops only among programs that share them, so the song plays from
    the beginning on, and stops and starts with the others as soon as one of them has started.
    """

    name = "link"

    def __init__(self, session: LinkSession, metre: Metre = COMMON_TIME, now: Now = clock_now) -> None:
        self._session, self._now = session, now
        self._shares_starts = False
        self._song = standing_song(session.tempo, metre)
        session.quantum = metre.beats_per_bar
        session.start_stop_sync_enabled = True
        session.enabled = True

    def song(self, _now: float) -> Song:
        """The session now; Link knows no other time."""
        before = self._song
        self._shares_starts = self._shares_starts or self._session.playing
        playing = self._session.playing or not self._shares_starts
        beat, at = self._read()
        line = BeatReference(beat, 60.0 / self._session.tempo, at)
        leapt = playing != before.playing or self._has_jumped(line)
        reference = line if leapt or not playing else join(before, line, at)
        self._song = Song(reference, playing, before.metre, leap=before.leap + leapt)
        return self._song

    def notice(self, _now: float) -> str | None:
        if self._session.num_peers:
            return None
        return "no other program is in the Link session: switch Link on in the DAW, on the same network"

    def close(self) -> None:
        """Leave the session."""
        self._session.enabled = False

    def _has_jumped(self, line: BeatReference) -> bool:
        old = self._song.reference
        ahead = line.beat - old.beat_at(line.at)
        by_tempo = explained_by_tempo(ahead, line.at - old.at, old.seconds_per_beat, line.seconds_per_beat)
        return abs(ahead - by_tempo) * line.seconds_per_beat > _JUMP_SECONDS

    def _read(self) -> tuple[float, float]:
        """The session's beat, and the clock second at which it was that."""
        readings: list[tuple[float, float, float]] = []  # how long it took, beat, clock second
        while len(readings) < _READINGS and not (readings and min(readings)[0] < _SURE_SECONDS):
            begun = self._now()
            beat = self._session.beat
            ended = self._now()
            readings.append((ended - begun, beat, (begun + ended) / 2))
        return min(readings)[1:]


def open_link(tempo: float, metre: Metre = COMMON_TIME) -> LinkClock:
    """Joins the Link session on the network, or begins one at `tempo` quarter notes a minute. Raises NoLink."""
    try:
        aalink = importlib.import_module("aalink")
    except ImportError as missing:
        raise NoLink(
            "Ableton Link is not installed (it is under the GPL, the bridge is not): "
            "pip install 'maisynthesizer[link]', or set clock to transport, midi or internal"
        ) from missing

    async def session() -> LinkSession:
        link: LinkSession = aalink.Link(tempo)  # wants an event loop to be running, and then never uses it
        return link

    return LinkClock(asyncio.run(session()), metre)
