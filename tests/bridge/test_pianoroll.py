from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.contract import ModelContract
from bridge.pianoroll import Note, Roll, bar_to_notes, notes_to_roll, phrase_notes, roll_to_notes

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


def notes_cell_by_cell(roll: Roll, contract: ModelContract, track: int, velocity: int) -> list[Note]:
    """The plain way: every cell looked at, one after the other."""
    notes = []
    steps, pitches = roll.shape
    for start in range(steps):
        for pitch in range(pitches):
            is_drum = contract.tracks[track].is_drum
            if not roll[start, pitch] or (start and roll[start - 1, pitch] and not is_drum):
                continue
            end = start + 1
            while not is_drum and end < steps and roll[end, pitch]:
                end += 1
            beats = contract.steps_per_beat
            notes.append(Note(contract.lowest_pitch + pitch, velocity, start / beats, (end - start) / beats))
    return notes


@given(
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.01, 0.3, 0.9, 1.0]),
    st.tuples(st.sampled_from([1, 3, 4, 12]), st.sampled_from([1, 3, 4]), st.sampled_from([1, 2, 84])),
    st.lists(st.booleans(), min_size=1, max_size=5),
)
@settings(deadline=None)
def test_a_whole_bar_is_searched_as_cell_by_cell_and_as_track_by_track(
    band: ModelContract, seed: int, density: float, grid: tuple[int, int, int], drums: list[bool]
) -> None:
    tracks = tuple(replace(band.tracks[0], name=str(number), is_drum=one) for number, one in enumerate(drums))
    contract = replace(band, steps_per_beat=grid[0], beats_per_bar=grid[1], pitches=grid[2], tracks=tracks)
    shape = (len(tracks), contract.steps_per_bar, contract.pitches)
    rolls = np.random.default_rng(seed).random(shape) < density
    before = rolls.copy()
    found = bar_to_notes(rolls, contract, velocity=77)
    assert found == [notes_cell_by_cell(roll, contract, track, 77) for track, roll in enumerate(rolls)]
    assert found == [roll_to_notes(roll, contract, track, 77) for track, roll in enumerate(rolls)]
    np.testing.assert_array_equal(rolls, before)
    for note in (note for notes in found for note in notes):
        assert (type(note.pitch), type(note.start), type(note.duration)) == (int, float, float)


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
