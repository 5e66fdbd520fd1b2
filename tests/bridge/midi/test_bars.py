"""Bars in song beats: replaced, repeated, dropped, and moved by the tempo, in virtual time."""

from __future__ import annotations

import math

import pytest

from bridge.clocks.transport import BeatReference, change_tempo
from bridge.midi.note_schedule import NoteSchedule
from bridge.midi.notes import BeatNote, Fallback, NoteEvent, TimedNote

SECOND_A_BEAT = BeatReference(beat=0.0, seconds_per_beat=1.0, at=0.0)
TWICE_AS_FAST = BeatReference(beat=0.0, seconds_per_beat=0.5, at=0.0)


def note(on: float, off: float, pitch: int = 60) -> BeatNote:
    return BeatNote(on, off, 0, pitch, 100)


def hits(bar: int, pitch: int = 36) -> list[BeatNote]:
    """A short note on each beat of a bar of four."""
    return [note(4.0 * bar + beat, 4.0 * bar + beat + 0.1, pitch) for beat in range(4)]


@pytest.fixture
def schedule() -> NoteSchedule:
    """At 60 beats a minute, so that beats are seconds."""
    schedule = NoteSchedule()
    schedule.set_song(SECOND_A_BEAT, 0.0)
    return schedule


def events(sent: list[NoteEvent]) -> list[tuple[str, int]]:
    return [("on" if event.velocity else "off", event.pitch) for event in sent]


def run(schedule: NoteSchedule, until: float, since: float = 0.0) -> list[tuple[float, str, int]]:
    """Everything that is due up to then, each at its own time; what was due before `since`, then."""
    heard = []
    while (time := schedule.next_time()) is not None and time <= until:
        since = max(since, time)
        heard += [(since, *event) for event in events(schedule.due(since))]
    return heard


def ons(heard: list[tuple[float, str, int]]) -> list[tuple[float, int]]:
    return [(time, pitch) for time, kind, pitch in heard if kind == "on"]


def test_a_bar_waits_until_the_song_is_known() -> None:
    schedule = NoteSchedule()
    schedule.play_bar(0, [note(4.0, 5.0)], 0.0)
    assert schedule.next_time() is None
    assert schedule.due(100.0) == []
    schedule.set_song(TWICE_AS_FAST, 0.0)
    assert run(schedule, 9.0) == [(2.0, "on", 60), (2.5, "off", 60)]


def test_a_bar_that_is_given_again_is_replaced_whole(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0), 0.0)
    schedule.play_bar(1, hits(1, 36), 0.0)
    schedule.play_bar(1, hits(1, 38), 3.0)
    assert ons(run(schedule, 9.0)) == [
        *((float(beat), 36) for beat in range(4)),
        *((4.0 + beat, 38) for beat in range(4)),
    ]
    assert schedule.counts.replaced == 1


def test_what_sounds_of_a_replaced_bar_keeps_its_own_end(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, [note(0.0, 2.0, 60), note(3.0, 4.0, 61)], 0.0)
    assert run(schedule, 1.0) == [(0.0, "on", 60)]
    schedule.play_bar(0, [note(1.5, 2.5, 67)], 1.0)
    assert run(schedule, 9.0) == [(1.5, "on", 67), (2.0, "off", 60), (2.5, "off", 67)]


@pytest.mark.parametrize("end", [1.5, 3.0])
def test_the_same_note_of_the_new_bar_takes_over_without_a_new_note_on(schedule: NoteSchedule, end: float) -> None:
    schedule.play_bar(0, [note(0.0, 2.0)], 0.0)
    run(schedule, 1.0)
    schedule.play_bar(0, [note(0.0, end)], 1.0)
    assert run(schedule, 9.0) == [(end, "off", 60)]
    assert (schedule.counts.late, schedule.counts.dropped) == (0, 0)


