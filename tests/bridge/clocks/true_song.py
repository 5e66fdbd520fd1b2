"""The truth about a song that a sequencer plays, in virtual time: what a clock is measured against."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.clocks.metre import COMMON_TIME, Metre


@dataclass(frozen=True)
class Stretch:
    """A part of the evening in which the song moved with one law: tempo linear in time, or standing still."""

    start: float  # seconds
    beat: float
    bpm: float
    bpm_per_second: float
    playing: bool
    metre: Metre
    leap: int  # counts starts, stops and jumps
    tells: bool  # something changed here that a host says at once

    def beat_at(self, time: float) -> float:
        passed = time - self.start
        return self.beat + (self.bpm + self.bpm_per_second * passed / 2) * passed / 60 if self.playing else self.beat

    def bpm_at(self, time: float) -> float:
        return self.bpm + self.bpm_per_second * (time - self.start)

    def seconds_for(self, beats: float) -> float:
        """How long `beats` from the beginning of the stretch take."""
        if not self.bpm_per_second:
            return beats * 60 / self.bpm
        root = math.sqrt(self.bpm**2 + 120 * beats * self.bpm_per_second)
        return (root - self.bpm) / self.bpm_per_second


class TrueSong:
    """A transport that is told what to do, call by call; the evening begins at second 0 with a standing song."""

    def __init__(self, bpm: float = 120.0, metre: Metre = COMMON_TIME) -> None:
        self.time = 0.0
        self.stretches: list[Stretch] = []
        self.beat = 0.0
        self._bpm, self._metre = bpm, metre
        self._playing = False
        self._leap = 0
        self._leapt, self._tells = False, True  # what the next stretch begins with

    def play(self, beats: float, to_bpm: float | None = None) -> TrueSong:
        """Roll on for `beats`; with `to_bpm`, the tempo goes there evenly in time."""
        if not self._playing:
            self._playing = self._leapt = True
        slope = 0.0
        if to_bpm is not None and to_bpm != self._bpm:
            seconds = beats * 120 / (self._bpm + to_bpm)
            slope = (to_bpm - self._bpm) / seconds
        stretch = self._begin(slope)
        self.time += stretch.seconds_for(beats)
        self.beat += beats
        self._bpm = to_bpm or self._bpm
        return self

    def stop(self, seconds: float) -> TrueSong:
        if self._playing:
            self._playing, self._leapt = False, True
        self._begin(0.0)
        self.time += seconds
        return self

    def locate(self, beat: float) -> TrueSong:
        self._leapt = self._leapt or beat != self.beat
        self.beat = beat
        return self

    def set_tempo(self, bpm: float) -> TrueSong:
        self._bpm, self._tells = bpm, True
        return self

    def set_metre(self, metre: Metre) -> TrueSong:
        self._metre, self._tells = metre, True
        return self

    def loop(self, start: float, end: float, times: int) -> TrueSong:
        for _ in range(times):
            self.locate(start).play(end - start)
        return self

    def at(self, time: float) -> Stretch:
        """The stretch that this moment belongs to."""
        return self.stretches[bisect_right(self.stretches, time, key=lambda stretch: stretch.start) - 1]

    def crossings(self, step: float) -> Iterator[tuple[float, Stretch]]:
        """When the playing song is at a multiple of `step` beats; at the very end of a stretch it is not."""
        for number, stretch in enumerate(self.stretches):
            if not stretch.playing:
                continue
            end = self.stretches[number + 1].start if number + 1 < len(self.stretches) else self.time
            last = stretch.beat_at(end)
            count = math.ceil(stretch.beat / step - 1e-9)
            while count * step < last - 1e-9:
                yield stretch.start + stretch.seconds_for(max(0.0, count * step - stretch.beat)), stretch
                count += 1

    def _begin(self, slope: float) -> Stretch:
        self._leap += self._leapt
        tells = self._tells or self._leapt
        stretch = Stretch(self.time, self.beat, self._bpm, slope, self._playing, self._metre, self._leap, tells)
        self._leapt = self._tells = False
        self.stretches.append(stretch)
        return stretch
