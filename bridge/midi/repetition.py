"""The bar that is played again while the next one is missing."""

from __future__ import annotations

from collections.abc import Container, Sequence

from bridge.midi.notes import BarKey, BeatNote, Fallback, playable


class Repetition:
    """Which of a fallback's bars is next. The schedule asks when it begins, and begins it if its bar is not there."""

    def __init__(self, fallback: Fallback, bar: Sequence[BeatNote]) -> None:
        """`bar`: the notes of the bar with which the fallback came, by their beginnings."""
        self._keys, self._beats = fallback.keys, fallback.beats
        self._notes = bar if fallback.notes is None else playable(fallback.notes)
        self._turn = 0

    def first_beat(self, there: Container[BarKey]) -> float | None:
        """The song position at which the next repetition begins to sound; None: there is none.

        Bars that are `there` need none.
        """
        while self._turn < len(self._keys) and self._keys[self._turn] in there:
            self._turn += 1
        if self._turn >= len(self._keys) or not self._notes:
            return None
        return self._notes[0].on + self._later

    def begin(self) -> tuple[BarKey, list[BeatNote]]:
        """Takes the next repetition: the bar that it stands for, and its notes in their order."""
        key, later = self._keys[self._turn], self._later
        self._turn += 1
        return key, [note.later(later) for note in self._notes]

    @property
    def _later(self) -> float:
        return (self._turn + 1) * self._beats
