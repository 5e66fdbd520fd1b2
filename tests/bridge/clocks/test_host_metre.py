"""Where the host's bar lines lie when the metre changes."""

from __future__ import annotations

from bridge.clocks.host import HostClock
from bridge.clocks.metre import COMMON_TIME, Metre
from bridge.clocks.song import Change


def tell(clock: HostClock, beat: float, metre: Metre | None, bar_start: float | None = None) -> Change:
    """A message of a host that plays at 120, in time."""
    return clock.hear(beat, 120.0, True, metre, beat / 2, bar_start)


def test_a_new_metre_counts_its_bars_from_the_line_at_which_it_came_in() -> None:
    clock = HostClock()
    for beat in range(8):
        tell(clock, beat, COMMON_TIME)
    assert tell(clock, 8.0, Metre(7, 8)) is Change.METRE
    assert [clock.song(4.0).next_bar(beat) for beat in (8.0, 8.1, 12.0)] == [8.0, 11.5, 15.0]
    assert tell(clock, 9.0, Metre(7, 8)) is Change.STEADY
    assert tell(clock, 15.01, Metre(3, 4)) is Change.METRE
    assert clock.song(7.6).next_bar(15.5) == 18.0


def test_a_metre_told_late_within_its_first_beat_still_began_at_the_bar_line() -> None:
    clock = HostClock()
    for beat in (6.5, 7.5, 8.5):
        change = tell(clock, beat, COMMON_TIME if beat < 8 else Metre(3, 4))
    assert change is Change.METRE
    assert clock.song(4.3).next_bar(8.5) == 11.0


def test_a_metre_changed_in_the_middle_of_a_bar_was_changed_by_hand_for_the_whole_song() -> None:
    clock = HostClock()
    for beat in (4.0, 5.0, 6.0):
        tell(clock, beat, COMMON_TIME)
    tell(clock, 7.0, Metre(3, 4))
    assert clock.song(3.5).next_bar(7.0) == 9.0


def test_before_the_place_where_a_metre_came_in_bars_are_counted_from_the_songs_start() -> None:
    clock = HostClock()
    for beat in range(18):
        tell(clock, beat, COMMON_TIME if beat < 16 else Metre(7, 8))
    clock.hear(1.0, 120.0, True, Metre(7, 8), 9.0)
    assert clock.song(9.0).next_bar(1.0) == 3.5
    looped = HostClock()
    for beat in range(24):
        tell(looped, beat, COMMON_TIME if beat < 16 else Metre(7, 8))
    looped.hear(16.0, 120.0, True, Metre(7, 8), 12.0)
    assert looped.song(12.0).next_bar(17.0) == 19.5


def test_a_host_that_tells_its_bar_line_is_believed() -> None:
    clock = HostClock()
    tell(clock, 0.0, Metre(7, 8), bar_start=-1.0)
    assert clock.song(0.0).next_bar(0.0) == 2.5
    assert tell(clock, 3.0, Metre(7, 8), bar_start=2.5) is Change.STEADY
    assert tell(clock, 4.0, Metre(7, 8), bar_start=3.0) is Change.METRE
    assert clock.song(2.0).next_bar(4.0) == 6.5


def test_without_a_metre_the_one_before_holds() -> None:
    clock = HostClock()
    tell(clock, 0.0, Metre(5, 4))
    assert tell(clock, 1.0, None) is Change.STEADY
    assert clock.song(0.5).metre == Metre(5, 4)
