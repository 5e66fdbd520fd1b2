from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clocks.metre import COMMON_TIME, DENOMINATORS, ImpossibleMetre, Metre

METRES = st.builds(Metre, st.integers(1, 64), st.sampled_from(DENOMINATORS))
THIRTY_SECONDS = st.integers(-10_000, 10_000).map(lambda count: count / 8)


@pytest.mark.parametrize(
    ("numerator", "denominator", "beats"),
    [(4, 4, 4.0), (3, 4, 3.0), (6, 8, 3.0), (7, 8, 3.5), (5, 4, 5.0), (12, 8, 6.0), (1, 32, 0.125), (64, 1, 256.0)],
)
def test_a_bar_is_counted_in_quarter_notes(numerator: int, denominator: int, beats: float) -> None:
    assert Metre(numerator, denominator).beats_per_bar == beats


@pytest.mark.parametrize(
    ("numerator", "denominator", "complaint"),
    [
        (0, 4, "the metre is 0/4, expected 1 to 64 above the line"),
        (-3, 4, "the metre is -3/4, expected 1 to 64"),
        (65, 4, "the metre is 65/4, expected 1 to 64"),
        (4, 3, "the metre is 4/3, expected one of 1, 2, 4, 8, 16, 32 below the line"),
        (4, 0, "the metre is 4/0, expected one of"),
        (4, 64, "the metre is 4/64, expected one of"),
        (4, -4, "the metre is 4/-4, expected one of"),
    ],
)
def test_an_impossible_metre_is_refused_with_what_came_and_what_was_expected(
    numerator: int, denominator: int, complaint: str
) -> None:
    with pytest.raises(ImpossibleMetre, match=complaint):
        Metre(numerator, denominator)


@pytest.mark.parametrize(
    ("beat", "start", "following"),
    [(0.0, 0.0, 0.0), (0.1, 0.0, 3.5), (3.5, 3.5, 3.5), (3.5 - 1e-12, 3.5, 3.5), (10.4, 7.0, 10.5), (-0.5, -3.5, 0.0)],
)
def test_in_seven_eight_a_bar_line_comes_every_three_and_a_half_beats(
    beat: float, start: float, following: float
) -> None:
    assert Metre(7, 8).bar_start(beat) == start
    assert Metre(7, 8).next_bar(beat) == following


def test_bars_are_counted_from_where_the_metre_came_in() -> None:
    assert Metre(7, 8).next_bar(17.0, origin=16.0) == 19.5
    assert Metre(7, 8).bar_start(17.0, origin=16.0) == 16.0
    assert COMMON_TIME.bar_start(1.0, origin=2.0) == -2.0


@given(METRES, st.floats(-1e5, 1e5), THIRTY_SECONDS)
def test_a_position_lies_between_its_bar_line_and_the_next(metre: Metre, beat: float, origin: float) -> None:
    start, following = metre.bar_start(beat, origin), metre.next_bar(beat, origin)
    assert start - 1e-6 <= beat <= following + 1e-6
    assert following - start in (0.0, metre.beats_per_bar)


@given(METRES, st.integers(0, 10_000), THIRTY_SECONDS)
def test_bar_lines_are_exact_however_far_into_the_song(metre: Metre, bar: int, origin: float) -> None:
    line = origin + bar * metre.beats_per_bar
    assert metre.bar_start(line, origin) == metre.next_bar(line, origin) == line
