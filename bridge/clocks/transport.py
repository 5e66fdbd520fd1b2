"""Where the song is: a beat is three numbers, replaced whole. A clock source makes them, the rest only reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BeatReference:
    """The song stood at `beat` (quarter notes) at clock second `at`, and goes on at `seconds_per_beat`."""

    beat: float
    seconds_per_beat: float
    at: float

    def beat_at(self, now: float) -> float:
        """The song position at clock second `now`. The reverse of time_of."""
        return self.beat + (now - self.at) / self.seconds_per_beat

    def time_of(self, beat: float) -> float:
        """The clock second of a song position. The reverse of beat_at."""
        return self.at + (beat - self.beat) * self.seconds_per_beat


def start_song(tempo: float, now: float) -> BeatReference:
    """Beat 0 is now; `tempo` in quarter notes a minute."""
    return BeatReference(beat=0.0, seconds_per_beat=60.0 / tempo, at=now)


def change_tempo(reference: BeatReference, tempo: float, now: float) -> BeatReference:
    """The song goes on from where it is now, at another tempo."""
    return BeatReference(beat=reference.beat_at(now), seconds_per_beat=60.0 / tempo, at=now)
