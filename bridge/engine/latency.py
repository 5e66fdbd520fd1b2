"""How long each stage of a request took: a window of recent times, and their percentiles."""

from __future__ import annotations

from collections import deque

import numpy as np

STAGES = ("queue", "first_bar", "phrase", "bar")
WINDOW = 512


class Latencies:
    """Seconds by stage: queue (datagram to begin), first_bar (begin to bar 0 sent), phrase (begin to all
    sent), bar (a streamed bar made)."""

    def __init__(self) -> None:
        self._seconds: dict[str, deque[float]] = {stage: deque(maxlen=WINDOW) for stage in STAGES}

    def add(self, stage: str, seconds: float) -> None:
        self._seconds[stage].append(seconds)

    def high(self, stage: str) -> float:
        """What nearly all of the window took, in seconds; 0 before anything was measured."""
        seconds = sorted(self._seconds[stage])
        return seconds[int(0.95 * (len(seconds) - 1))] if seconds else 0.0

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
