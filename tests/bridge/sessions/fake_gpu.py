"""A GPU that computes on the CPU, in a time that the test sets, until it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridge.contract import ModelContract
from bridge.engine.latents import Latent
from bridge.sessions.interruption import Interruption
from bridge.sessions.opening import CUDA, CannotUse
from bridge.sessions.runs import Rolls, Runs


class Clock:
    """Virtual time, which passes when somebody pauses or a fake device works."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time

    def pause(self, seconds: float) -> None:
        self.time += seconds


class TimedRuns:
    """Takes `bar_seconds` a bar of virtual time. `broken = True` makes it fail, as a card that was lost."""

    def __init__(self, runs: Runs, clock: Clock, bar_seconds: float, provider: str = CUDA) -> None:
        self._runs, self._clock, self.bar_seconds, self.provider = runs, clock, bar_seconds, provider
        self.how = "CUDA graphs"
        self.broken = False
        self.calls = 0

    def __call__(self, latent: Latent, bars: Sequence[int], _interruption: Interruption | None = None) -> Rolls:
        self.calls += 1
        if self.broken:
            raise RuntimeError("[ONNXRuntimeError] : 1 : FAIL :\nCUDA failure 700: an illegal memory access")
        self._clock.pause(self.bar_seconds * len(bars))
        return self._runs(latent, bars)


class FakeGpu:
    """Opens models as bridge.sessions.cuda_ways.open_on_cuda does, unless `missing`."""

    def __init__(self, clock: Clock, bar_seconds: float = 0.0001, missing: str | None = None) -> None:
        self._clock, self._bar_seconds, self._missing = clock, bar_seconds, missing
        self.opened: list[TimedRuns] = []

    def __call__(self, _path: Path, _contract: ModelContract, exact: Runs) -> Runs:
        if self._missing is not None:
            raise CannotUse(self._missing)
        self.opened.append(TimedRuns(exact, self._clock, self._bar_seconds))
        return self.opened[-1]

    @property
    def runs(self) -> TimedRuns:
        return self.opened[-1]
