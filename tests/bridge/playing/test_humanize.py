from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.pianoroll import Note
from bridge.playing.humanize import humanize
from bridge.playing.timing import in_order

STEP = 1 / 12
CHORDS = [Note(pitch, 100, beat + 0.5, 0.4) for beat in range(4) for pitch in range(36, 96)]


def test_the_same_seed_plays_the_same_and_another_one_differently() -> None:
    assert humanize(CHORDS, 0.5, 4.0, 7) == humanize(CHORDS, 0.5, 4.0, 7)
    assert humanize(CHORDS, 0.5, 4.0, 7) != humanize(CHORDS, 0.5, 4.0, 8)


def test_a_seed_plays_the_same_on_every_machine() -> None:
    (note,) = humanize([Note(60, 100, 1.0, 0.5)], 1.0, 4.0, 1)
    assert note.velocity == 91
    assert note.start == pytest.approx(1.0142457, abs=1e-7)


@pytest.mark.parametrize("amount", [0.1, 0.5, 1.0])
def test_shifts_and_velocities_reach_their_bounds_nearly_and_never_pass_them(amount: float) -> None:
    played = [note for seed in range(40) for note in humanize(CHORDS, amount, 4.0, seed)]
    shifts = np.array([note.start - (round(note.start - 0.5) + 0.5) for note in played])
    changes = np.array([note.velocity - 100 for note in played])
    assert amount / 32 * 0.9 < np.abs(shifts).max() <= amount / 32
    assert 0.8 * amount * 20 <= np.abs(changes).max() <= amount * 20
    assert abs(shifts.mean()) < amount / 32 / 50
    assert abs(changes.mean()) < amount * 20 / 20
    assert abs(np.corrcoef(shifts, changes)[0, 1]) < 0.05


def test_without_amount_nothing_changes() -> None:
    assert humanize(CHORDS, 0.0, 4.0, 1) == CHORDS
    assert humanize([], 1.0, 4.0, 1) == []


def test_a_note_on_the_bar_line_stays_on_it_and_one_held_to_the_end_still_is() -> None:
    chord = [Note(60, 100, 0.0, 1.0), Note(64, 100, 3.0, 1.0), Note(67, 100, 0.0, 4.0)]
    for seed in range(50):
        played = {note.pitch: note for note in humanize(in_order(chord), 1.0, 4.0, seed)}
        assert played[60].start == played[67].start == 0.0
        assert played[64].start + played[64].duration == pytest.approx(4.0, abs=1e-12)
        assert played[67].duration == 4.0


def test_a_line_that_did_not_overlap_does_not_overlap_afterwards() -> None:
    line = [Note(40 + place % 7, 100, place / 4, 0.25) for place in range(16)]
    for seed in range(50):
        played = humanize(line, 1.0, 4.0, seed)
        assert [note.pitch for note in played] == [note.pitch for note in line]
        assert all(one.start + one.duration <= other.start + 1e-12 for one, other in pairwise(played))


def test_a_note_elsewhere_changes_nothing_here() -> None:
    alone = [note for note in CHORDS if note.pitch != 50]
    assert [note for note in humanize(CHORDS, 1.0, 4.0, 3) if note.pitch != 50] == humanize(alone, 1.0, 4.0, 3)


def test_velocities_stay_in_the_midi_range() -> None:
    for velocity in (1, 127):
        loud = [Note(note.pitch, velocity, note.start, note.duration) for note in CHORDS]
        assert {1 <= note.velocity <= 127 for note in humanize(loud, 1.0, 4.0, 5)} == {True}


@settings(deadline=None)
@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from([3, 12, 24, 96]), st.floats(0, 1), st.integers(0, 10_000))
def test_rolls_of_one_pitch_keep_their_order_and_never_overlap(
    seed: int, steps_per_beat: int, amount: float, choice: int
) -> None:
    hits = np.flatnonzero(np.random.default_rng(choice).random(4 * steps_per_beat) < 0.7)
    step = 1 / steps_per_beat
    # A second pitch at the same time, so that this is no line.
    notes = in_order(Note(pitch, 100, float(hit) * step, step) for hit in hits for pitch in (38, 42))
    played = humanize(notes, amount, 4.0, seed)
    assert played == in_order(played)
    for pitch in (38, 42):
        voice = [note for note in played if note.pitch == pitch]
        assert len(voice) == len(hits)
        assert all(0.0 <= note.start < 4.0 and note.duration > 0 for note in voice)
        assert all(one.start + one.duration <= other.start + 1e-12 for one, other in pairwise(voice))
        assert all(note.start + note.duration <= 4.0 + 1e-12 for note in voice)
