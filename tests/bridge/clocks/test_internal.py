from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clocks.internal import InternalClock
from bridge.clocks.metre import Metre
from bridge.clocks.song import Change


def test_it_stands_at_the_start_until_it_is_started() -> None:
    clock = InternalClock(120.0)
    assert clock.song(5.0).beat_at(5.0) == 0.0
    assert clock.start(10.0) is Change.STARTED
    assert clock.song(12.0).beat_at(12.0) == 4.0


def test_it_stops_where_it_is_and_goes_on_from_there() -> None:
    clock = InternalClock(120.0)
    clock.start(0.0)
    assert clock.stop(1.0) is Change.STOPPED
    assert clock.song(50.0).beat_at(50.0) == 2.0
    clock.start(50.0)
    assert clock.song(51.0).beat_at(51.0) == 4.0


def test_starting_and_stopping_twice_is_nothing_new() -> None:
    clock = InternalClock(120.0)
    assert clock.stop(0.0) is Change.STEADY
    clock.start(0.0)
    assert clock.start(1.0) is Change.STEADY
    assert clock.song(2.0).beat_at(2.0) == 4.0
    assert clock.song(2.0).leap == 1


@pytest.mark.parametrize("playing", [False, True])
def test_it_jumps_whether_it_plays_or_stands(playing: bool) -> None:
    clock = InternalClock(60.0)
    if playing:
        clock.start(0.0)
    assert clock.locate(32.0, 3.0) is Change.LOCATED
    assert clock.song(4.0).beat_at(4.0) == (33.0 if playing else 32.0)


def test_a_tempo_change_does_not_move_a_standing_song() -> None:
    clock = InternalClock(120.0)
    clock.locate(8.0, 1.0)
    assert clock.set_tempo(60.0, 20.0) is Change.TEMPO
    assert clock.song(30.0).beat_at(30.0) == 8.0
    clock.start(40.0)
    assert clock.song(41.0).beat_at(41.0) == 9.0


@given(st.lists(st.floats(20, 300), max_size=20))
def test_a_ramp_has_no_seams(tempi: list[float]) -> None:
    clock = InternalClock(120.0)
    clock.start(0.0)
    for second, tempo in enumerate(tempi, start=1):
        before = clock.song(second).beat_at(second)
        clock.set_tempo(tempo, float(second))
        assert clock.song(second).beat_at(second) == pytest.approx(before)
        assert clock.song(second).tempo == pytest.approx(tempo)
        assert clock.song(second).leap == 1


def test_a_metre_lays_the_bar_lines_anew() -> None:
    clock = InternalClock(120.0)
    assert clock.set_metre(Metre(3, 4)) is Change.METRE
    assert clock.song(0.0).next_bar(4.0) == 6.0


def test_it_is_always_there() -> None:
    assert InternalClock(120.0).notice(1e6) is None
