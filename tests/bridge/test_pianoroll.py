from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridge.contract import ModelContract
from bridge.pianoroll import Note, Roll, notes_to_roll, phrase_notes, roll_to_notes

DRUMS, PIANO = 0, 1


def empty(band: ModelContract) -> Roll:
    return np.zeros((band.steps_per_bar, band.pitches), dtype=np.bool_)


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.01, 0.3, 0.9, 1.0]), st.sampled_from([DRUMS, PIANO]))
def test_a_roll_is_the_same_after_becoming_notes_and_a_roll_again(
    band: ModelContract, seed: int, density: float, track: int
) -> None:
    roll = np.random.default_rng(seed).random((band.steps_per_bar, band.pitches)) < density
    notes = roll_to_notes(roll, band, track)
    np.testing.assert_array_equal(notes_to_roll(notes, band, track), roll)
    assert notes == sorted(notes, key=lambda note: (note.start, note.pitch))


def test_a_run_of_cells_is_one_note_and_a_gap_makes_two(band: ModelContract) -> None:
    roll = empty(band)
    roll[0:6, 36] = roll[7:12, 36] = True
    assert roll_to_notes(roll, band, PIANO, velocity=90) == [Note(60, 90, 0.0, 0.5), Note(60, 90, 7 / 12, 5 / 12)]


def test_a_drums_cells_are_hits_of_their_own(band: ModelContract) -> None:
    roll = empty(band)
    roll[0:3, 12] = True
    assert [(note.pitch, note.start, note.duration) for note in roll_to_notes(roll, band, DRUMS)] == [
        (36, 0.0, 1 / 12),
        (36, 1 / 12, 1 / 12),
        (36, 2 / 12, 1 / 12),
    ]


def test_the_first_and_last_pitch_and_step_are_notes(band: ModelContract) -> None:
    roll = empty(band)
    roll[0, 0] = roll[-1, -1] = True
    assert [(note.pitch, note.start) for note in roll_to_notes(roll, band, PIANO)] == [(24, 0.0), (107, 47 / 12)]


def test_notes_outside_the_grid_are_left_out_of_a_roll(band: ModelContract) -> None:
    notes = [Note(23, 100, 0.0, 1.0), Note(108, 100, 0.0, 1.0), Note(60, 100, 4.0, 1.0), Note(60, 100, -1.0, 1.0)]
    assert not notes_to_roll(notes, band, PIANO).any()


def test_a_note_held_over_a_bar_line_is_one_note_of_the_phrase(band: ModelContract) -> None:
    phrase = np.zeros((band.bars, len(band.tracks), band.steps_per_bar, band.pitches), dtype=np.bool_)
    phrase[0, PIANO, 36:, 36] = phrase[1, PIANO, :12, 36] = True
    assert phrase_notes(phrase, band)[PIANO] == [Note(60, 100, 3.0, 2.0)]
