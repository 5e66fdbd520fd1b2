"""The player in virtual time: a note-on owns its note-off, whatever is added, forgotten or silenced meanwhile."""

from __future__ import annotations

import os
import sys

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clock import now as clock_now
from bridge.midi import player as player_module
from bridge.midi.player import NoteSchedule, Player, TimedNote
from tests.fakes import RecordingMidiOut


def note(on: float, off: float, pitch: int = 60, channel: int = 0) -> TimedNote:
    return TimedNote(on, off, channel, pitch, 100)


def events(messages: list[mido.Message]) -> list[tuple[str, int]]:
    return [(message.type, message.note) for message in messages]


def test_a_note_sounds_from_its_on_to_its_off() -> None:
    schedule = NoteSchedule()
    schedule.add([TimedNote(1.0, 2.0, channel=3, pitch=64, velocity=77)])
    assert schedule.next_time() == 1.0
    assert schedule.due(0.999) == []
    assert schedule.due(1.0) == [mido.Message("note_on", channel=3, note=64, velocity=77)]
    assert schedule.next_time() == 2.0
    assert schedule.due(1.999) == []
    assert schedule.due(2.0) == [mido.Message("note_off", channel=3, note=64)]
    assert schedule.next_time() is None


def test_notes_leave_in_the_order_of_their_times_however_they_came() -> None:
    schedule = NoteSchedule()
    schedule.add([note(3.0, 9.0, 63), note(1.0, 9.0, 61)])
    schedule.add([note(2.0, 9.0, 62)])
    assert events(schedule.due(3.0)) == [("note_on", 61), ("note_on", 62), ("note_on", 63)]


def test_at_equal_times_note_offs_leave_before_note_ons() -> None:
    schedule = NoteSchedule()
    schedule.add([note(0.0, 1.0, 60), note(1.0, 2.0, 61), note(0.0, 1.0, 62)])
    schedule.due(0.0)
    assert events(schedule.due(1.0)) == [("note_off", 60), ("note_off", 62), ("note_on", 61)]


def test_a_retrigger_ends_the_old_note_first_and_the_old_off_does_not_cut_the_new_note() -> None:
    schedule = NoteSchedule()
    schedule.add([note(0.0, 3.0), note(1.0, 5.0)])
    assert events(schedule.due(0.0)) == [("note_on", 60)]
    assert events(schedule.due(1.0)) == [("note_off", 60), ("note_on", 60)]
    assert schedule.due(4.0) == []
    assert events(schedule.due(5.0)) == [("note_off", 60)]


def test_the_same_pitch_on_another_channel_is_another_note() -> None:
    schedule = NoteSchedule()
    schedule.add([note(0.0, 3.0, channel=0), note(1.0, 5.0, channel=1)])
    schedule.due(0.0)
    assert [(m.type, m.channel) for m in schedule.due(1.0)] == [("note_on", 1)]
    assert [(m.type, m.channel) for m in schedule.due(3.0)] == [("note_off", 0)]


def test_notes_that_are_over_before_they_come_due_are_dropped_and_counted_not_sent_in_a_burst() -> None:
    schedule = NoteSchedule()
    schedule.add([note(i * 0.1, i * 0.1 + 0.1, 40 + i) for i in range(20)])
    assert events(schedule.due(1.95)) == [("note_on", 59)]
    assert (schedule.sent, schedule.dropped, schedule.late) == (1, 19, 20)


def test_lateness_is_counted_from_five_milliseconds_and_the_worst_is_kept() -> None:
    schedule = NoteSchedule()
    schedule.add([note(1.0, 9.0, 60), note(2.0, 9.0, 61), note(3.0, 9.0, 62)])
    schedule.due(1.004)
    assert (schedule.sent, schedule.late) == (1, 0)
    schedule.due(2.020)
    schedule.due(3.010)
    assert (schedule.sent, schedule.late) == (3, 2)
    assert schedule.worst_late == pytest.approx(0.020)


def test_silence_ends_what_sounds_and_drops_what_waits() -> None:
    schedule = NoteSchedule()
    schedule.add([note(0.0, 4.0, 60), note(0.0, 5.0, 61), note(1.0, 2.0, 62)])
    schedule.due(0.0)
    assert sorted(events(schedule.silence())) == [("note_off", 60), ("note_off", 61)]
    assert schedule.silence() == []
    assert schedule.due(10.0) == []


tenths = st.integers(0, 60).map(lambda tenth: tenth / 10)
# Few pitches and channels, so that notes do meet; lengths of nought and below must do no harm either.
notes = st.builds(
    lambda on, length, channel, pitch: TimedNote(on, on + length, channel, pitch, 90),
    tenths,
    st.integers(-1, 20).map(lambda tenth: tenth / 10),
    st.integers(0, 1),
    st.integers(60, 62),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.lists(notes, max_size=12)),
        st.tuples(st.just("pass"), tenths),
        st.tuples(st.just("silence"), st.none()),
    ),
    max_size=30,
)


@given(steps)
def test_every_note_on_gets_exactly_one_note_off_and_after_silence_nothing_sounds(
    steps: list[tuple[str, list[TimedNote] | float | None]],
) -> None:
    schedule = NoteSchedule()
    sounding: set[tuple[int, int]] = set()
    added = now = 0.0

    def hear(messages: list[mido.Message]) -> None:
        for message in messages:
            key = (message.channel, message.note)
            if message.type == "note_on":
                assert key not in sounding, "a note-on while the same note sounds"
                sounding.add(key)
            else:
                assert key in sounding, "a note-off for a note that does not sound"
                sounding.remove(key)

    for action, value in steps:
        if isinstance(value, list):
            schedule.add(value)
            added += len(value)
        elif action == "pass":
            now += value or 0.0
            hear(schedule.due(now))
            following = schedule.next_time()
            assert following is None or following > now
        else:
            hear(schedule.silence())
            assert not sounding
            assert schedule.next_time() is None
    hear(schedule.due(now + 1000.0))
    assert not sounding, "a note without its note-off"
    assert schedule.sent == schedule.ended
    assert schedule.sent + schedule.dropped <= added