def test_notes_of_a_replacement_whose_time_is_past_do_not_sound_and_are_no_fault(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0, 36), 0.0)
    run(schedule, 2.5)
    schedule.play_bar(0, hits(0, 38), 2.5)
    assert ons(run(schedule, 9.0)) == [(3.0, 38)]
    assert (schedule.counts.late, schedule.counts.dropped) == (0, 0)


def test_a_note_tied_over_the_bar_line_stays_when_the_next_bar_is_replaced(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, [note(3.0, 6.0, 60)], 0.0)
    schedule.play_bar(1, [note(5.0, 7.0, 67)], 0.0)
    run(schedule, 4.5)
    schedule.play_bar(1, [note(4.0, 5.0, 60), note(5.0, 7.0, 72)], 4.5)
    assert run(schedule, 9.0) == [(5.0, "on", 72), (6.0, "off", 60), (7.0, "off", 72)]


def test_a_tied_note_goes_on_as_long_as_the_new_bar_holds_it(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, [note(3.0, 5.0)], 0.0)
    run(schedule, 4.5)
    schedule.play_bar(1, [note(4.0, 8.0)], 4.5)
    assert run(schedule, 9.0) == [(8.0, "off", 60)]


def test_a_note_that_begins_where_the_last_ended_is_struck_even_if_the_bar_comes_a_moment_late(
    schedule: NoteSchedule,
) -> None:
    schedule.play_bar(0, [note(3.0, 4.0)], 0.0)
    run(schedule, 3.5)
    schedule.play_bar(1, [note(4.0, 5.0)], 4.001)  # before the schedule was asked what is due at 4.0
    assert events(schedule.due(4.001)) == [("off", 60), ("on", 60)]


def test_a_bar_that_comes_late_for_the_first_time_counts_what_it_missed(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0), 2.5)
    assert events(schedule.due(2.5)) == []
    assert (schedule.counts.late, schedule.counts.dropped) == (3, 3)
    assert ons(run(schedule, 9.0)) == [(3.0, 36)]


def test_what_waits_and_what_sounds_follow_the_tempo(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, [note(0.0, 3.0, 60), note(2.0, 4.0, 62)], 0.0)
    assert run(schedule, 1.0) == [(0.0, "on", 60)]
    schedule.set_song(change_tempo(SECOND_A_BEAT, tempo=120.0, now=1.0), 1.0)
    assert run(schedule, 9.0) == [(1.5, "on", 62), (2.0, "off", 60), (2.5, "off", 62)]


def test_a_correction_of_the_hosts_clock_moves_notes_and_costs_none(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, [note(1.0, 1.1, 60), note(1.04, 2.0, 61), note(3.0, 3.5, 62)], 0.0)
    schedule.set_song(BeatReference(1.045, 1.0, 0.999), 0.999)  # the song is 46 ms further than was thought
    assert events(schedule.due(0.999)) == [("on", 60), ("on", 61)]
    assert schedule.counts.dropped == 0
    schedule.set_song(BeatReference(1.045, 1.0, 1.2), 1.2)  # and stands until it is where it should be
    assert schedule.next_time() == pytest.approx(1.255)


def test_single_notes_do_not_follow_the_song(schedule: NoteSchedule) -> None:
    schedule.play([TimedNote(1.0, 4.0, 0, 60, 100)])
    run(schedule, 2.0)
    schedule.set_song(TWICE_AS_FAST, 2.0)
    assert run(schedule, 9.0) == [(4.0, "off", 60)]


@pytest.mark.parametrize("to_beat", [0.0, 50.0])
def test_after_a_jump_what_sounds_ends_when_it_would_have(schedule: NoteSchedule, to_beat: float) -> None:
    schedule.play_bar(0, [note(10.0, 12.0)], 0.0)
    run(schedule, 11.0)
    schedule.drop(ring=True)
    schedule.set_song(BeatReference(to_beat, 1.0, 11.0), 11.0)
    assert run(schedule, 90.0) == [(12.0, "off", 60)]


