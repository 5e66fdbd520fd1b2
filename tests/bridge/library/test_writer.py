"""The thread that saves: few transactions, the newest in them, and a disk that fails is an error that is counted."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.clock import now
from bridge.library import History, LatentLibrary, SettingsStore, sqlite_file
from bridge.library.history_table import HistoryTable, read_history
from bridge.library.settings_store import read_settings
from bridge.library.sqlite_file import Connection, connect, connect_existing
from bridge.library.writer import GATHER_SECONDS, RETRY_SECONDS, LibraryWriter, SavedLater
from tests.bridge.library.examples import an_entry, number_of
from tests.bridge.library.plain_history import PlainHistory, contents, step


class Gate:
    """A pause that lasts until the test opens the gate; keeps how long it was to last. At `open_for_ever` it ends."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._arrived, self._opened = threading.Semaphore(0), threading.Semaphore(0)
        self._open_for_ever = False

    def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self._arrived.release()
        if not self._open_for_ever:
            assert self._opened.acquire(timeout=10)

    def wait_for_writer(self) -> None:
        """Until the writer stands at the gate."""
        assert self._arrived.acquire(timeout=10)

    def open(self) -> None:
        """Lets the writer through once."""
        self._opened.release()

    def open_for_ever(self) -> None:
        self._open_for_ever = True
        self._opened.release()


class Desk:
    """A history, settings and their writer on one file; with a gate where the writer's pauses are."""

    def __init__(self, path: Path, more: tuple[SavedLater, ...] = ()) -> None:
        LatentLibrary(path).close()
        self.gate, self.path = Gate(), path
        wake = threading.Event()
        self.history, self.settings = History(changed=wake.set), SettingsStore(changed=wake.set)
        self.writer = LibraryWriter(path, (HistoryTable(self.history), self.settings, *more), wake, self.gate)
        self.writer.start()

    def on_disk(self) -> tuple[dict[str, object], History]:
        with closing(connect_existing(self.path)) as connection:
            return read_settings(connection), read_history(connection)[0]

    def close(self, timeout: float = 10.0) -> bool:
        self.gate.open_for_ever()
        return self.writer.close(timeout)


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    made = Desk(path)
    yield made
    made.close()


def test_all_that_comes_in_one_pause_is_one_transaction(desk: Desk) -> None:
    desk.settings.save("threshold", 0.0)
    desk.gate.wait_for_writer()
    for number in range(600):
        desk.settings.save("threshold", number / 600)
        desk.settings.save("velocity", number % 127)
        desk.history.push(an_entry(number))
        desk.history.undo()
    desk.gate.open()
    desk.settings.save("last", 1)  # it wakes again whether this came in time or not
    desk.gate.wait_for_writer()
    assert desk.writer.state().transactions == 1
    settings, history = desk.on_disk()
    assert settings["threshold"] == 599 / 600
    assert settings["velocity"] == 599 % 127
    assert number_of(history.current) == 0
    assert number_of(history.redo()) == 599
    assert desk.gate.asked == [GATHER_SECONDS, GATHER_SECONDS]


def test_a_dial_of_sixty_values_a_second_makes_a_few_transactions_a_second() -> None:
    assert 1 / GATHER_SECONDS <= 5
    assert GATHER_SECONDS < 1.0  # and yet it is on the disk within a second


def test_ten_thousand_steps_wait_for_no_disk(desk: Desk) -> None:
    for number in range(1001):
        desk.history.push(an_entry(number))
    desk.gate.wait_for_writer()  # and there it stands
    begin = now()
    for number in range(10_000):
        desk.history.undo() if number % 2000 < 1000 else desk.history.redo()
    assert now() - begin < 2.0  # some 10 ms on a quiet machine
    assert desk.writer.state().behind
    assert number_of(desk.history.undo()) == 999
    assert desk.close()
    assert contents(desk.on_disk()[1]) == (list(range(1001)), 1000)


def test_what_is_played_while_the_writer_writes_is_all_there_in_the_end(path: Path) -> None:
    desk, plain = Desk(path), PlainHistory()
    desk.gate.open_for_ever()  # it writes as fast as it can
    rng = random.Random(0)
    number = -1
    while number < 6000 or desk.writer.state().transactions <= 3:
        number += 1
        step(desk.history, plain, rng.choice(("push", "push", "undo", "redo")), number)
        desk.settings.save("counter", number)
        assert number < 5_000_000, "the writer never writes"
    assert desk.close()
    assert desk.writer.state().errors == 0
    settings, history = desk.on_disk()
    assert settings == {"counter": number}
    assert contents(history) == (plain.numbers, plain.played)


