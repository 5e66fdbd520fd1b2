from __future__ import annotations

import numpy as np
import pytest

from bridge.engine.latency import STAGES, WINDOW, Latencies


def test_before_anything_was_measured_nothing_takes_time() -> None:
    latencies = Latencies()
    assert latencies.high("bar") == 0.0
    assert latencies.milliseconds() == {}


def test_high_is_what_nineteen_of_twenty_stay_below_and_follows_what_is_added() -> None:
    latencies = Latencies()
    for number in range(1, 101):
        latencies.add("bar", number / 1000)
    assert latencies.high("bar") == pytest.approx(0.095)
    latencies.add("queue", 9.0)
    assert latencies.high("bar") == pytest.approx(0.095)
    for _ in range(100):
        latencies.add("bar", 0.5)
    assert latencies.high("bar") == 0.5


def test_what_was_long_ago_is_forgotten() -> None:
    latencies = Latencies()
    latencies.add("bar", 5.0)
    assert latencies.high("bar") == 5.0
    for _ in range(WINDOW):
        latencies.add("bar", 0.001)
    assert latencies.high("bar") == 0.001
    assert latencies.milliseconds()["bar"]["max"] == 1.0


def test_the_first_bar_is_its_three_stages() -> None:
    latencies = Latencies()
    latencies.first_bar(10.0, 10.002, 10.003, 10.0035)
    table = latencies.milliseconds()
    assert {stage: table[stage]["p50"] for stage in table} == {
        "first_model": 2.0, "first_notes": 1.0, "first_send": 0.5, "first_bar": 3.5
    }  # fmt: skip


def test_stages_are_told_in_the_order_of_a_press() -> None:
    latencies = Latencies()
    for stage in reversed(STAGES):
        latencies.add(stage, 0.001)
    assert tuple(latencies.milliseconds()) == STAGES


@pytest.mark.parametrize("measured", [1, 2, 100, WINDOW, WINDOW + 100])
def test_percentiles_are_numpys(measured: int) -> None:
    latencies, seconds = Latencies(), np.random.default_rng(measured).exponential(0.002, measured)
    for one in seconds:
        latencies.add("queue", one)
    expected = np.percentile(seconds[-WINDOW:], (50, 95, 99, 100)) * 1e3
    assert list(latencies.milliseconds()["queue"].values()) == pytest.approx(expected, abs=0.001)