def test_a_jump_forward_past_bars_that_wait_is_no_burst(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0), 0.0)
    schedule.play_bar(1, hits(1), 0.0)
    schedule.set_song(BeatReference(6.5, 1.0, 0.0), 0.0)
    assert ons(run(schedule, 9.0)) == [(0.5, 36)]  # beat 7
    assert (schedule.counts.late, schedule.counts.dropped) == (0, 0)  # nobody was to hear those


def test_a_bar_that_a_jump_lands_in_counts_what_came_too_late_after_it_and_nothing_before(
    schedule: NoteSchedule,
) -> None:
    schedule.set_song(BeatReference(6.5, 1.0, 0.0), 0.0)
    schedule.play_bar(1, hits(1), 0.75)  # beats 4, 5 and 6 were over, 7 was not
    assert ons(run(schedule, 9.0, since=0.75)) == []
    assert (schedule.counts.late, schedule.counts.dropped) == (1, 1)


def test_a_song_that_goes_on_where_it_stood_counts_nothing_of_what_it_had_played(schedule: NoteSchedule) -> None:
    schedule.play_bar(1, hits(1), 0.0)
    run(schedule, 6.5)
    for standing in (6.5, 7.0, 7.5):  # a host that stands tells so again and again
        schedule.silence(standing)
        schedule.set_song(BeatReference(6.5, 1.0, standing), standing)
    schedule.play_bar(1, hits(1), 7.75)
    assert ons(run(schedule, 9.0, since=7.75)) == [(8.0, 36)]  # beat 7
    assert (schedule.counts.late, schedule.counts.dropped) == (0, 0)


@pytest.mark.parametrize("seconds_per_beat", [0.0, -1.0, math.nan, math.inf])
def test_a_song_that_does_not_move_on_is_refused_and_the_old_one_stays(
    schedule: NoteSchedule, seconds_per_beat: float
) -> None:
    schedule.play_bar(0, [note(1.0, 2.0)], 0.0)
    with pytest.raises(ValueError, match="seconds_per_beat"):
        schedule.set_song(BeatReference(0.0, seconds_per_beat, 0.0), 0.0)
    assert run(schedule, 9.0) == [(1.0, "on", 60), (2.0, "off", 60)]


def test_a_locate_drops_what_waits_and_ends_what_sounds_but_leaves_single_notes(schedule: NoteSchedule) -> None:
    schedule.play([TimedNote(0.0, 5.0, 0, 48, 100)])
    schedule.play_bar(0, [note(0.0, 3.0, 60), note(2.0, 3.0, 61)], 0.0)
    schedule.play_bar(1, hits(1), 0.0)
    run(schedule, 1.0)
    assert events(schedule.drop()) == [("off", 60)]
    assert run(schedule, 9.0) == [(5.0, "off", 48)]


def test_only_the_named_bars_are_dropped(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, [note(0.0, 6.0, 60)], 0.0)
    schedule.play_bar(1, [note(4.0, 6.0, 64)], 0.0)
    schedule.play_bar(2, [note(8.0, 9.0, 67)], 0.0)
    run(schedule, 5.0)
    assert events(schedule.drop([1, 2, "never heard of"])) == [("off", 64)]
    assert run(schedule, 99.0) == [(6.0, "off", 60)]


def test_a_bar_that_was_dropped_comes_as_new(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0), 0.0)
    schedule.drop([0])
    schedule.play_bar(0, hits(0), 0.0)
    assert schedule.counts.replaced == 0
    assert len(ons(run(schedule, 9.0))) == 4


# The bar that is repeated while the next one is missing.


def test_a_bar_that_does_not_come_is_filled_by_the_last_one_and_counted(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0), 0.0, Fallback((1, 2), beats=4.0))
    heard = ons(run(schedule, 99.0))
    assert heard == [(float(beat), 36) for beat in range(12)]
    assert schedule.counts.repeated == 2
    assert schedule.next_time() is None, "after the last key the band is silent"