class FailingDisk:
    """A part of the library whose writing fails while `full`."""

    def __init__(self) -> None:
        self.full = True
        self.rows = 0

    def has_unsaved(self) -> bool:
        return self.full

    def write(self, connection: Connection) -> Callable[[], None]:
        if self.full:
            connection.execute("PRAGMA max_page_count = 1")
            connection.execute("CREATE TABLE large (bytes BLOB)")
            connection.execute("INSERT INTO large VALUES (zeroblob(100000000))")
        return lambda: None


def test_a_full_disk_is_a_counted_error_and_nothing_is_lost_when_there_is_room_again(path: Path) -> None:
    disk = FailingDisk()
    desk = Desk(path, more=(disk,))
    desk.settings.save("threshold", 0.5)
    desk.history.push(an_entry(1))
    desk.gate.wait_for_writer()
    for failures in range(1, 4):
        desk.history.push(an_entry(1 + failures))
        desk.gate.open()
        desk.gate.wait_for_writer()
        state = desk.writer.state()
        assert (state.transactions, state.errors, state.behind) == (0, failures, True)
        assert state.last_error is not None
        assert f"{path}: the disk is full: free some space" in state.last_error
    assert desk.gate.asked == [GATHER_SECONDS, *[RETRY_SECONDS] * 3]
    disk.full = False
    assert desk.close()
    state = desk.writer.state()
    assert (state.transactions, state.errors, state.last_error, state.behind) == (1, 3, None, False)
    settings, history = desk.on_disk()
    assert settings == {"threshold": 0.5}
    assert contents(history) == ([1, 2, 3, 4], 4)


class BrokenPart:
    """A part that raises what nobody thought of."""

    def __init__(self) -> None:
        self.broken = True

    def has_unsaved(self) -> bool:
        return self.broken

    def write(self, connection: Connection) -> Callable[[], None]:
        connection.execute("DELETE FROM settings")
        raise RuntimeError("nobody thought of this")


def test_no_error_ends_the_writer(path: Path) -> None:
    part = BrokenPart()
    desk = Desk(path, more=(part,))
    desk.settings.save("threshold", 0.5)
    desk.gate.wait_for_writer()
    desk.gate.open()
    desk.gate.wait_for_writer()
    assert desk.writer.state().last_error == "nobody thought of this"
    part.broken = False
    assert desk.close()
    assert desk.on_disk()[0] == {"threshold": 0.5}


def test_a_file_that_another_program_holds_is_written_once_it_lets_go(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "LOCK_TIMEOUT_SECONDS", 0.02)
    desk = Desk(path)
    with closing(connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.settings.save("threshold", 0.5)
        desk.gate.wait_for_writer()
        desk.gate.open()
        desk.gate.wait_for_writer()
        assert "another program is writing" in str(desk.writer.state().last_error)
        other.execute("ROLLBACK")
    assert desk.close()
    assert desk.on_disk()[0] == {"threshold": 0.5}


def test_closing_gives_up_in_time_and_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "LOCK_TIMEOUT_SECONDS", 0.02)
    desk = Desk(path)
    with closing(connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.settings.save("threshold", 0.5)
        assert desk.close(timeout=0.3) is False
        assert desk.writer.state().behind


def test_closing_tries_again_until_the_file_is_free(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "LOCK_TIMEOUT_SECONDS", 0.02)
    desk = Desk(path)
    closed: list[bool] = []
    with closing(connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.settings.save("threshold", 0.5)
        closer = threading.Thread(target=lambda: closed.append(desk.close()))
        closer.start()
        while desk.writer.state().errors < 2:
            assert closer.is_alive()
            threading.Event().wait(0.005)
        other.execute("ROLLBACK")
        closer.join(10)
    assert closed == [True]
    assert desk.on_disk()[0] == {"threshold": 0.5}


def test_a_file_that_is_gone_is_not_made_anew_without_its_latents(path: Path) -> None:
    desk = Desk(path)
    for one in path.parent.iterdir():
        one.unlink()
    desk.settings.save("threshold", 0.5)
    desk.gate.wait_for_writer()
    desk.gate.open()
    desk.gate.wait_for_writer()
    assert "it cannot be opened" in str(desk.writer.state().last_error)
    assert list(path.parent.iterdir()) == []
    desk.gate.open_for_ever()
    assert desk.writer.close(0.3) is False


def test_a_writer_with_nothing_to_do_touches_no_file(desk: Desk) -> None:
    assert desk.close()
    assert desk.writer.state().transactions == 0
    assert desk.gate.asked in ([], [GATHER_SECONDS])
