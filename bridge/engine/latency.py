"""How long each stage of a request took: a window of recent times, and their percentiles."""

from __future__ import annotations

from collections import deque

import numpy as np

# In the order in which a press goes through them.
STAGES = ("read", "queue", "choose", "first_model", "first_notes", "first_send", "first_bar", "phrase", "bar")
WINDOW = 512


class Latencies:
    """Seconds by stage: read (datagram to request), queue (request to begin), choose (what is to be played, such as a
    latent that is drawn), first_model, first_notes and first_send (bar 0 computed, made notes, packed and sent),
    first_bar (the last three), phrase (the same for all bars), bar (a streamed bar made)."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = {stage: deque(maxlen=WINDOW) for stage in STAGES}
        self._high: dict[str, float] = {}  # what high has answered since the last time was added

    def add(self, stage: str, seconds: float) -> None:
        self._seconds[stage].append(seconds)
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
            seconds = sorted(self._seconds[stage])
            self._high[stage] = seconds[int(0.95 * (len(seconds) - 1))] if seconds else 0.0
        return self._high[stage]

    def milliseconds(self) -> dict[str, dict[str, float]]:
        """p50, p95, p99 and max of each stage that has been measured, in milliseconds."""
        table = {}
        for stage, seconds in self._seconds.items():
            if seconds:
                p50, p95, p99, most = np.percentile(seconds, (50, 95, 99, 100)) * 1e3
                table[stage] = {
                    "p50": round(p50, 3), "p95": round(p95, 3), "p99": round(p99, 3), "max": round(most, 3)
                }  # fmt: skip
        return table
