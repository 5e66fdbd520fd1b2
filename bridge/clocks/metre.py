"""The metre: how long a bar is, and where the bar lines lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

DENOMINATORS = (1, 2, 4, 8, 16, 32)
LONGEST_NUMERATOR = 64

_ON_THE_LINE = 1e-9  # bars; a position this near to a bar line is on it


class ImpossibleMetre(ValueError):
    """A metre that cannot be written; the message tells what came and what was expected."""


@dataclass(frozen=True, slots=True)
class Metre:
    """`numerator` (1-64) notes of the length 1/`denominator` (1, 2, 4 … 32) to a bar. Raises ImpossibleMetre.

    Every bar length is a whole number of 32nd notes, so that bar lines are exact in floating point.
    """

    numerator: int = 4
    denominator: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.numerator <= LONGEST_NUMERATOR:
            raise ImpossibleMetre(f"the metre is {self}, expected 1 to {LONGEST_NUMERATOR} above the line")
        if self.denominator not in DENOMINATORS:
            expected = ", ".join(map(str, DENOMINATORS))
            raise ImpossibleMetre(f"the metre is {self}, expected one of {expected} below the line")

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"

    @property
    def beats_per_bar(self) -> float:
        """In quarter notes: 4.0 in 4/4, 3.0 in 3/4 and 6/8, 3.5 in 7/8."""
        return 4.0 * self.numerator / self.denominator

    def bar_start(self, beat: float, origin: float = 0.0) -> float:
        """The bar line at or before a song position; bars are counted from `origin`, both ways."""
        return origin + math.floor((beat - origin) / self.beats_per_bar + _ON_THE_LINE) * self.beats_per_bar

    def next_bar(self, beat: float, origin: float = 0.0) -> float:
        """The bar line at or after a song position; bars are counted from `origin`, both ways."""
        return origin + math.ceil((beat - origin) / self.beats_per_bar - _ON_THE_LINE) * self.beats_per_bar


COMMON_TIME = Metre(4, 4)
