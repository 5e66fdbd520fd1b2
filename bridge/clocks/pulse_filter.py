"""From the arrival times of a MIDI clock's pulses to the times at which they were meant, and their period."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

SHORTEST_PERIOD = 60.0 / 24 / 500  # seconds; 500 quarter notes a minute

# The loop's steady gains: a second-order delay-locked loop of 0.08 radians a pulse. It smooths 3 ms of jitter to about
# 0.3 ms of position and a thousandth of tempo, and has followed a new tempo after about two beats.
_OMEGA = 0.08
_POSITION_GAIN = math.sqrt(2.0) * _OMEGA
_PERIOD_GAIN = _OMEGA**2
_SPREAD_GAIN = 1 / 16

_BELIEVED = 8  # pulses; a pause may bring another tempo, so the known one weighs no more than these
_KNOWN = 24  # pulses after which the period is known well enough to tell that pulses were lost
_STRAYS = 4  # pulses in a row, each nearer to another pulse's time than to its own, that prove the line wrong
_FAR = 4.0  # times the usual error; a clock that comes in an audio buffer's steps errs by half a pulse and more
_SAME_PERIOD = 0.25  # share; strays that keep this nearly to the known period are of the same tempo
_WHOLE = 0.25  # pulses; a slip this near to a whole number of pulses is one


class PulseFilter:
    """Follows evenly spaced pulses; time is in clock seconds.

    It begins as the straight line of least squares through all pulses so far, exact from the second on, and forgets
    older ones when its gains have come down to the loop's. A pulse that strays from the line does not bend it: four in
    a row show whether pulses were lost (the period is the same, the slip a whole number of pulses) or the tempo is
    another, and the line then begins anew through these four.
    """

    def __init__(self, period: float) -> None:
        self.period = period  # seconds
        self.time = 0.0  # when the last pulse was meant
        self._position_age = 0  # pulses that the line's position rests on
        self._period_age = 1  # pulses that its slope rests on
        self._spread = 0.0  # seconds of error, on average
        self._strays: list[tuple[float, float]] = []  # arrival, and pulses by which it slipped

    def begin(self, now: float) -> None:
        """A pulse after a pause: a new position, and the period as far as it is known."""
        self.time, self._position_age = now, 1
        self._period_age = min(self._period_age, _BELIEVED)
        self._strays.clear()

    def pulse(self, now: float) -> int:
        """Take the next pulse. Returns how many were lost before it, once that is certain; else 0."""
        self.time += self.period
        self._position_age += 1
        self._period_age += 1
        error = now - self.time
        if self._position_age <= 2 or abs(error) <= max(self.period / 2, _FAR * self._spread):
            self._strays.clear()
            self._spread += (abs(error) - self._spread) * _SPREAD_GAIN
            self._bend(error)
            return 0
        self._strays = [*self._strays[1 - _STRAYS :], (now, error / self.period)]
        return self._judge() if len(self._strays) == _STRAYS else 0

    def _bend(self, error: float) -> None:
        n, m = self._position_age, self._period_age
        self.time += error * max(_POSITION_GAIN, 2.0 * (2 * n - 1) / (n * (n + 1)))
        self.period += error * max(_PERIOD_GAIN, 6.0 / (m * (m + 1)))
        self.period = max(self.period, SHORTEST_PERIOD)

    def _judge(self) -> int:
        """What the strays mean: pulses lost, another tempo, or nothing yet."""
        arrivals = [arrival for arrival, _ in self._strays]
        slips = [slip for _, slip in self._strays]
        period = (arrivals[-1] - arrivals[0]) / (_STRAYS - 1)
        if period < SHORTEST_PERIOD:  # they were held up and came at once: those that follow will be in time
            return 0
        self._strays.clear()
        gaps = [later - earlier for earlier, later in pairwise(arrivals)]
        # More may be lost among the strays themselves. Gaps that are all longer are another tempo.
        in_a_row = [gap for gap, (one, next_one) in zip(gaps, pairwise(slips), strict=True) if next_one - one < 0.5]
        usual_period = statistics.median(in_a_row or gaps)
        lost = round(slips[-1])
        if (
            lost > 0
            and self._period_age > _KNOWN
            and abs(usual_period / self.period - 1.0) < _SAME_PERIOD
            and all(abs(slip - round(slip)) < _WHOLE for slip in slips)
        ):
            self.time += lost * self.period
            return lost
        self.period = period
        self.time = statistics.fmean(arrivals) + (_STRAYS - 1) / 2 * period
        self._position_age = self._period_age = _STRAYS
        self._spread = max(self._spread, period / 2)  # or else the clock is rougher than it seemed
        return 0
