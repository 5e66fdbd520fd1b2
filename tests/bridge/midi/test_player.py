"""The player's thread. Its clock stands still, so that nothing here depends on how fast the machine is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mido
import pytest

from bridge.clock import now as clock_now
from bridge.clocks.transport import BeatReference
from bridge.midi import player as player_module
from bridge.midi.note_schedule import NoteSchedule
from bridge.midi.notes import BeatNote, Fallback, NoteEvent, TimedNote
from bridge.midi.player import Player
from tests.fakes import RecordingMidiOut

ROOT = Path(__file__).parent.parent.parent.parent


def note(on: float, off: float, pitch: int = 60, port: int = 0) -> TimedNote:
    return TimedNote(on, off, 0, pitch, 100, port)


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


def test_bars_are_played_replaced_repeated_and_dropped_through_the_thread() -> None:
    out, time = RecordingMidiOut(), [0.0]
    with Player(out, now=lambda: time[0], real_time=False) as player:

        def at(seconds: float, messages: int) -> None:
            time[0] = seconds
            player.send([])  # wakes the thread, whose clock has moved
            out.wait_until(lambda port: len(port.messages) == messages)

        player.set_song(BeatReference(0.0, 1.0, 0.0))
        player.play_bar("first", [BeatNote(4.0, 4.5, 9, 36, 100)])
        player.play_bar("first", [BeatNote(4.0, 4.5, 9, 38, 100)], Fallback(("second", "third"), beats=4.0))
        at(4.0, 1)
        at(4.5, 2)
        at(8.0, 3)  # the first bar again
        player.drop()
        out.wait_until(lambda port: len(port.messages) == 4)
        time[0] = 99.0
        stats = player.stats()
    assert out.events == [("note_on", 9, 38), ("note_off", 9, 38)] * 2
    assert (stats.replaced, stats.repeated, stats.late, stats.failures) == (1, 1, 0, 0)


def test_each_note_leaves_by_its_own_port_and_all_ports_end_in_silence() -> None:
    outs = [RecordingMidiOut(), RecordingMidiOut()]
    with Player(outs, now=lambda: 0.0, real_time=False) as player:
        player.play([note(0.0, 99.0, 60, port=0), note(0.0, 99.0, 60, port=1), note(0.0, 99.0, 61, port=7)])
        for out in outs:
            out.wait_until(lambda port: len(port.messages) == 1)
    for out in outs:
        assert out.events == [("note_on", 0, 60), ("note_off", 0, 60)]
        assert out.closed
    assert (player.stats().notes_on, player.stats().dropped, player.stats().port_errors) == (2, 1, 1)
    assert player.last_error == "there is no MIDI port 7, there are 2"


def test_program_changes_leave_before_the_notes() -> None:
    out = RecordingMidiOut()
    player = Player(out, now=lambda: 0.0, real_time=False)
    player.play([note(0.0, 99.0)])
    player.send([(0, mido.Message("program_change", channel=2, program=33))])
    with player:
        out.wait_until(lambda port: len(port.messages) == 2)
    assert [message.type for message in out.messages] == ["program_change", "note_on", "note_off"]


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
        assert (stats.dropped, stats.port_errors) == (2, 2)
        assert player.last_error == "the cable is pulled"
    assert out.events == [("note_on", 0, 62), ("note_off", 0, 62)]


class FailingSchedule(NoteSchedule):
    """A schedule with an error in it: it fails once, in the middle of its work, when pitch 66 begins."""

    def due(self, now: float) -> list[NoteEvent]:
        events = super().due(now)
        if any(event.pitch == 66 for event in events):
            raise ZeroDivisionError("a programmer's mistake")
        return events


def test_an_error_of_the_players_own_ends_what_sounds_and_the_band_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(player_module, "NoteSchedule", FailingSchedule)
    out = RecordingMidiOut()
    with Player(out, now=lambda: 0.0, real_time=False) as player:
        player.set_song(BeatReference(0.0, 1.0, 0.0))
        player.play([note(0.0, 99.0, 60), note(0.0, 99.0, 61)])
        out.wait_until(lambda port: len(port.messages) == 2)
        player.play([note(0.0, 99.0, 66)])
        out.wait_until(lambda port: len(port.messages) == 4)
        assert out.events[2:] == [("note_off", 0, 60), ("note_off", 0, 61)]
        player.play_bar("next", [BeatNote(0.0, 99.0, 0, 67, 100)])  # the song is still known
        out.wait_until(lambda port: len(port.messages) == 5)
        assert player.stats().failures == 1
        assert player.last_error == "ZeroDivisionError: a programmer's mistake"
    assert out.events[4:] == [("note_on", 0, 67), ("note_off", 0, 67)]
    assert "the MIDI player failed" in caplog.text


def test_a_player_that_only_fails_gives_up_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    out = RecordingMidiOut()
    broken = [False]

    def now() -> float:
        if broken[0]:
            raise RuntimeError("no clock")
        return 0.0

    player = Player(out, now=now, real_time=False)
    player.start()
    player.play([note(0.0, 99.0)])
    out.wait_until(lambda port: len(port.messages) == 1)
    broken[0] = True
    player.send([])
    player._thread.join(10.0)
    assert out.events == [("note_on", 0, 60), ("note_off", 0, 60)]
    assert out.closed
    assert caplog.text.count("RuntimeError: no clock") == player.stats().failures
    player.play([note(0.0, 99.0)])
    player.close()


def test_a_player_that_never_started_closes_its_port_all_the_same() -> None:
    out = RecordingMidiOut()
    player = Player(out, now=lambda: 0.0)
    player.close()
    player.close()
    assert out.closed


PROGRAM_THAT_FORGETS_TO_CLOSE = """
import sys
from bridge.midi.player import Player, TimedNote
class Out:
    name = "out"
    heard = 0
    def send(self, message):
        print(message.type, flush=True)
        Out.heard += 1
    def close(self):
        print("closed", flush=True)
player = Player(Out(), now=lambda: 0.0)
player.start()
player.play([TimedNote(0.0, 99.0, 0, 60, 100)])
while not Out.heard:
    pass
{end}
"""


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "1 / 0"], ids=["falls off the end", "exits", "fails"])
def test_a_program_that_ends_without_closing_ends_in_silence(end: str) -> None:
    program = PROGRAM_THAT_FORGETS_TO_CLOSE.format(end=end)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.split() == ["note_on", "note_off", "closed"]


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
        # Long notes: however late this machine wakes the thread, they still enter.
        player.play([note(start + i * 0.01, start + 600.0, 60 + i) for i in range(5)])
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
