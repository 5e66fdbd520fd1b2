from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clocks.transport import BeatReference, change_tempo, start_song


@given(st.floats(20, 300), st.floats(0, 1e5), st.floats(-1e4, 1e4))
def test_beat_and_time_are_each_others_reverse(tempo: float, at: float, later: float) -> None:
    song = start_song(tempo, at)
    assert song.time_of(song.beat_at(at + later)) == pytest.approx(at + later, abs=1e-6)


def test_at_120_a_beat_is_half_a_second() -> None:
    assert start_song(120.0, 10.0) == BeatReference(0.0, 0.5, 10.0)
    assert start_song(120.0, 10.0).beat_at(11.0) == 2.0


def test_a_tempo_change_does_not_move_the_song() -> None:
    song = change_tempo(start_song(120.0, 0.0), 60.0, 4.0)
    assert song.beat_at(4.0) == 8.0
    assert song.beat_at(5.0) == 9.0
