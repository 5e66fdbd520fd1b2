"""The host's clock: a DAW that says where its song is, about once a beat, over a network that delays it a little."""

from __future__ import annotations

import math

from bridge.clocks.lateness import Lateness
from bridge.clocks.metre import COMMON_TIME, Metre
from bridge.clocks.song import Change, Song, change_between, join, standing_song
from bridge.clocks.tempo_change import explained_by_tempo
from bridge.clocks.transport import BeatReference

SLOWEST_TEMPO, FASTEST_TEMPO = 1.0, 1000.0  # quarter notes a minute that a host can mean

_SAME_TEMPO = 2e-4  # share; a tempo that is told rounded trembles by less
_JITTER_SECONDS = 0.05  # what lies further from the expected position than this is no jitter
_STALL_SECONDS = 0.3  # a message may be held up for as long: a smaller jump back is believed when the next agrees
_LOOP_EARLY_SECONDS, _LOOP_LATE_SECONDS = 0.005, 0.02  # around a jump by whole beats, for it to be a loop's
_SILENT_BEATS, _SILENT_SECONDS = 4.0, 2.0  # a playing host that says nothing for longer than both is lost
_SAME_LINE = 0.05  # beats; a metre may be told so much before the bar line at which it comes in


class HostClock:
    """Follows /mai/transport. `hear` is called by one thread, with the time at which the datagram came in.

    A message is late by some milliseconds and never early, so the earliest of the last 32 tells where the song is: the
    song moves on at once when a message is ahead of it, and waits only when none has come so early for long. When the
    tempo changes, a message is believed as far as the change explains it: somewhere between the last two messages the
    host went from one tempo to the other, at once or bit by bit. What is still unexplained is a jump.
    """

    name = "transport"

    def __init__(self, tempo: float = 120.0, metre: Metre = COMMON_TIME) -> None:
        self._song = standing_song(tempo, metre)
        self._lateness = Lateness()
        self._heard_at: float | None = None  # clock second
        self._heard_beat = 0.0
        self._doubted = 0.0  # seconds by which the last message fell back, if that was not believed

    def song(self, _now: float) -> Song:
        return self._song

    def notice(self, now: float) -> str | None:
        if self._heard_at is None:
            return (
                "no DAW has said yet where its song is (/mai/transport): open the MAIsynthesizer device or script "
                "there, or set clock to internal"
            )
        silent = now - self._heard_at
        patience = max(_SILENT_SECONDS, _SILENT_BEATS * self._song.reference.seconds_per_beat)
        if not self._song.playing or silent <= patience:
            return None
        return f"the DAW has been silent for {silent:.0f} s: the band plays on at {self._song.tempo:.4g} beats a minute"

    def hear(
        self, beat: float, bpm: float, playing: bool, metre: Metre | None, now: float, bar_start: float | None = None
    ) -> Change:
        """Take one message: song position and tempo in quarter notes (a minute), as they were when it was sent.

        `metre` None: the same as before. `bar_start`: the position of any bar line, from a host that tells one; without
        it, bars in a new metre are counted from the bar line at which it came in, or else from the song's start.
        Returns what happened. Raises ValueError for a position or tempo that no host can mean.
        """
        if not math.isfinite(beat) or not (bar_start is None or math.isfinite(bar_start)):
            raise ValueError(f"beat is {beat}, bar_start {bar_start}, expected song positions in quarter notes")
        if not SLOWEST_TEMPO <= bpm <= FASTEST_TEMPO:
            raise ValueError(f"bpm is {bpm}, expected {SLOWEST_TEMPO:g} to {FASTEST_TEMPO:g} quarter notes a minute")
        before = self._song
        if playing and before.playing:
            reference, leapt = self._follow(beat, 60.0 / bpm, now)
        else:
            reference = BeatReference(beat, 60.0 / bpm, now)
            leapt = playing != before.playing or beat != before.reference.beat
            self._lateness.restart()
        metre = metre or before.metre
        bars_from = self._bar_line(metre, beat, leapt) if bar_start is None else self._told_bar_line(metre, bar_start)
        self._song = Song(reference, playing, metre, bars_from, before.leap + leapt)
        self._heard_at, self._heard_beat = now, beat
        return change_between(before, self._song)

    def _follow(self, beat: float, seconds_per_beat: float, now: float) -> tuple[BeatReference, bool]:
        """The song's line after a message while it plays, and whether the song jumped to it."""
        assert self._heard_at is not None
        old = self._song.reference
        expected = old.beat_at(now)
        ahead = beat - expected
        change = (now - self._heard_at, old.seconds_per_beat, seconds_per_beat)
        unexplained = (ahead - explained_by_tempo(ahead, *change)) * seconds_per_beat
        if -_STALL_SECONDS < unexplained < -_JITTER_SECONDS and abs(unexplained - self._doubted) > _JITTER_SECONDS:
            self._doubted = unexplained
            return join(self._song, BeatReference(expected, seconds_per_beat, now), now), False
        self._doubted = 0.0
        same_tempo = abs(seconds_per_beat / old.seconds_per_beat - 1.0) < _SAME_TEMPO
        if abs(unexplained) > _JITTER_SECONDS:
            return self._jump(expected, ahead, seconds_per_beat, same_tempo, now), True
        if same_tempo:
            moved = -self._lateness.correct(-ahead * seconds_per_beat) / seconds_per_beat
        else:
            moved = max(ahead, explained_by_tempo(ahead + self._lateness.usual / seconds_per_beat, *change))
            self._lateness.restart((moved - ahead) * seconds_per_beat)
        return join(self._song, BeatReference(expected + moved, seconds_per_beat, now), now), False

    def _jump(
        self, expected: float, ahead: float, seconds_per_beat: float, same_tempo: bool, now: float
    ) -> BeatReference:
        """The line after a jump. One by whole beats is a loop's: time has not jumped, and what is known of it holds."""
        unit = 4.0 / self._song.metre.denominator
        whole = round(ahead / unit) * unit
        late = (whole - ahead) * seconds_per_beat
        if same_tempo and -_LOOP_EARLY_SECONDS <= late <= _LOOP_LATE_SECONDS:
            moved = whole - self._lateness.correct(late) / seconds_per_beat
        else:
            moved = ahead
            self._lateness.restart()
        return BeatReference(expected + moved, seconds_per_beat, now)

    def _bar_line(self, metre: Metre, beat: float, leapt: bool) -> float:
        """From where to count the bars, where the host does not tell."""
        before = self._song
        if metre == before.metre:
            return before.bars_from if beat + _SAME_LINE >= before.bars_from else 0.0
        line = before.bar_start(beat + _SAME_LINE)
        return line if before.playing and not leapt and line >= self._heard_beat else 0.0

    def _told_bar_line(self, metre: Metre, bar_start: float) -> float:
        """The told bar line, unless it is one of those that are known."""
        before = self._song
        known = metre == before.metre and abs(before.bar_start(bar_start + _SAME_LINE) - bar_start) < _SAME_LINE
        return before.bars_from if known else bar_start