def test_a_bar_in_time_takes_the_place_of_the_repetition(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0, 36), 0.0, Fallback((1, 2), beats=4.0))
    run(schedule, 3.9)
    schedule.play_bar(1, hits(1, 38), 3.999, Fallback((2, 3), beats=4.0))
    heard = ons(run(schedule, 11.9))
    assert heard == [(4.0 + beat, 38) for beat in range(8)]
    assert schedule.counts.repeated == 1


def test_a_bar_that_comes_late_takes_over_from_its_repetition(schedule: NoteSchedule) -> None:
    bass = [note(0.0, 4.0, 40)]
    schedule.play_bar(0, [*hits(0, 36), *bass], 0.0, Fallback((1,), beats=4.0))
    heard = run(schedule, 5.5)
    schedule.play_bar(1, [*hits(1, 38), note(4.0, 7.5, 40)], 5.5, Fallback((2,), beats=4.0))
    heard += run(schedule, 7.9, since=5.5)
    assert [time for time, kind, pitch in heard if (kind, pitch) == ("on", 36)] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert [time for time, kind, pitch in heard if (kind, pitch) == ("on", 38)] == [6.0, 7.0]
    assert [(time, kind) for time, kind, pitch in heard if pitch == 40] == [
        (0.0, "on"),
        (4.0, "off"),
        (4.0, "on"),
        (7.5, "off"),
    ]
    assert (schedule.counts.repeated, schedule.counts.replaced, schedule.counts.dropped) == (1, 0, 2)


def test_a_bar_without_notes_is_there_all_the_same(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0), 0.0, Fallback((1,), beats=4.0))
    schedule.play_bar(1, [], 3.0)
    assert ons(run(schedule, 99.0)) == [(float(beat), 36) for beat in range(4)]
    assert schedule.counts.repeated == 0


def test_a_bar_that_failed_between_two_others_is_filled(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0, 36), 0.0, Fallback((1, 2), beats=4.0))
    schedule.play_bar(2, hits(2, 38), 1.0)
    assert [pitch for _, pitch in ons(run(schedule, 99.0))] == [36] * 8 + [38] * 4


def test_a_fallback_may_have_notes_of_its_own(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0, 36), 0.0, Fallback((1,), beats=4.0, notes=(note(2.0, 3.0, 50),)))
    assert ons(run(schedule, 99.0))[4:] == [(6.0, 50)]


def test_the_repetition_follows_the_tempo_too(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0), 0.0, Fallback((1,), beats=4.0))
    run(schedule, 3.5)
    schedule.set_song(change_tempo(SECOND_A_BEAT, tempo=120.0, now=3.5), 3.5)
    assert [time for time, _ in ons(run(schedule, 99.0))] == [3.75, 4.25, 4.75, 5.25]


@pytest.mark.parametrize("how", ["a locate", "one bar is dropped", "silence"])
def test_nothing_is_repeated_after_a_drop_or_silence(schedule: NoteSchedule, how: str) -> None:
    schedule.play_bar(0, hits(0), 0.0, Fallback((1, 2), beats=4.0))
    schedule.play_bar(1, hits(1), 0.0)
    run(schedule, 3.5)
    if how == "silence":
        schedule.silence(3.5)
    else:
        schedule.drop(None if how == "a locate" else [1])
    assert run(schedule, 99.0) == []
    assert schedule.counts.repeated == 0


def test_after_a_stall_of_bars_nothing_is_made_up_for(schedule: NoteSchedule) -> None:
    schedule.play_bar(0, hits(0), 0.0, Fallback((1, 2, 3), beats=4.0))
    assert events(schedule.due(13.5)) == []
    assert ons(run(schedule, 99.0)) == [(14.0, 36), (15.0, 36)]


def test_hundreds_of_bars_leave_nothing_behind(schedule: NoteSchedule) -> None:
    for bar in range(1000):
        schedule.play_bar(bar, hits(bar), 4.0 * bar, Fallback((bar + 1,), beats=4.0))
        run(schedule, 4.0 * bar + 3.99)
    assert schedule.counts.repeated == 0
    assert len(schedule._there) <= 256
    assert len(schedule._bars) == 0
