from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clocks.bar_fit import fit_bar
from bridge.clocks.metre import Metre
from bridge.pianoroll import Note

FOUR_HITS = [Note(36, 100, float(beat), 0.25) for beat in range(4)]
SEMIBREVE = [Note(48, 90, 0.0, 4.0)]
STEPS = st.integers(0, 47)
NOTES = st.lists(
    st.builds(
        lambda pitch, step, length: Note(pitch, 100, step / 12, min(length, 48 - step) / 12),
        st.integers(0, 127),
        STEPS,
        st.integers(1, 48),
    )
)
BAR_BEATS = st.builds(lambda n, d: Metre(n, d).beats_per_bar, st.integers(1, 16), st.sampled_from((2, 4, 8, 16)))


def starts(notes: list[Note]) -> list[float]:
    return [note.start for note in notes]


def test_in_its_own_metre_a_bar_stays_as_it_is() -> None:
    assert fit_bar(FOUR_HITS + SEMIBREVE, 4, 4) == FOUR_HITS + SEMIBREVE


@pytest.mark.parametrize("metre", [Metre(3, 4), Metre(6, 8)])
def test_three_four_and_six_eight_play_the_first_three_beats(metre: Metre) -> None:
    assert starts(fit_bar(FOUR_HITS, 4, metre.beats_per_bar)) == [0.0, 1.0, 2.0]
    assert fit_bar(SEMIBREVE, 4, metre.beats_per_bar) == [Note(48, 90, 0.0, 3.0)]


def test_seven_eight_plays_three_beats_and_a_half() -> None:
    late = Note(42, 100, 3.5, 0.5)
    assert starts(fit_bar([*FOUR_HITS, late], 4, 3.5)) == [0.0, 1.0, 2.0, 3.0]
    assert fit_bar([Note(50, 80, 3.0, 1.0)], 4, 3.5) == [Note(50, 80, 3.0, 0.5)]


def test_five_four_plays_the_bar_and_its_first_beat_again() -> None:
    assert starts(fit_bar(FOUR_HITS, 4, 5.0)) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert fit_bar(SEMIBREVE, 4, 5.0) == [Note(48, 90, 0.0, 4.0), Note(48, 90, 4.0, 1.0)]


def test_six_four_plays_the_bar_and_its_first_two_beats_again() -> None:
    assert starts(fit_bar(FOUR_HITS, 4, 6.0)) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_very_long_bar_holds_the_models_bar_many_times() -> None:
    assert starts(fit_bar(SEMIBREVE, 4, 17.0)) == [0.0, 4.0, 8.0, 12.0, 16.0]


def test_a_note_a_hair_before_the_bars_end_is_not_left_as_a_click() -> None:
    assert fit_bar([Note(36, 100, 3.5 - 1e-9, 0.5)], 4, 3.5) == []


def test_no_notes_are_no_notes_in_any_metre() -> None:
    assert fit_bar([], 4, 3.5) == fit_bar([], 4, 9.0) == []


@given(NOTES, BAR_BEATS)
def test_every_note_lies_in_the_bar_and_is_one_of_the_models(notes: list[Note], bar_beats: float) -> None:
    models = {(note.pitch, round(note.start * 12)) for note in notes}
    for note in fit_bar(notes, 4, bar_beats):
        assert 0 <= note.start < bar_beats
        assert 0 < note.duration <= bar_beats - note.start
        assert (note.pitch, round(note.start % 4 * 12) % 48) in models


@given(NOTES, BAR_BEATS)
def test_no_beat_of_the_bar_is_left_empty_that_the_model_fills(notes: list[Note], bar_beats: float) -> None:
    fitted = {(note.pitch, round(note.start * 12)) for note in fit_bar(notes, 4, bar_beats)}
    for note in notes:
        step = round(note.start * 12)
        for again in range(step, int(bar_beats * 12), 48):
            assert (note.pitch, again) in fitted
