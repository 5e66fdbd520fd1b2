from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.pianoroll import Note
from bridge.playing.min_note import join_fragments

STEP = 1 / 12


def test_notes_of_one_pitch_with_a_short_gap_become_one() -> None:
    notes = [Note(60, 90, 0.0, 0.5), Note(60, 70, 0.625, 0.5)]
    assert join_fragments(notes, 0.25) == [Note(60, 90, 0.0, 1.125)]


def test_a_gap_as_long_as_min_note_is_kept() -> None:
    notes = [Note(60, 90, 0.0, 0.5), Note(60, 90, 0.75, 0.5)]
    assert join_fragments(notes, 0.25) == notes


def test_notes_of_other_pitches_are_not_joined() -> None:
    notes = [Note(60, 90, 0.0, 0.5), Note(61, 90, 0.5, 0.5)]
    assert join_fragments(notes, 0.25) == notes


def test_what_stays_too_short_is_dropped_and_what_is_just_long_enough_is_kept() -> None:
    notes = [Note(60, 90, 0.0, STEP), Note(64, 90, 1.0, 3 * STEP), Note(67, 90, 2.0, 2 * STEP)]
    assert join_fragments(notes, 0.25) == [notes[1]]


def test_fragments_are_joined_before_they_could_be_dropped() -> None:
    flicker = [Note(60, 90, step * 2 * STEP, STEP) for step in range(4)]
    (note,) = join_fragments(flicker, 0.25)
    assert (note.start, round(note.duration, 9)) == (0.0, round(7 * STEP, 9))


def test_nothing_changes_at_zero() -> None:
    notes = [Note(60, 90, 0.0, STEP), Note(60, 90, STEP, STEP)]
    assert join_fragments(notes, 0.0) == notes
    assert join_fragments([], 0.25) == []


def test_one_step_is_long_enough_where_one_step_came_as_float32() -> None:
    notes = [Note(60, 90, 0.0, STEP)]
    assert float(np.float32(STEP)) > STEP
    assert join_fragments(notes, float(np.float32(STEP))) == notes


def test_an_inner_note_never_ends_the_outer_one_early() -> None:
    assert join_fragments([Note(60, 90, 0.0, 2.0), Note(60, 90, 1.0, 0.5)], 0.25) == [Note(60, 90, 0.0, 2.0)]


@settings(deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 2, 3, 6, 12]))
def test_no_gap_and_no_note_stays_shorter_than_min_note(seed: int, steps: int) -> None:
    edges = np.flatnonzero(np.random.default_rng(seed).random(48) < 0.4).tolist()
    notes = [Note(60, 90, start / 12, (end - start) / 12) for start, end in zip(edges[::2], edges[1::2], strict=False)]
    joined = join_fragments(notes, steps / 12)
    assert all(note.duration > steps / 12 - 1e-6 for note in joined)
    for earlier, later in pairwise(joined):
        assert later.start - (earlier.start + earlier.duration) > steps / 12 - 1e-6
