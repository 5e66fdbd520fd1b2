from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.pianoroll import Note
from bridge.playing.swing import swing, swung_beat

beats = st.one_of(st.floats(0, 4), st.integers(0, 96).map(lambda step: step / 24))


@pytest.mark.parametrize(("amount", "second"), [(0.0, 0.25), (0.5, 7 / 24), (1.0, 1 / 3)])
def test_the_second_sixteenth_comes_late_up_to_two_thirds_of_its_pair(amount: float, second: float) -> None:
    notes = [Note(42, 90, beat * 0.25, 0.25) for beat in range(4)]
    starts = [note.start for note in swing(notes, amount)]
    assert starts == pytest.approx([0.0, second, 0.5, 0.5 + second])


@settings(deadline=None)
@given(st.floats(0, 1), st.integers(0, 8))
def test_eighths_and_bar_lines_stay_exactly_where_they_are(amount: float, eighth: int) -> None:
    assert swung_beat(eighth / 2, amount) == eighth / 2


@settings(deadline=None)
@given(st.floats(0, 1), beats, beats)
def test_order_is_kept_and_nothing_is_ever_early(amount: float, one: float, other: float) -> None:
    earlier, later = sorted((one, other))
    assert swung_beat(earlier, amount) <= swung_beat(later, amount) + 1e-12
    assert -1e-12 <= swung_beat(one, amount) - one <= amount / 12 + 1e-12


def test_what_lies_between_the_sixteenths_moves_in_proportion() -> None:
    assert swung_beat(0.125, 1.0) == pytest.approx(1 / 6)
    assert swung_beat(0.375, 1.0) == pytest.approx(5 / 12)


def test_notes_that_touch_still_touch() -> None:
    first, second = swing([Note(60, 90, 0.0, 0.25), Note(62, 90, 0.25, 0.75)], 0.6)
    assert first.duration == pytest.approx(second.start)
    assert second.start + second.duration == pytest.approx(1.0)


def test_a_note_that_ends_with_the_bar_still_does() -> None:
    (note,) = swing([Note(60, 90, 3.25, 0.75)], 1.0)
    assert note.start == pytest.approx(3 + 1 / 3)
    assert note.start + note.duration == pytest.approx(4.0, abs=1e-12)


def test_straight_time_changes_nothing() -> None:
    notes = [Note(60, 90, 1 / 12, 5 / 12)]
    assert swing(notes, 0.0) == notes
    assert swing([], 1.0) == []
