"""The internal clock: the bridge itself says where the song is."""

from __future__ import annotations

from dataclasses import replace

from bridge.clocks.metre import COMMON_TIME, Metre
from bridge.clocks.song import Change, Song, change_between, standing_song
from bridge.clocks.transport import BeatReference, change_tempo


class InternalClock:
    """A song that starts, stops and jumps when it is told to; always there. `tempo` in quarter notes a minute."""

    name = "internal"

    def __init__(self, tempo: float, metre: Metre = COMMON_TIME) -> None:
        self._song = standing_song(tempo, metre)

    def song(self, _now: float) -> Song:
        return self._song

    def notice(self, _now: float) -> str | None:
        return None

    def start(self, now: float) -> Change:
        """Play on from where the song stands."""
        if self._song.playing:
            return Change.STEADY
        return self._become(replace(self._at(self._song.beat_at(now), now), playing=True))

    def stop(self, now: float) -> Change:
        """Stand still here."""
        if not self._song.playing:
            return Change.STEADY
        return self._become(replace(self._at(self._song.beat_at(now), now), playing=False))

    def locate(self, beat: float, now: float) -> Change:
        """Jump to a song position, playing or not."""
        return self._become(self._at(beat, now))

    def set_tempo(self, tempo: float, now: float) -> Change:
        """Go on from here at another tempo; called often, it makes a ramp."""
        if not self._song.playing:
            now = self._song.reference.at
        return self._become(replace(self._song, reference=change_tempo(self._song.reference, tempo, now)))

    def set_metre(self, metre: Metre) -> Change:
        """Lay the bar lines anew from the song's start."""
        return self._become(replace(self._song, metre=metre))

    def _at(self, beat: float, now: float) -> Song:
        reference = BeatReference(beat, self._song.reference.seconds_per_beat, now)
        return replace(self._song, reference=reference, leap=self._song.leap + 1)

    def _become(self, song: Song) -> Change:
        before, self._song = self._song, song
        return change_between(before, song)
