"""Single notes in clock seconds: a note-on owns its note-off, and what comes too late is no burst."""

from __future__ import annotations

import math

import pytest

from bridge.midi.note_schedule import GRACE_SECONDS, NoteSchedule
from bridge.midi.notes import NoteEvent, TimedNote


def note(on: float, off: float, pitch: int = 60, channel: int = 0) -> TimedNote:
    return TimedNote(on, off, channel, pitch, 100)


def events(sent: list[NoteEvent]) -> list[tuple[str, int]]:
    return [("on" if event.velocity else "off", event.pitch) for event in sent]


def test_a_note_sounds_from_its_on_to_its_off() -> None:
    schedule = NoteSchedule()
    schedule.play([TimedNote(1.0, 2.0, channel=3, pitch=64, velocity=77, port=2)])
    assert schedule.next_time() == 1.0
    assert schedule.due(0.999) == []
    assert schedule.due(1.0) == [NoteEvent(port=2, channel=3, pitch=64, velocity=77)]
    assert schedule.next_time() == 2.0
    assert schedule.due(1.999) == []
    assert schedule.due(2.0) == [NoteEvent(port=2, channel=3, pitch=64)]
    assert schedule.next_time() is None


def test_notes_leave_in_the_order_of_their_times_however_they_came() -> None:
    schedule = NoteSchedule()
    schedule.play([note(0.03, 9.0, 63), note(0.01, 9.0, 61)])
    schedule.play([note(0.02, 9.0, 62), note(0.01, 9.0, 64)])
    assert events(schedule.due(0.03)) == [("on", 61), ("on", 64), ("on", 62), ("on", 63)]


def test_at_equal_times_note_offs_leave_before_note_ons() -> None:
    schedule = NoteSchedule()
    schedule.play([note(0.0, 1.0, 60), note(1.0, 2.0, 61), note(0.0, 1.0, 62)])
    schedule.due(0.0)
    assert events(schedule.due(1.0)) == [("off", 60), ("off", 62), ("on", 61)]


def test_a_retrigger_ends_the_old_note_first_and_the_old_off_does_not_cut_the_new_note() -> None:
    schedule = NoteSchedule()
    schedule.play([note(0.0, 3.0), note(1.0, 5.0)])
    assert events(schedule.due(0.0)) == [("on", 60)]
    assert events(schedule.due(1.0)) == [("off", 60), ("on", 60)]
    assert schedule.due(4.0) == []
    assert events(schedule.due(5.0)) == [("off", 60)]


@pytest.mark.parametrize("elsewhere", [TimedNote(1.0, 5.0, 1, 60, 100), TimedNote(1.0, 5.0, 0, 60, 100, port=1)])
def test_the_same_pitch_on_another_channel_or_port_is_another_note(elsewhere: TimedNote) -> None:
    schedule = NoteSchedule()
    schedule.play([note(0.0, 3.0), elsewhere])
    schedule.due(0.0)
    assert schedule.due(1.0) == [NoteEvent(elsewhere.port, elsewhere.channel, 60, 100)]
    assert schedule.due(3.0) == [NoteEvent(0, 0, 60)]


def test_what_was_missed_in_a_stall_is_left_out_and_counted_not_sent_in_a_burst() -> None:
    schedule = NoteSchedule()
    schedule.play([note(i * 0.1, i * 0.1 + 0.3, 40 + i) for i in range(20)])
    assert events(schedule.due(1.94)) == [("on", 59)]  # the others began more than the grace ago
    assert (schedule.counts.dropped, schedule.counts.late) == (19, 20)


def test_a_note_within_the_grace_still_sounds_and_one_beyond_it_does_not() -> None:
    schedule = NoteSchedule()
    schedule.play([note(1.0, 1.2, 60), note(1.0 + 0.002, 1.2, 61)])
    assert events(schedule.due(1.0 + GRACE_SECONDS + 0.001)) == [("on", 61)]


@pytest.mark.parametrize(
    ("length", "late", "sounds"),
    [
        (4.0, 0.9, True),  # a pad with most of it left
        (4.0, 1.1, False),  # more than a quarter is gone
        (0.6, 0.09, True),
        (0.6, 0.11, False),  # less than half a second is left
        (0.4, 0.06, False),  # a short note late is a wrong rhythm
    ],
)
def test_only_a_long_note_with_most_of_it_left_may_enter_late(length: float, late: float, sounds: bool) -> None:
    schedule = NoteSchedule()
    schedule.play([note(1.0, 1.0 + length)])
    assert events(schedule.due(1.0 + late)) == ([("on", 60)] if sounds else [])
    assert (schedule.counts.late, schedule.counts.dropped) == (1, not sounds)
    if sounds:
        assert schedule.next_time() == 1.0 + length, "it ends at its own time"


def test_lateness_is_counted_from_five_milliseconds_and_the_worst_is_kept() -> None:
    schedule = NoteSchedule()
    schedule.play([note(1.0, 9.0, 60), note(2.0, 9.0, 61), note(3.0, 9.0, 62)])
    schedule.due(1.004)
    assert schedule.counts.late == 0
    schedule.due(2.020)
    schedule.due(3.010)
    assert schedule.counts.late == 2
    assert schedule.counts.worst_late == pytest.approx(0.020)


def test_a_muted_channel_ends_at_once_is_left_out_and_comes_back_with_its_next_note() -> None:
    schedule = NoteSchedule()
    schedule.play([TimedNote(time, time + 3.5, channel, 60, 100) for time in (0.0, 4.0, 8.0) for channel in (0, 1)])
    schedule.due(0.0)
    assert [(event.channel, event.velocity) for event in schedule.mute([(0, 1)])] == [(1, 0)]
    assert [event.channel for event in schedule.due(4.0)] == [0, 0]
    assert schedule.mute([]) == []
    assert [(event.channel, event.velocity) for event in schedule.due(8.0)] == [(0, 0), (0, 100), (1, 100)]
    assert (schedule.counts.late, schedule.counts.dropped) == (0, 0)


def test_silence_ends_what_sounds_and_drops_what_waits() -> None:
    schedule = NoteSchedule()
    schedule.play([note(0.0, 4.0, 60), note(0.0, 5.0, 61), note(1.0, 2.0, 62)])
    schedule.due(0.0)
    assert events(schedule.silence(0.0)) == [("off", 60), ("off", 61)]
    assert schedule.silence(0.0) == []
    assert schedule.next_time() is None
    assert schedule.due(10.0) == []


@pytest.mark.parametrize(
    "impossible",
    [
        note(1.0, 1.0),
        note(2.0, 1.0),
        note(math.nan, 1.0),
        note(0.0, math.nan),
        note(0.0, math.inf),
        note(-math.inf, 1.0),
        note(0.0, 1.0, pitch=128),
        note(0.0, 1.0, channel=16),
        TimedNote(0.0, 1.0, 0, 60, 0),
        TimedNote(0.0, 1.0, 0, 60, 128),
    ],
)
def test_a_note_that_midi_cannot_say_is_counted_and_harms_no_other(impossible: TimedNote) -> None:
    schedule = NoteSchedule()
    schedule.play([impossible, note(0.0, 1.0, 61)])
    assert schedule.counts.dropped == 1
    assert events(schedule.due(0.0)) == [("on", 61)]
    assert events(schedule.due(1.0)) == [("off", 61)]
    assert schedule.next_time() is None


def test_nothing_to_play_is_nothing_to_wait_for() -> None:
    schedule = NoteSchedule()
    schedule.play([])
    assert schedule.next_time() is None
    assert schedule.due(1e9) == []
