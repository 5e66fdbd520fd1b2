from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.engine.latents import Latent
from bridge.sessions.interruption import Interruption
from bridge.sessions.pace import FEWEST_ROUNDS, LONGEST_SECONDS, PAUSE_SECONDS, ROUNDS, Pace, measure_paces
from bridge.sessions.runs import Rolls
from tests.bridge.sessions.fake_gpu import Clock


class Sleepy:
    """A provider that takes longer when it was not asked for a while."""

    def __init__(self, clock: Clock, awake: float, asleep: float, provider: str) -> None:
        self._clock, self._awake, self._asleep = clock, awake, asleep
        self.provider: str = provider
        self.how: str = provider
        self._last = float("-inf")
        self.asked: list[int] = []

    def __call__(self, _latent: Latent, bars: Sequence[int], _interruption: Interruption | None = None) -> Rolls:
        idle = self._clock() - self._last
        self._clock.pause((self._asleep if idle > PAUSE_SECONDS / 4 else self._awake) * len(bars))
        self._last = self._clock()
        self.asked.append(len(bars))
        return np.zeros((len(bars), 1, 1, 1), dtype=np.float32)


def test_each_way_is_asked_for_a_bar_and_a_phrase_in_every_round(band: ModelContract) -> None:
    clock = Clock()
    one, other = Sleepy(clock, 0.001, 0.001, "one"), Sleepy(clock, 0.002, 0.002, "other")
    paces = measure_paces({"one": one, "other": other}, band, clock, clock.pause)
    assert paces["one"].bar == pytest.approx(0.001)
    assert paces["one"].phrase == pytest.approx(0.001 * band.bars)
    assert paces["other"].both == pytest.approx(2 * paces["one"].both)
    assert one.asked == other.asked == [1, band.bars] * ROUNDS


def test_what_falls_asleep_between_requests_is_measured_asleep(band: ModelContract) -> None:
    clock = Clock()
    paces = measure_paces({"gpu": Sleepy(clock, 0.0001, 0.02, "gpu")}, band, clock, clock.pause)
    assert paces["gpu"].bar == pytest.approx(0.02)
    assert paces["gpu"].phrase == pytest.approx(0.0001 * band.bars)  # right after the bar, as a request asks for it


def test_measuring_ends_in_time_however_slow_a_model_is(band: ModelContract) -> None:
    clock = Clock()
    begun = clock()
    slow = Sleepy(clock, 0.02, 0.02, "slow")
    measure_paces({"slow": slow}, band, clock, clock.pause)
    one_round = PAUSE_SECONDS + 0.02 * (1 + band.bars)
    assert clock() - begun <= LONGEST_SECONDS + one_round
    slower = Sleepy(clock, 10.0, 10.0, "slower")
    measure_paces({"slower": slower}, band, clock, clock.pause)
    assert len(slower.asked) == 2 * FEWEST_ROUNDS


def test_bars_in_between_lie_on_the_line_through_a_bar_and_a_phrase() -> None:
    assert [Pace(0.001, 0.004, 4).of(bars) for bars in (1, 2, 3, 4)] == pytest.approx([0.001, 0.002, 0.003, 0.004])
    assert Pace(0.002, 0.001, 4).of(3) == 0.002  # a phrase that takes no longer than a bar
    assert Pace(0.002, 0.002, 1).of(3) == pytest.approx(0.006)
