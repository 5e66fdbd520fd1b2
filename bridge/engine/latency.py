"""How long each stage of a request took: a window of recent times, and their percentiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# In the order in which a press goes through them.
STAGES = ("read", "queue", "choose", "first_model", "first_notes", "first_send", "first_bar", "phrase", "bar")
WINDOW = 512
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


class Latencies:
    """Seconds by stage: read (datagram to request), queue (request to begin), choose (what is to be played, such as a
    latent that is drawn), first_model, first_notes and first_send (bar 0 computed, made notes, packed and sent),
    first_bar (the last three), phrase (the same for all bars), bar (a streamed bar made).

    A status takes 0.2 ms; with numpy.percentile over lists it took 1.2, in which the player waited for the interpreter.
    """

    def __init__(self) -> None:
        self._seconds = {stage: np.zeros(WINDOW) for stage in STAGES}  # the newest in the place of the oldest
        self._added = dict.fromkeys(STAGES, 0)
        self._high: dict[str, float] = {}  # what high has answered since the last time was added

    def add(self, stage: str, seconds: float) -> None:
        self._seconds[stage][self._added[stage] % WINDOW] = seconds
        self._added[stage] += 1
        self._high.pop(stage, None)

    def first_bar(self, begin: float, computed: float, made: float, sent: float) -> None:
        """Bar 0 was begun, computed, made notes and sent at these clock seconds."""
        for stage, seconds in (
            ("first_model", computed - begin),
            ("first_notes", made - computed),
            ("first_send", sent - made),
            ("first_bar", sent - begin),
        ):
            self.add(stage, seconds)

    def high(self, stage: str) -> float:
        """What nearly all of the window took, in seconds; 0 before anything was measured."""
        if stage not in self._high:
            seconds = self._sorted(stage)
            self._high[stage] = float(seconds[int(0.95 * (len(seconds) - 1))]) if len(seconds) else 0.0
        return self._high[stage]

    def milliseconds(self) -> dict[str, dict[str, float]]:
        """p50, p95, p99 and max of each stage that has been measured, in milliseconds."""
        return {
            stage: {name: _percentile(seconds, share) for name, share in _SHARES.items()}
            for stage in STAGES
            if len(seconds := self._sorted(stage))
        }

    def _sorted(self, stage: str) -> NDArray[np.float64]:
        return np.sort(self._seconds[stage][: self._added[stage]])


def _percentile(ordered: NDArray[np.float64], share: float) -> float:
    """In milliseconds, between two neighbours in proportion, as numpy.percentile does."""
    place = share * (len(ordered) - 1)
    below = int(place)
    low, high = ordered.item(below), ordered.item(min(below + 1, len(ordered) - 1))
    return round((low + (place - below) * (high - low)) * 1e3, 3)
