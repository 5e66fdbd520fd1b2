"""MIDI clock: 24 pulses to a quarter note, start, continue, stop, and the song position in sixteenths."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from bridge.clocks.metre import COMMON_TIME, Metre
from bridge.clocks.pulse_filter import PulseFilter
from bridge.clocks.song import Change, Song, change_between, join, standing_song
from bridge.clocks.transport import BeatReference

PULSES_PER_BEAT = 24
PULSES_PER_SIXTEENTH = 6

SONG_POSITION, PULSE, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC

_IN_STEP = 0.25  # pulses; one that comes so near to its time after a start goes on with those before the start
_SILENT_BEATS, _SILENT_SECONDS = 1.0, 0.5  # a playing clock without a pulse for longer than both is lost


class MidiClock:
    """Follows MIDI clock messages. `hear` is called by one thread, with the time at which the message came in.

    After start or continue the song moves from the next pulse on, which belongs to the position it then has. MIDI clock
    tells no metre; bars are counted from the song's start in the one given here.
    """

    name = "midi"

    def __init__(self, tempo: float = 120.0, metre: Metre = COMMON_TIME) -> None:
        self._song = standing_song(tempo, metre)
        self._filter = PulseFilter(60.0 / tempo / PULSES_PER_BEAT)
        self._next = 0  # the next pulse's number, from the song's start
        self._armed = False  # the next pulse begins the song, or a new place in it
        self._heard_at: float | None = None  # the last pulse, clock second
        self._react: dict[int, Callable[[Sequence[int], float], Song]] = {
            PULSE: self._pulse,
            START: self._start,
            CONTINUE: self._continue,
            STOP: self._stop,
            SONG_POSITION: self._position,
        }

    def song(self, _now: float) -> Song:
        return self._song

    def notice(self, now: float) -> str | None:
        if self._heard_at is None:
            return (
                "no MIDI clock has come yet: let the DAW or drum machine send it to the bridge's clock port, "
                "or set clock to internal"
            )
        silent = now - self._heard_at
        if not self._song.playing or silent <= self._patience:
            return None
        return f"no MIDI clock for {silent:.0f} s: the band plays on at {self._song.tempo:.4g} beats a minute"

    def hear(self, message: Sequence[int], now: float) -> Change:
        """Take one MIDI message, its bytes; any that is no clock message is left alone. Returns what happened."""
        react = self._react.get(message[0]) if message else None
        if react is None:
            return Change.STEADY
        before, self._song = self._song, react(message, now)
        return change_between(before, self._song)

    @property
    def _patience(self) -> float:
        return max(_SILENT_SECONDS, _SILENT_BEATS * PULSES_PER_BEAT * self._filter.period)

    def _pulse(self, _message: Sequence[int], now: float) -> Song:
        song = self._song
        missed = self._follow(now)
        seconds_per_beat = PULSES_PER_BEAT * self._filter.period
        if not song.playing and not self._armed:
            return replace(song, reference=replace(song.reference, seconds_per_beat=seconds_per_beat))
        if not self._armed:
            self._next = max(0, self._next + missed)
        line = BeatReference(self._next / PULSES_PER_BEAT, seconds_per_beat, self._filter.time)
        self._next += 1
        if not self._armed:
            return replace(song, reference=join(song, line, now))
        self._armed = False
        return replace(song, reference=line, playing=True, leap=song.leap + 1)

    def _follow(self, now: float) -> int:
        """Feed the filter; returns the pulses that were lost before this one."""
        before, self._heard_at = self._heard_at, now
        off = math.inf if before is None else (now - self._filter.time) / self._filter.period - 1.0  # pulses
        if abs(off) < _IN_STEP or (not self._armed and before is not None and now - before <= self._patience):
            return self._filter.pulse(now)
        self._filter.begin(now)
        return round(off) if self._song.playing else 0

    def _start(self, _message: Sequence[int], now: float) -> Song:
        self._armed = True
        return self._place(0, now)

    def _continue(self, _message: Sequence[int], _now: float) -> Song:
        self._armed = self._armed or not self._song.playing
        return self._song

    def _stop(self, _message: Sequence[int], now: float) -> Song:
        song, self._armed = self._song, False
        if not song.playing:
            return song
        stood = replace(song.reference, beat=self._next / PULSES_PER_BEAT, at=now)
        return replace(song, reference=stood, playing=False, leap=song.leap + 1)

    def _position(self, message: Sequence[int], now: float) -> Song:
        if len(message) < 3:
            return self._song
        number = PULSES_PER_SIXTEENTH * (message[1] | message[2] << 7)
        if self._song.playing:
            if abs(number - self._next) < PULSES_PER_SIXTEENTH:  # where it is, as nearly as can be told
                return self._song
            self._armed = True
        return self._place(number, now)

    def _place(self, number: int, now: float) -> Song:
        """The next pulse is the one of this number. A song that stands goes there; one that plays, with that pulse."""
        song, self._next = self._song, number
        beat = number / PULSES_PER_BEAT
        if song.playing or song.reference.beat == beat:
            return song
        return replace(song, reference=replace(song.reference, beat=beat, at=now), leap=song.leap + 1)
