from __future__ import annotations

import os
import sys

import pytest

from bridge.clock import now
from bridge.doctor.finding import Level
from bridge.doctor.timing import clock_drift, loopback, may_be_real_time, real_time, wake_up


class Clocks:
    """A machine's clocks in virtual time: sleeping passes it, late by `late` seconds; the wall clock drifts."""

    def __init__(self, drift: float = 0.0, late: float = 0.0) -> None:
        self.time, self.drift, self.late = 50.0, drift, late

    def now(self) -> float:
        return self.time

    def wall_clock(self) -> float:
        return 1.7e9 + self.time * (1.0 + self.drift)

    def sleep(self, seconds: float) -> None:
        self.time += seconds + self.late


@pytest.mark.parametrize(
    ("ppm", "level", "says"),
    [
        (0.0, Level.OK, "0 ppm"),
        (100.0, Level.OK, "gains 100 ppm"),
        (-100.0, Level.OK, "loses 100 ppm"),
        (2000.0, Level.WARN, "gains 2000 ppm"),
        (-2000.0, Level.WARN, "loses 2000 ppm"),
    ],
)
def test_a_wall_clock_that_drifts_is_measured(ppm: float, level: Level, says: str) -> None:
    clocks = Clocks(drift=ppm * 1e-6)
    found = clock_drift(clocks.now, clocks.wall_clock, clocks.sleep)
    assert found.level is level
    assert says in found.found
    assert bool(found.remedy) == (level is not Level.OK)


def test_a_sleep_that_lasts_too_long_is_no_drift() -> None:
    clocks = Clocks(late=0.3)
    assert clock_drift(clocks.now, clocks.wall_clock, clocks.sleep).level is Level.OK


def test_a_wall_clock_that_steps_is_a_warning() -> None:
    clocks = Clocks()

    def sleep_and_step(seconds: float) -> None:
        clocks.sleep(seconds)
        clocks.drift += 0.5 / clocks.time

    found = clock_drift(clocks.now, clocks.wall_clock, sleep_and_step)
    assert found.level is Level.WARN
    assert "500000 ppm" in found.found


@pytest.mark.parametrize(("late", "level"), [(0.0001, Level.OK), (0.0146, Level.WARN)])
def test_how_late_a_sleep_ends_is_measured(late: float, level: Level) -> None:
    clocks = Clocks(late=late)
    found = wake_up(clocks.now, clocks.sleep)
    assert found.level is level
    assert f"ends {late * 1e3:.2f} ms late" in found.found


def test_real_time_priority_that_is_not_permitted_is_a_warning_with_the_line_to_write() -> None:
    assert real_time(lambda: True, "linux").level is Level.OK
    found = real_time(lambda: False, "linux")
    assert found.level is Level.WARN
    assert "@audio - rtprio 95" in found.remedy


def test_other_systems_are_not_asked_for_real_time_priority() -> None:
    def ask() -> bool:
        raise AssertionError("there is nothing to ask")

    for system in ("darwin", "win32"):
        assert real_time(ask, system).level is Level.OK


@pytest.mark.skipif(sys.platform != "linux", reason="the player asks for it on Linux alone")
def test_asking_leaves_this_threads_priority_as_it_is() -> None:
    before = os.sched_getscheduler(0)
    may_be_real_time()
    assert os.sched_getscheduler(0) == before


def test_messages_to_this_machine_come_back() -> None:
    found = loopback(now)
    assert found.level in (Level.OK, Level.WARN)  # as busy as the machine is
    assert "a message to this machine and back takes" in found.found


def test_slow_messages_are_a_warning() -> None:
    time = [0.0]

    def slow_now() -> float:
        time[0] += 0.008
        return time[0]

    found = loopback(slow_now)
    assert found.level is Level.WARN
    assert "takes 8.00 ms" in found.found
