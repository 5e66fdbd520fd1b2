"""How far note-ons are from the grid that they should be on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.midi_log import LoggedMessage

Seconds = NDArray[np.float64]

# A note may be late by nearly a step and is never early: of what lies between two steps, the last tenth is early.
_EARLY_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps in time: one at `first` clock seconds, and every `step` seconds from there."""

    first: float
    step: float

    def lateness(self, times: Sequence[float]) -> Seconds:
        """How long after its step each time is; in the last tenth of a step, how long before the next (negative)."""
        steps = (np.asarray(times, dtype=np.float64) - self.first) / self.step
        late = steps - np.floor(steps)
        return np.where(late > 1.0 - _EARLY_SHARE, late - 1.0, late) * self.step


def note_ons(messages: Sequence[LoggedMessage]) -> list[float]:
    """The clock seconds of the note-ons."""
    return [one.at for one in messages if one.is_note_on]


def errors(late: Seconds) -> Seconds:
    """Without the delay that all notes share, which nobody hears: seconds, none below 0."""
    return np.abs(late - np.median(late)) if len(late) else late


def grid_of(times: Sequence[float], step: float) -> Grid:
    """The grid of a player that says nothing about its own: every `step` seconds, through its median note."""
    first = times[0]
    phases = (np.asarray(times) - first + step / 2) % step - step / 2
    return Grid(first + float(np.median(phases)), step)
