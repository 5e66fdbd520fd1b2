"""Small accents, as a player leans on the beat: the bar's first beat most, the sixteenths between the eighths least."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.pianoroll import Note
from bridge.playing.timing import SAME_BEAT

DOWNBEAT = 8  # velocity added at amount 1
BEAT = 4
EIGHTH = 0
BETWEEN = -4


def accent(notes: Sequence[Note], amount: float) -> list[Note]:
    """The notes with velocities up to 8 higher or 4 lower by their place in the bar, times `amount` (0-1).

    Velocities stay in 1-127. 0 changes nothing. Starts must still lie on the grid, before any swing.
    """
    if amount <= 0:
        return list(notes)
    return [
        Note(note.pitch, _in_range(note.velocity + round(amount * _weight(note.start))), note.start, note.duration)
        for note in notes
    ]


def _weight(start: float) -> int:
    if start < SAME_BEAT:
        return DOWNBEAT
    if _divides(1.0, start):
        return BEAT
    return EIGHTH if _divides(0.5, start) else BETWEEN


def _divides(unit: float, beat: float) -> bool:
    return abs(beat - unit * round(beat / unit)) < SAME_BEAT


def _in_range(velocity: int) -> int:
    return min(max(velocity, 1), 127)
