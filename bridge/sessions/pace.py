"""How long a model takes on each provider, measured as it will be asked: with pauses in between.

A GPU that is asked once a bar clocks down in between, and can then be slower than the CPU although it is faster when
asked again and again.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.clock import Now
from bridge.contract import ModelContract
from bridge.engine.latents import draw_latent
from bridge.sessions.runs import Runs

ROUNDS = 20
PAUSE_SECONDS = 0.03  # a bar's length would take a minute
LONGEST_SECONDS = 0.9  # of all rounds: a bridge starts in a second
FEWEST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """Medians in seconds. `bars`: of the phrase, at least 1."""

    bar: float
    phrase: float
    bars: int

    @property
    def both(self) -> float:
        """A request: the first bar leaves before the others are computed."""
        return self.bar + self.phrase

    def of(self, bars: int) -> float:
        """Seconds that so many bars should take: on the line through a bar and a phrase."""
        if self.bars == 1:
            return self.phrase * bars
        each = max(0.0, self.phrase - self.bar) / (self.bars - 1)
        return self.bar + each * (bars - 1)


def measure_paces(
    ways: Mapping[str, Runs], contract: ModelContract, now: Now, pause: Callable[[float], None]
) -> dict[str, Pace]:
    """Each way's pace. The ways take turns within a round, and in who comes first after the pause."""
    seconds: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in ways}
    phrase = range(contract.bars)
    begun = now()
    for number in range(ROUNDS):
        if number >= FEWEST_ROUNDS and now() - begun > LONGEST_SECONDS:
            break
        latent = draw_latent(contract, number)
        for name in list(ways) if number % 2 else reversed(list(ways)):
            pause(PAUSE_SECONDS / len(ways))
            for bars, found in zip(([0], phrase), seconds[name], strict=True):
                start = now()
                ways[name](latent, bars)
                found.append(now() - start)
    return {
        name: Pace(statistics.median(bar), statistics.median(whole), contract.bars)
        for name, (bar, whole) in seconds.items()
    }
