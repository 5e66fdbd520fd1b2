"""Four hours on stage in virtual time: nothing is lost, nothing hangs, nothing grows."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import mido
import pytest

from bridge.clocks.transport import BeatReference
from bridge.contract import ModelContract
from bridge.doors.outbox import Outbox
from bridge.engine.engine import Engine
from bridge.midi.player import Player
from tests.stage.soak_ears import CountingPort
from tests.stage.soak_evening import Evening, Mark
from tests.stage.soak_world import WorldsCondition

HOURS = 4
STEPS_A_BEAT = 12
FORGIVEN_BLOCKS = 600  # of 325,000: what caches and heaps hold at a moment; there are 2,600 bars in half of the evening
GIVE_UP_SECONDS = 900.0  # real ones, on a busy machine


def played(evening: Evening) -> Evening:
    """The evening after it, and its player closed."""
    condition = WorldsCondition(evening, evening.agenda.now)
    evening.player._changed = condition
    with evening.player:
        assert condition.over.wait(GIVE_UP_SECONDS), f"still at second {evening.agenda.time:.0f}"
    if condition.problem is not None:
        raise condition.problem
    return evening


@pytest.fixture(scope="module")
def evening(band: ModelContract, tmp_path_factory: pytest.TempPathFactory) -> Evening:
    return played(Evening(band, tmp_path_factory.mktemp("soak"), HOURS * 3600.0, HOURS, seed=8))


@pytest.fixture
def short(band: ModelContract, tmp_path: Path) -> Evening:
    """Two minutes that have not been played yet."""
    return Evening(band, tmp_path, 120.0, 1, seed=8)


def test_the_evening_was_long_and_everything_happened(evening: Evening) -> None:
    assert evening.agenda.time > HOURS * 3600.0
    assert evening.bars > 5000
    assert evening.port.ons > 100_000
    for what, at_least in (
        ("press", 1500),
        ("change_tempo", 400),
        ("seek", 200),
        ("loop", 40),
        ("stop_the_host", 100),
        ("stop_the_stream", 70),
        ("panic", 30),
        ("lose_the_host", 30),
        ("lose_a_client", 25),
    ):
        assert evening.happened[what] >= at_least, what
    assert evening.bridge.engine.counters.replaced > 100


def test_every_note_on_has_its_note_off_and_none_begins_twice(evening: Evening) -> None:
    assert evening.port.wrong == []
    assert evening.port.ons == evening.port.offs
    assert evening.port.sounding == set()
    assert evening.port.closed
    stats = evening.player.stats()
    assert (stats.notes_on, stats.notes_off) == (evening.port.ons, evening.port.offs)
    assert (stats.port_errors, stats.failures, stats.repeated) == (0, 0, 0)


def test_every_bar_came_and_every_note_of_it_was_heard_and_no_other(evening: Evening) -> None:
    assert evening.faults == []
    assert evening.bridge.engine.counters.late == 0


def test_notes_stay_within_a_step_of_the_hosts_beat_from_the_first_hour_to_the_last(evening: Evening) -> None:
    assert 0.0 < evening.worst_beats * STEPS_A_BEAT < 1.0
    first, *_, last = (total / notes for total, notes in evening.errors)
    assert abs(last - first) * STEPS_A_BEAT < 0.05


def test_memory_threads_and_descriptors_do_not_grow(evening: Evening) -> None:
    assert len(evening.marks) == HOURS
    middle, end = evening.marks[HOURS // 2 - 1], evening.marks[-1]
    assert end.blocks - middle.blocks < FORGIVEN_BLOCKS, evening.marks
    assert (end.threads, end.descriptors) == (middle.threads, middle.descriptors)


def test_what_leaks_at_every_bar_is_seen(band: ModelContract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leaked: list[list[object]] = []
    bar = Outbox.bar

    def leaking(self: Outbox, *arguments: object) -> None:
        leaked.append([object() for _ in range(30)])
        bar(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "bar", leaking)
    first, second = played(Evening(band, tmp_path, 240.0, 2, seed=8)).marks
    assert second.blocks - first.blocks > 2 * FORGIVEN_BLOCKS


def test_a_player_that_lags_by_more_than_a_step_is_seen(short: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    set_song = Player.set_song

    def lagging(self: Player, song: BeatReference) -> None:
        set_song(self, BeatReference(song.beat, song.seconds_per_beat, song.at + 0.06))

    monkeypatch.setattr(Player, "set_song", lagging)
    assert played(short).worst_beats * STEPS_A_BEAT > 1.0


def test_a_bar_that_is_not_streamed_is_seen(short: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    bar, numbers = Outbox.bar, count(1)

    def losing(self: Outbox, *arguments: object) -> None:
        if next(numbers) % 10:
            bar(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "bar", losing)
    assert any("no bar at beat" in fault for fault in played(short).faults)


def test_a_note_off_that_is_lost_is_seen(short: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    send, numbers = CountingPort.send, count(1)

    def losing(self: CountingPort, message: mido.Message) -> None:
        if message.type != "note_off" or next(numbers) % 50:
            send(self, message)

    monkeypatch.setattr(CountingPort, "send", losing)
    evening = played(short)
    assert evening.port.ons > evening.port.offs
    assert evening.port.wrong


def test_an_error_of_the_evening_itself_is_told(short: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_self: Engine, _now: float) -> None:
        raise RuntimeError("the engine falls over")

    monkeypatch.setattr(Engine, "tick", failing)
    with pytest.raises(RuntimeError, match="the engine falls over"):
        played(short)
    assert short.port.closed


def test_a_short_evening_is_clean(short: Evening) -> None:
    played(short)
    assert (short.faults, short.port.wrong, short.port.sounding) == ([], [], set())
    assert len(short.marks) == 1
    assert isinstance(short.marks[0], Mark)
    assert short.bars > 20
