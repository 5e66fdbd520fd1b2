"""The machine sleeps and wakes, and clocks jump: in virtual time, so that an hour's sleep takes no time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from bridge.contract import ModelContract
from bridge.doors.clients import FORGET_AFTER_SECONDS
from bridge.midi.note_schedule import NoteSchedule
from bridge.midi.notes import TimedNote
from tests.bridge.engine.stage import LIVE, REAPER, Stage, a_stage, bars_of

HOUR = 3600.0
TEMPO = 120.0


@pytest.fixture
def stage(band: ModelContract) -> Iterator[Stage]:
    yield from a_stage(band)


def tell(stage: Stage, beat: float) -> None:
    """As a host does that plays."""
    stage.say(LIVE, "/mai/transport", beat, TEMPO, 1, 4, 4)


def play(stage: Stage, beat: float, beats: int) -> float:
    """The host goes on for so many beats; returns where it is then."""
    for _ in range(beats):
        tell(stage, beat)
        stage.wait(60.0 / TEMPO)
        beat += 1.0
    return beat


def sleep(stage: Stage, seconds: float) -> None:
    """Nothing runs, and the clock has gone on."""
    stage.time[0] += seconds


def streamed(stage: Stage) -> list[float]:
    """Starts of the bars that Live was sent for one track, in order."""
    return [float(bar[5]) for bar in bars_of(stage.wire.to(LIVE)) if bar[2] == 1 and float(bar[5]) >= 0.0]


def begin(stage: Stage) -> float:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(LIVE, "/mai/set", 2, "clock", "transport")
    stage.say(LIVE, "/mai/generate", 3, 7)
    stage.say(LIVE, "/mai/stream/start", 4)
    return play(stage, 0.0, 12)


def test_a_host_that_slept_with_the_bridge_goes_on_where_it_stood_bar_by_bar(stage: Stage) -> None:
    beat = begin(stage)
    sleep(stage, HOUR)
    stage.wire.clear()
    stage.work()  # the bridge wakes before the host has said a word
    burst = streamed(stage)
    assert len(burst) <= 2, "an hour's bars are not made up for"
    stage.say(LIVE, "/mai/hello", 5, "Live", 0)  # as a client does that is not answered where it listens
    play(stage, beat, 2)  # by then the bridge believes the host
    stage.wire.clear()
    play(stage, beat + 2.0, 16)
    starts = streamed(stage)
    assert starts == sorted(set(starts)), "every bar comes once and in order"
    assert len(starts) >= 3
    assert all(beat <= start <= beat + 28.0 for start in starts), "where the song is, not where it would be"


def test_a_host_that_played_on_while_the_bridge_slept_is_followed_to_where_it_is(stage: Stage) -> None:
    beat = begin(stage) + HOUR * TEMPO / 60.0
    sleep(stage, HOUR)
    stage.work()
    stage.say(LIVE, "/mai/hello", 5, "Live", 0)
    beat = play(stage, beat, 4)
    stage.wire.clear()
    play(stage, beat, 16)
    starts = streamed(stage)
    assert len(starts) >= 3
    assert all(beat - 4.0 <= start <= beat + 28.0 for start in starts)


def test_notes_that_were_due_in_the_sleep_do_not_sound_at_once_and_what_sounded_ends() -> None:
    schedule = NoteSchedule()
    schedule.play(TimedNote(1.0 + number, 1.9 + number, 0, 60 + number, 90) for number in range(30))
    (on,) = schedule.due(1.0)
    assert on.velocity == 90
    events = schedule.due(HOUR)
    assert [(event.pitch, event.velocity) for event in events] == [(60, 0)], "its note-off, and no note-on"


def test_a_client_that_says_hello_again_after_a_sleep_is_sent_bars_as_before(stage: Stage) -> None:
    for source, name in ((LIVE, "Live"), (REAPER, "Reaper")):
        stage.say(source, "/mai/hello", 1, name, 9000 + source[1] % 10)
    sleep(stage, FORGET_AFTER_SECONDS + 1.0)
    for source, name in ((LIVE, "Live"), (REAPER, "Reaper")):
        stage.say(source, "/mai/hello", 2, name, 9000 + source[1] % 10)
    stage.wire.clear()
    stage.say(LIVE, "/mai/generate", 3, 7)
    for source in (LIVE, REAPER):
        assert bars_of(stage.wire.to((source[0], 9000 + source[1] % 10)))


@pytest.mark.parametrize("wall_clock", [0.0, -1e9, 4e9, 1e5], ids=["1970", "before", "2096", "back"])
def test_a_wall_clock_that_jumps_moves_no_bar(stage: Stage, wall_clock: float) -> None:
    beat = begin(stage)
    stage.engine.around = replace(stage.engine.around, wall_clock=lambda: wall_clock)
    stage.say(LIVE, "/mai/latent/save", 5, "then")
    stage.wire.clear()
    play(stage, beat, 16)
    starts = streamed(stage)
    assert [after - before for before, after in pairwise(starts)] == [4.0] * (len(starts) - 1)
    assert len(starts) >= 4
    assert stage.engine.counters.late == 0
    assert stage.engine.library.get("then").saved_at == wall_clock
    stage.say(LIVE, "/mai/latent/recall", 6, "then")
    assert stage.engine.counters.rejected == 0
