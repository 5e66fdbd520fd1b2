"""Which of two providers plays: the faster one as measured, until its own figures turn worse than the other's."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from bridge.sessions.pace import Pace

WINDOW = 15  # runs whose median says how a provider does now
TRIAL = 7  # runs that the other one is given to show that it does better
WORSE = 1.5  # times the other's figure: then the other one is tried
BETTER = 1.2  # times faster the other has to be in its trial, to stay
FIRST_REST, LONGEST_REST = 30.0, 1800.0  # seconds until the next trial; doubled by each that came to nothing


class Rivalry:
    """Two providers and what they take. One thread uses it; time is an argument.

    A trial costs no run: its requests are answered by the other provider.
    """

    def __init__(self, paces: Mapping[str, Pace], spoken: Mapping[str, str]) -> None:
        """`paces`: as measured at the start, two of them, the first plays if they are equal. `spoken`: their names."""
        self._paces, self._spoken = paces, spoken
        self.playing, self._other = sorted(paces, key=lambda name: paces[name].both)
        self.reason = self._figures()
        self._ratios: list[float] = []
        self._before_trial: float | None = None  # how the one that played did; None: no trial is under way
        self._rest, self._no_trial_before = FIRST_REST, float("-inf")

    def took(self, bars: int, seconds: float, now: float) -> None:
        """The provider that plays has computed so many bars in so many seconds; afterwards another one may play."""
        trial = self._before_trial is not None
        reference = self._paces[self.playing if trial else self._other].of(bars)
        self._ratios = [*self._ratios, seconds / max(reference, 1e-6)][-WINDOW:]
        if trial and len(self._ratios) >= TRIAL:
            self._end_trial(now)
        elif not trial and len(self._ratios) >= WINDOW and now >= self._no_trial_before:
            median = statistics.median(self._ratios)
            if median > WORSE:
                self._change()
                self._before_trial = median

    def _end_trial(self, now: float) -> None:
        assert self._before_trial is not None
        before, after = self._before_trial, statistics.median(self._ratios)
        if after * BETTER < before:
            self._rest = FIRST_REST
            left = self._spoken[self._other]
            self.reason = (
                f"{self._spoken[self.playing]} plays: {left} had come to take {before / after:.1f} times as long"
            )
        else:
            self._change()
            self._rest = min(2 * self._rest, LONGEST_REST)
        self._before_trial, self._ratios = None, []
        self._no_trial_before = now + self._rest

    def _change(self) -> None:
        self.playing, self._other = self._other, self.playing
        self._ratios = []

    def _figures(self) -> str:
        mine, others = self._paces[self.playing], self._paces[self._other]
        return (
            f"{self._spoken[self.playing]} plays: {mine.bar * 1e3:.2f} ms a bar and {mine.phrase * 1e3:.2f} a phrase, "
            f"{self._spoken[self._other]} {others.bar * 1e3:.2f} and {others.phrase * 1e3:.2f}"
        )
