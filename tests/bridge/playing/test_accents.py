from __future__ import annotations

import pytest

from bridge.pianoroll import Note
from bridge.playing.accents import accent

STEP = 1 / 12


def velocities(amount: float, velocity: int = 100) -> list[int]:
    """Of a downbeat, a beat, an eighth, a sixteenth and a triplet."""
    starts = (0.0, 3.0, 18 * STEP, 3 * STEP, 4 * STEP)
    return [note.velocity for note in accent([Note(60, velocity, start, STEP) for start in starts], amount)]


def test_the_downbeat_is_loudest_then_the_beats_then_the_eighths() -> None:
    assert velocities(1.0) == [108, 104, 100, 96, 96]
    assert velocities(0.5) == [104, 102, 100, 98, 98]


def test_without_amount_every_note_has_exactly_its_velocity() -> None:
    assert velocities(0.0, 77) == [77] * 5


@pytest.mark.parametrize("beat", range(4))
def test_a_beat_that_is_a_sum_of_steps_is_a_beat(beat: int) -> None:
    start = sum([STEP] * 12 * beat)
    (note,) = accent([Note(60, 100, start, STEP)], 1.0)
    assert note.velocity == (104 if beat else 108)


def test_velocities_stay_in_the_midi_range_and_no_note_goes_silent() -> None:
    assert velocities(1.0, 127) == [127, 127, 127, 123, 123]
    assert velocities(1.0, 1) == [9, 5, 1, 1, 1]
