"""The internal clock: the bridge itself says where the song is."""

from __future__ import annotations

from dataclasses import replace

from bridge.clocks.metre import COMMON_TIME, Metre
from bridge.clocks.song import Change, Song, change_between
from bridge.clocks.transport import change_tempo, start_song


class InternalClock:
    """A song that plays from when it is made; always there. `tempo` in quarter notes a minute, `now` in seconds."""

    name = "internal"

    def __init__(self, tempo: float, now: float, metre: Metre = COMMON_TIME) -> None:
        self._song = Song(start_song(tempo, now), playing=True, metre=metre)

    def song(self, _now: float) -> Song:
        return self._song

    def notice(self, _now: float) -> str | None:
        return None

    def set_tempo(self, tempo: float, now: float) -> Change:
        """Go on from here at another tempo; called often, it makes a ramp."""
        before = self._song
        self._song = replace(before, reference=change_tempo(before.reference, tempo, now))
        return change_between(before, self._song)
