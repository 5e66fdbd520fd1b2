from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.contract import TrackSpec
from bridge.pianoroll import Note
from bridge.playing.monophonic import is_bass, monophonic
from bridge.playing.timing import in_order


def test_a_note_ends_where_the_next_one_starts() -> None:
    assert monophonic([Note(40, 90, 0.0, 2.0), Note(43, 80, 1.0, 1.0)]) == [
        Note(40, 90, 0.0, 1.0),
        Note(43, 80, 1.0, 1.0),
    ]


def test_a_note_held_to_the_bars_end_gives_way_too() -> None:
    assert monophonic([Note(40, 90, 0.0, 4.0), Note(43, 90, 3.0, 1.0)])[0] == Note(40, 90, 0.0, 3.0)


def test_rests_stay() -> None:
    notes = [Note(40, 90, 0.0, 0.5), Note(43, 90, 1.0, 1.0)]
    assert monophonic(notes) == notes


def test_of_notes_that_start_together_the_surest_stays() -> None:
    notes = [Note(40, 90, 0.0, 2.0), Note(47, 90, 0.0, 1.0), Note(52, 90, 0.0, 1.0)]
    certainties = {40: 0.7, 47: 0.9, 52: 0.8}
    assert monophonic(notes, lambda note: certainties[note.pitch]) == [notes[1]]


def test_between_equals_and_where_nothing_is_known_the_lowest_stays() -> None:
    notes = [Note(40, 90, 0.0, 2.0), Note(47, 90, 0.0, 1.0)]
    assert monophonic(notes) == notes[:1]
    assert monophonic(notes, lambda _: 0.5) == notes[:1]


def test_a_note_of_which_too_little_would_be_left_is_not_played_and_the_one_before_sounds_on() -> None:
    notes = [Note(40, 90, 0.0, 2.0), Note(43, 90, 1.0, 1.0), Note(45, 90, 1.1, 1.0)]
    assert monophonic(notes, min_note=0.25) == [Note(40, 90, 0.0, 1.1), Note(45, 90, 1.1, 1.0)]


def test_a_short_note_that_is_not_cut_is_none_of_its_business() -> None:
    notes = [Note(40, 90, 0.0, 0.1), Note(43, 90, 1.0, 1.0)]
    assert monophonic(notes, min_note=0.25) == notes


def test_silence_stays_silent() -> None:
    assert monophonic([]) == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 47), st.integers(1, 48)), max_size=40))
def test_never_do_two_notes_sound_at_once(places: list[tuple[int, int, int]]) -> None:
    notes = in_order(Note(pitch, 90, start / 12, length / 12) for pitch, start, length in places)
    line = monophonic(notes)
    assert all(earlier.start + earlier.duration <= later.start + 1e-9 for earlier, later in pairwise(line))
    assert all(note.duration > 0 for note in line)
    assert {note.start for note in line} == {note.start for note in notes}


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        (TrackSpec("Bass", 33, False, 2), True),
        (TrackSpec("Low end", 38, False, 2), True),
        (TrackSpec("BASS", 0, False, 2), True),
        (TrackSpec("Bassoon", 70, False, 2), False),
        (TrackSpec("Piano", 0, False, 0), False),
        (TrackSpec("Bass", 33, True, 9), False),
    ],
)
def test_a_bass_is_told_by_its_program_or_its_name(track: TrackSpec, expected: bool) -> None:
    assert is_bass(track) is expected
