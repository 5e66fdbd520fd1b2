"""The song as a clock source tells it: where it is, whether it moves, and where its bar lines lie.

A source replaces it whole; the scheduler only reads it, from whichever thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bridge.clocks.metre import COMMON_TIME, Metre
from bridge.clocks.transport import BeatReference

_SAME_TEMPO = 1e-3  # share; a MIDI clock's tempo trembles by less


class Change(Enum):
    """What happened between two tellings of a song; the first that holds, in this order."""

    STARTED = "the song began to move"
    STOPPED = "the song stands still"
    LOCATED = "the song jumped to another position: a locate, or a loop's end"
    METRE = "the bar lines lie elsewhere"
    TEMPO = "the song moves at another tempo"
    STEADY = "the song goes on as it did"


@dataclass(frozen=True, slots=True)
class Song:
    """A song position in quarter notes from the song's start, as a line in time, and the metre.

    `reference` begins at its own time `at`: before, the song stands at `reference.beat`. So a source that finds itself
    a little ahead lets the song wait, and a playing song never goes backwards within one `leap`.
    """

    reference: BeatReference
    playing: bool = False
    metre: Metre = COMMON_TIME
    bars_from: float = 0.0  # a bar line, in beats; the others are counted from it
    leap: int = 0  # counts starts, stops and jumps: within one number the song only moves on

    @property
    def tempo(self) -> float:
        """Quarter notes a minute."""
        return 60.0 / self.reference.seconds_per_beat

    def beat_at(self, now: float) -> float:
        """The song position at clock second `now`."""
        return self.reference.beat_at(max(now, self.reference.at)) if self.playing else self.reference.beat

    def time_of(self, beat: float) -> float:
        """The clock second of a song position while the song plays; may lie in the past."""
        return self.reference.time_of(beat)

    def bar_start(self, beat: float) -> float:
        """The bar line at or before a song position."""
        return self.metre.bar_start(beat, self.bars_from)

    def next_bar(self, beat: float) -> float:
        """The bar line at or after a song position."""
        return self.metre.next_bar(beat, self.bars_from)


def standing_song(tempo: float, metre: Metre = COMMON_TIME) -> Song:
    """A song that has not begun; `tempo` in quarter notes a minute."""
    return Song(BeatReference(beat=0.0, seconds_per_beat=60.0 / tempo, at=0.0), metre=metre)


def change_between(before: Song, after: Song) -> Change:
    """What happened from one telling of a source to a later one of the same source."""
    if before.playing != after.playing:
        return Change.STARTED if after.playing else Change.STOPPED
    if before.leap != after.leap:
        return Change.LOCATED
    if (before.metre, before.bars_from) != (after.metre, after.bars_from):
        return Change.METRE
    if abs(after.tempo / before.tempo - 1.0) > _SAME_TEMPO:
        return Change.TEMPO
    return Change.STEADY


def join(song: Song, line: BeatReference, now: float) -> BeatReference:
    """The way from a playing song onto a corrected `line` at `now`: ahead at once, back by waiting for the line."""
    told = song.beat_at(now)
    over = told - line.beat_at(now)
    if over <= 0.0:
        return BeatReference(line.beat_at(now), line.seconds_per_beat, now)
    return BeatReference(told, line.seconds_per_beat, now + over * line.seconds_per_beat)