@given(st.lists(notes, max_size=30))
def test_left_alone_every_note_is_sent_or_counted_as_dropped(notes: list[TimedNote]) -> None:
    schedule = NoteSchedule()
    schedule.add(notes)
    while (time := schedule.next_time()) is not None:
        schedule.due(time)
    assert schedule.sent == sum(note.off > note.on for note in notes)
    assert schedule.sent + schedule.dropped == len(notes)
    assert schedule.worst_late == 0.0


# The thread. Its clock stands still, so that nothing here depends on how fast the machine is.


def test_the_player_sends_what_is_due_and_close_ends_it_and_closes_the_port() -> None:
    out = RecordingMidiOut()
    player = Player(out, now=lambda: 10.0, real_time=False)
    player.start()
    player.play([note(9.999, 99.0, 60), note(10.0, 99.0, 64), note(50.0, 99.0, 67)])
    out.wait_until(lambda port: len(port.messages) == 2)
    player.close()
    assert out.events == [("note_on", 0, 60), ("note_on", 0, 64), ("note_off", 0, 60), ("note_off", 0, 64)]
    assert out.closed
    player.close()
    player.play([note(0.0, 99.0)])
    assert player.stats().notes_on == 2


def test_an_error_in_the_block_still_ends_in_silence() -> None:
    out = RecordingMidiOut()

    def fail_while_playing() -> None:
        with Player(out, now=lambda: 0.0, real_time=False) as player:
            player.play([note(0.0, 99.0)])
            out.wait_until(lambda port: len(port.messages) == 1)
            raise RuntimeError("the engine fails")

    with pytest.raises(RuntimeError, match="the engine fails"):
        fail_while_playing()
    assert out.events == [("note_on", 0, 60), ("note_off", 0, 60)]
    assert out.closed


def test_silence_reaches_the_port_and_the_player_plays_on() -> None:
    out = RecordingMidiOut()
    with Player(out, now=lambda: 0.0, real_time=False) as player:
        player.play([note(0.0, 99.0, 60)])
        out.wait_until(lambda port: len(port.messages) == 1)
        player.silence()
        out.wait_until(lambda port: len(port.messages) == 2)
        player.play([note(0.0, 99.0, 62)])
        out.wait_until(lambda port: len(port.messages) == 3)
    assert out.events == [("note_on", 0, 60), ("note_off", 0, 60), ("note_on", 0, 62), ("note_off", 0, 62)]


def test_a_port_that_fails_costs_its_notes_but_not_the_player() -> None:
    out = RecordingMidiOut()
    with Player(out, now=lambda: 0.0, real_time=False) as player:
        out.plugged_in = False
        player.play([note(0.0, 99.0, 60), note(0.0, 99.0, 61)])
        out.wait_until(lambda port: len(port.refused) == 2)
        out.plugged_in = True
        player.play([note(0.0, 99.0, 62)])
        out.wait_until(lambda port: len(port.messages) == 1)
        stats = player.stats()
        assert (stats.notes_on, stats.dropped, stats.port_errors) == (1, 2, 2)
        assert player.last_error == "the cable is pulled"
    assert ("note_off", 0, 62) in out.events


def test_a_player_that_never_started_closes_its_port_all_the_same() -> None:
    out = RecordingMidiOut()
    player = Player(out, now=lambda: 0.0)
    player.close()
    player.close()
    assert out.closed


class StampingMidiOut(RecordingMidiOut):
    """Keeps also when each message came."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def send(self, message: mido.Message) -> None:
        self.times.append(clock_now())
        super().send(message)


@pytest.mark.parametrize("real_time", [True, False])
@pytest.mark.parametrize("fine_seconds", [0.0, 0.02], ids=["exact waits", "coarse waits, as in Windows"])
def test_on_the_real_clock_nothing_is_early(
    monkeypatch: pytest.MonkeyPatch, real_time: bool, fine_seconds: float
) -> None:
    monkeypatch.setattr(player_module, "_FINE_SECONDS", fine_seconds)
    out = StampingMidiOut()
    with Player(out, real_time=real_time) as player:
        start = clock_now() + 0.03
        # Long notes: however late this machine wakes the thread, they are not over.
        player.play([note(start + i * 0.01, start + 60.0, 60 + i) for i in range(5)])
        out.wait_until(lambda port: len(port.messages) == 5)
        assert player.stats().notes_on == 5
    assert [event[2] for event in out.events[:5]] == [60, 61, 62, 63, 64]
    assert all(time >= start + i * 0.01 for i, time in enumerate(out.times[:5]))


@pytest.mark.skipif(sys.platform != "linux", reason="real-time priority is asked for on Linux only")
def test_real_time_priority_stays_in_the_players_thread() -> None:
    policies: list[int] = []

    class Out(RecordingMidiOut):
        def send(self, message: mido.Message) -> None:
            policies.append(os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK)
            super().send(message)

    before = os.sched_getscheduler(0)
    out = Out()
    with Player(out, now=lambda: 0.0) as player:
        player.play([note(0.0, 9.0)])
        out.wait_until(lambda port: len(port.messages) == 1)
    assert os.sched_getscheduler(0) == before
    assert set(policies) <= {os.SCHED_FIFO, os.SCHED_OTHER}
