from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clocks.internal import InternalClock
from bridge.clocks.metre import Metre
from bridge.clocks.song import Change


def test_it_plays_from_when_it_is_made() -> None:
    song = InternalClock(120.0, 10.0).song(11.0)
    assert song.playing
    assert song.beat_at(11.0) == 2.0
    assert song.tempo == 120.0


@given(st.lists(st.floats(20, 300), max_size=20))
def test_a_ramp_has_no_seams(tempi: list[float]) -> None:
    clock = InternalClock(120.0, 0.0)
    for second, tempo in enumerate(tempi, start=1):
        before = clock.song(second).beat_at(second)
        clock.set_tempo(tempo, float(second))
        assert clock.song(second).beat_at(second) == pytest.approx(before)
        assert clock.song(second).tempo == pytest.approx(tempo)
        assert clock.song(second).leap == 0


def test_a_tempo_change_is_told_and_no_change_is_not() -> None:
    clock = InternalClock(120.0, 0.0)
    assert clock.set_tempo(60.0, 1.0) is Change.TEMPO
    assert clock.set_tempo(60.0, 2.0) is Change.STEADY


def test_its_bars_are_of_its_metre() -> None:
    assert InternalClock(120.0, 0.0, Metre(3, 4)).song(0.0).next_bar(4.0) == 6.0


def test_it_is_always_there() -> None:
    assert InternalClock(120.0, 0.0).notice(1e6) is None
