from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.pianoroll import Note
from bridge.playing.scale_lock import lock_to_scale, nearest_in_scale
from bridge.playing.scale_names import SCALES, key_pitch_class
from bridge.playing.timing import in_order

KEYS = ("C", "C#", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def test_a_note_outside_moves_down_from_the_middle_and_else_to_the_nearer_side() -> None:
    (moved,) = lock_to_scale([Note(61, 90, 0.0, 1.0)], "C", "major")  # C# lies between C and D
    assert moved == Note(60, 90, 0.0, 1.0)
    (moved,) = lock_to_scale([Note(59, 90, 0.0, 1.0)], "C", "minor_pentatonic")  # B: C is nearer than Bb? equally near
    assert moved.pitch == 58
    (moved,) = lock_to_scale([Note(62, 90, 0.0, 1.0)], "C", "minor_pentatonic")  # D: Eb is nearer than C
    assert moved.pitch == 63


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("key", KEYS)
def test_every_pitch_moves_to_the_nearest_inside_and_none_leaves_the_midi_range(key: str, scale: str) -> None:
    inside = [pitch for pitch in range(128) if (pitch - key_pitch_class(key)) % 12 in SCALES[scale]]
    for pitch, nearest in enumerate(nearest_in_scale(key, scale)):
        assert nearest in inside
        assert abs(nearest - pitch) == min(abs(candidate - pitch) for candidate in inside)
        if nearest > pitch:
            assert 2 * pitch - nearest not in inside, "the lower one was as near"


def test_notes_that_meet_on_one_pitch_become_one() -> None:
    notes = [Note(60, 90, 0.0, 1.0), Note(61, 110, 0.5, 1.5)]
    assert lock_to_scale(notes, "C", "major") == [Note(60, 110, 0.0, 2.0)]


def test_notes_that_only_touch_are_played_twice() -> None:
    notes = [Note(60, 90, 0.0, 1.0), Note(61, 90, 1.0, 1.0)]
    assert lock_to_scale(notes, "C", "major") == [Note(60, 90, 0.0, 1.0), Note(60, 90, 1.0, 1.0)]


@pytest.mark.parametrize(("key", "scale"), [("off", "major"), ("C", "off"), ("off", "off"), ("C", "chromatic")])
def test_nothing_changes_without_a_key_or_a_scale_or_in_the_chromatic_one(key: str, scale: str) -> None:
    notes = [Note(pitch, 90, 0.0, 1.0) for pitch in range(60, 72)]
    assert lock_to_scale(notes, key, scale) == notes


def test_what_is_inside_already_is_left_alone() -> None:
    notes = [Note(60, 90, 0.0, 1.0), Note(60, 80, 1.0, 1.0), Note(64, 90, 1.0, 1.0)]
    assert lock_to_scale(notes, "C", "major") == notes


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 127), st.integers(0, 47), st.integers(1, 48)), max_size=40),
    st.sampled_from(KEYS),
    st.sampled_from(sorted(SCALES)),
)
def test_every_moment_that_sounded_still_sounds(places: list[tuple[int, int, int]], key: str, scale: str) -> None:
    notes = in_order(Note(pitch, 90, start / 12, length / 12) for pitch, start, length in places)
    locked = lock_to_scale(notes, key, scale)
    assert locked == in_order(locked)
    nearest = nearest_in_scale(key, scale)
    for note in notes:
        middle = note.start + note.duration / 2
        assert any(
            other.pitch == nearest[note.pitch] and other.start <= middle <= other.start + other.duration
            for other in locked
        )
