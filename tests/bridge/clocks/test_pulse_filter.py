from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clocks.pulse_filter import SHORTEST_PERIOD, PulseFilter

PERIOD = 60 / 120 / 24


def follow(arrivals: Iterable[float], period: float = PERIOD) -> tuple[PulseFilter, int]:
    """A filter that has taken these pulses, and how many it says were lost."""
    pulses, lost = PulseFilter(period), 0
    for count, arrival in enumerate(arrivals):
        if count:
            lost += pulses.pulse(arrival)
        else:
            pulses.begin(arrival)
    return pulses, lost


@given(st.floats(0.006, 0.2), st.floats(0, 1e5), st.integers(2, 300))
def test_even_pulses_are_followed_exactly_from_the_second_on(period: float, start: float, count: int) -> None:
    pulses, lost = follow(start + number * period for number in range(count))
    assert pulses.period == pytest.approx(period, rel=1e-5)
    assert pulses.time == pytest.approx(start + (count - 1) * period, abs=1e-6)
    assert lost == 0


@pytest.mark.parametrize("seed", range(10))
def test_three_milliseconds_of_jitter_are_smoothed_to_a_third(seed: int) -> None:
    chance = random.Random(seed)
    arrivals = [number * PERIOD + chance.uniform(-0.0015, 0.0015) for number in range(480)]
    pulses = PulseFilter(PERIOD)
    pulses.begin(arrivals[0])
    for number, arrival in enumerate(arrivals[1:], start=1):
        pulses.pulse(arrival)
        if number > 48:
            assert abs(pulses.time - number * PERIOD) < 0.001
            assert abs(pulses.period / PERIOD - 1) < 0.005


@pytest.mark.parametrize("missing", [[100], [100, 101, 102], [100, 102], [100, 101, 103], list(range(100, 120))])
def test_lost_pulses_are_counted(missing: list[int]) -> None:
    pulses, lost = follow(number * PERIOD for number in range(150) if number not in missing)
    assert lost == len(missing)
    assert pulses.time == pytest.approx(149 * PERIOD, abs=1e-6)
    assert pulses.period == pytest.approx(PERIOD, rel=1e-6)


def test_pulses_that_were_held_up_and_come_at_once_are_not_lost_nor_a_tempo() -> None:
    held_up = 110 * PERIOD
    arrivals = [max(number * PERIOD, held_up) if 100 <= number < 110 else number * PERIOD for number in range(150)]
    pulses, lost = follow(arrivals[:100])
    for arrival in arrivals[100:]:
        lost += pulses.pulse(arrival)
        assert pulses.period == pytest.approx(PERIOD, rel=0.1)
    assert lost == 0
    assert pulses.time == pytest.approx(149 * PERIOD, abs=0.002)


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.33, 2.0, 3.0])
def test_another_tempo_is_not_taken_for_lost_pulses(factor: float) -> None:
    steady = [number * PERIOD for number in range(100)]
    pulses, lost = follow(steady + [steady[-1] + number * PERIOD * factor for number in range(1, 7)])
    assert lost == 0
    assert pulses.period == pytest.approx(PERIOD * factor, rel=1e-3)
    assert pulses.time == pytest.approx(steady[-1] + 6 * PERIOD * factor, abs=1e-4)


@pytest.mark.parametrize("tempo", [60, 90, 120, 133, 150, 180, 200])
@pytest.mark.parametrize("frames", [256, 512, 1024])
@pytest.mark.parametrize("offset", [0.0, 0.3, 0.6, 0.9])
def test_a_clock_that_comes_in_an_audio_buffers_steps_is_followed_and_no_pulse_counted_lost(
    tempo: float, frames: int, offset: float
) -> None:
    period, buffer = 60 / tempo / 24, frames / 48000
    arrivals = [(int(number * period / buffer + offset) + 1 - offset) * buffer for number in range(600)]
    pulses, lost = follow(arrivals[:48])
    for number, arrival in enumerate(arrivals[48:], start=48):
        lost += pulses.pulse(arrival)
        assert -0.5 * buffer < pulses.time - number * period < 1.5 * buffer
    assert lost == 0


@pytest.mark.parametrize("tempo", [150, 180, 200])
def test_a_clock_that_is_always_rough_is_not_taken_for_one_that_keeps_changing_its_tempo(tempo: float) -> None:
    period, buffer = 60 / tempo / 24, 1024 / 48000
    arrivals = [(int(number * period / buffer) + 1) * buffer for number in range(600)]
    pulses, _ = follow(arrivals[:48])
    for number, arrival in enumerate(arrivals[48:], start=48):
        pulses.pulse(arrival)
        assert pulses.time - number * period == pytest.approx(buffer / 2, abs=0.003)


def test_after_a_pause_the_period_is_known_and_another_soon_learnt() -> None:
    pulses, _ = follow(number * PERIOD for number in range(100))
    pulses.begin(60.0)
    assert pulses.time == 60.0
    assert pulses.period == pytest.approx(PERIOD)
    for number in range(1, 49):
        pulses.pulse(60.0 + number * PERIOD * 1.2)
    assert pulses.period == pytest.approx(PERIOD * 1.2, rel=0.01)


def test_a_flood_of_pulses_is_no_tempo() -> None:
    pulses, _ = follow(number * 1e-6 for number in range(1000))
    assert pulses.period >= SHORTEST_PERIOD
    for number in range(1, 25):
        pulses.pulse(1.0 + number * PERIOD)
    assert pulses.period == pytest.approx(PERIOD, rel=0.01)
