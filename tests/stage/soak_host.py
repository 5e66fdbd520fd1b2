"""A host in virtual time: a song on one straight line at a time, told to the bridge late, and not always."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from bridge.clocks.transport import BeatReference, change_tempo
from tests.stage.soak_world import Agenda

TELL_BEATS = 0.5
LATEST_SECONDS = 0.008  # a message is on its way for so long at most
LOST = 0.03  # of the messages in between


class LateHost:
    """Tells where its song is through `send`(beat, bpm, playing). `turned` is called when the song jumps, begins or
    ends, which no one could know of before. It is the truth about the song, which the bridge can only guess."""

    def __init__(
        self, agenda: Agenda, rng: Random, send: Callable[[float, float, int], None], turned: Callable[[], None]
    ) -> None:
        self._agenda, self._rng, self._send, self._turned = agenda, rng, send, turned
        self._line = BeatReference(0.0, 0.5, agenda.now())
        self._arrived = agenda.now()
        self._plan = 0  # counts tempo changes and jumps: what was planned before one is void
        self.playing = False
        self.is_silent = False
        self.is_looping = False

    @property
    def beat(self) -> float:
        return self._line.beat_at(self._agenda.now()) if self.playing else self._line.beat

    def play(self) -> None:
        """The song goes on from where it stands. The reverse of stop."""
        self._line, self.playing = BeatReference(self.beat, self._line.seconds_per_beat, self._agenda.now()), True
        self._has_turned()

    def stop(self) -> None:
        """The song stands still where it is. The reverse of play."""
        self._line, self.playing = BeatReference(self.beat, self._line.seconds_per_beat, self._agenda.now()), False
        self._has_turned()

    def locate(self, beat: float) -> None:
        """The song jumps."""
        self._line = BeatReference(beat, self._line.seconds_per_beat, self._agenda.now())
        self._has_turned()

    def go_at(self, bpm: float) -> None:
        """Another tempo from here."""
        if self.playing:
            self._line = change_tempo(self._line, bpm, self._agenda.now())
            self._replan()

    def loop(self, beats: float, rounds: int) -> None:
        """So many times back by so many beats."""
        self.is_looping = rounds > 0
        if rounds:
            self._agenda.after(beats * self._line.seconds_per_beat, lambda: self._round(beats, rounds))

    def come_back(self) -> None:
        """The host speaks again."""
        self.is_silent = False
        self._replan()

    def _round(self, beats: float, rounds: int) -> None:
        self.locate(max(0.0, self.beat - beats))
        self.loop(beats, rounds - 1)

    def _has_turned(self) -> None:
        self._turned()
        self._replan()

    def _replan(self) -> None:
        self._plan += 1
        self._tell(self._plan, surely=True)

    def _tell(self, plan: int, surely: bool = False) -> None:
        if plan != self._plan:
            return
        if not self.is_silent and (surely or self._rng.random() > LOST):
            told = (self.beat, 60.0 / self._line.seconds_per_beat, int(self.playing))
            # As on one wire: none overtakes another.
            self._arrived = max(self._arrived, self._agenda.now() + self._rng.random() ** 4 * LATEST_SECONDS)
            self._agenda.at(self._arrived, lambda: self._send(*told))
        self._agenda.after(TELL_BEATS * self._line.seconds_per_beat, lambda: self._tell(plan))
