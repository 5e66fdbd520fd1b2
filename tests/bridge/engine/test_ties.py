from __future__ import annotations

from bridge.engine.ties import TiedBar, tie
from bridge.pianoroll import Note

DRUMS = (False,)


def note(start: float, duration: float, pitch: int = 60) -> Note:
    return Note(pitch, 100, start, duration)


def one(bar: list[Note], coming: list[list[Note]], held: dict[tuple[int, int], float] | None = None) -> TiedBar:
    return tie([bar], [[following] for following in coming], held or {}, 4.0, DRUMS)


def test_a_note_that_goes_on_over_the_bar_line_is_one_note() -> None:
    tied = one([note(3.0, 1.0)], [[note(0.0, 2.0)]])
    assert tied.notes == [[note(3.0, 3.0)]]
    assert tied.held == {(0, 60): 2.0}


def test_what_sounds_already_is_not_struck_again() -> None:
    tied = one([note(0.0, 2.0), note(2.5, 0.5)], [[]], {(0, 60): 2.0})
    assert tied.notes == [[note(2.5, 0.5)]]
    assert tied.held == {}


def test_a_drone_is_one_note_through_all_bars_that_are_known() -> None:
    whole = [note(0.0, 4.0)]
    first = one(whole, [whole, whole, [note(0.0, 1.0)]])
    assert first.notes == [[note(0.0, 13.0)]]
    second = one(whole, [whole, [note(0.0, 1.0)]], first.held)
    assert second.notes == [[]]
    third = one(whole, [[note(0.0, 1.0)]], second.held)
    fourth = one([note(0.0, 1.0)], [[]], third.held)
    assert third.notes == fourth.notes == [[]]
    assert fourth.held == {}


def test_a_note_that_only_meets_the_bar_line_ends_there() -> None:
    tied = one([note(3.0, 1.0)], [[note(0.5, 1.0)]])
    assert tied.notes == [[note(3.0, 1.0)]]
    assert tied.held == {}


def test_another_pitch_is_another_note() -> None:
    tied = one([note(3.0, 1.0, 60)], [[note(0.0, 1.0, 62)]])
    assert tied.notes == [[note(3.0, 1.0, 60)]]


def test_drums_are_struck_anew() -> None:
    tied = tie([[note(3.75, 0.25, 36)]], [[[note(0.0, 0.25, 36)]]], {}, 4.0, (True,))
    assert tied.notes == [[note(3.75, 0.25, 36)]]


def test_a_bar_that_was_changed_since_still_sounds_as_long_as_it_says() -> None:
    tied = one([note(0.0, 3.0)], [[]], {(0, 60): 1.0})
    assert tied.notes == [[note(1.0, 2.0)]]


def test_a_promise_that_the_bar_knows_nothing_of_is_kept_to_its_end() -> None:
    tied = one([], [[]], {(0, 60): 5.0})
    assert tied.notes == [[]]
    assert tied.held == {(0, 60): 1.0}
