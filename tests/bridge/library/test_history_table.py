"""The history in the file: whole at every moment, whatever failed before, and back after a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.library import MAX_UNDO_STEPS, History, Library
from bridge.library.history_table import HistoryTable, read_history
from bridge.library.opening import open_in_memory
from bridge.library.sqlite_file import Connection, connect_existing, transaction
from tests.bridge.library.examples import an_entry, number_of
from tests.bridge.library.plain_history import PlainHistory, contents, step


@pytest.fixture
def connection() -> Iterator[Connection]:
    with closing(open_in_memory()) as opened:
        yield opened


def write(table: HistoryTable, connection: Connection) -> None:
    with transaction(connection):
        saved = table.write(connection)
    saved()


def fail_to_write(table: HistoryTable, connection: Connection) -> None:
    connection.execute("BEGIN")
    table.write(connection)
    connection.execute("ROLLBACK")


def rows_of(connection: Connection) -> list[tuple[int, float]]:
    return connection.execute("SELECT position, played_at FROM history ORDER BY position").fetchall()


def assert_no_gap(connection: Connection) -> None:
    positions = [position for position, _ in rows_of(connection)]
    assert positions == list(range(positions[0], positions[0] + len(positions))) if positions else True


def test_what_was_written_is_read_with_its_cursor(connection: Connection) -> None:
    history = History()
    for number in range(5):
        history.push(an_entry(number, size=40))
    history.undo()
    history.undo()
    write(HistoryTable(history), connection)
    read, notice = read_history(connection)
    assert notice is None
    assert contents(read) == ([0, 1, 2, 3, 4], 3)
    current = read.current
    assert current is not None
    assert current.values.shape == (40,)
    assert (current.model_hash, current.label, current.played_at) == ("ab" * 32, "generate", 2.0)
    assert not current.values.flags.writeable


def test_an_empty_table_is_an_empty_history(connection: Connection) -> None:
    history, notice = read_history(connection)
    assert history.current is None
    assert notice is None
    assert not history.has_unsaved()


def test_a_step_writes_no_more_rows_than_it_adds(connection: Connection) -> None:
    history = History()
    table = HistoryTable(history)
    for number in range(500):
        history.push(an_entry(number))
    write(table, connection)
    before = connection.total_changes
    history.push(an_entry(500))
    write(table, connection)
    assert connection.total_changes - before == 2  # its row and the cursor
    history.undo()
    write(table, connection)
    assert connection.total_changes - before == 3


def test_what_is_written_is_not_unsaved_and_what_came_meanwhile_is(connection: Connection) -> None:
    history = History()
    table = HistoryTable(history)
    history.push(an_entry(1))
    assert table.has_unsaved()
    with transaction(connection):
        saved = table.write(connection)
        history.undo()
        history.push(an_entry(2))  # while the disk is busy
    saved()
    assert table.has_unsaved()
    write(table, connection)
    assert not table.has_unsaved()
    assert contents(read_history(connection)[0]) == ([1, 2], 2)


def test_ten_thousand_steps_leave_the_stored_cursor_right(connection: Connection) -> None:
    history, plain = History(), PlainHistory()
    table = HistoryTable(history)
    for number in range(MAX_UNDO_STEPS + 1):
        step(history, plain, "push", number)
    write(table, connection)
    for number in range(10_000):
        step(history, plain, "undo" if number % 1500 < 900 else "redo", 0)
    write(table, connection)
    assert contents(read_history(connection)[0]) == (plain.numbers, plain.played)


def test_the_table_forgets_what_the_history_forgets(connection: Connection) -> None:
    history = History()
    table = HistoryTable(history)
    for number in range(2500):
        history.push(an_entry(number))
        if number % 700 == 0:
            write(table, connection)
    write(table, connection)
    assert [round(played_at) for _, played_at in rows_of(connection)] == list(range(2500 - MAX_UNDO_STEPS - 1, 2500))
    assert_no_gap(connection)


STEPS: dict[str, Callable[[HistoryTable, Connection], None]] = {"write": write, "fail": fail_to_write}
ACTIONS = st.lists(st.sampled_from(["push", "push", "undo", "undo", "redo", "write", "fail", "restart"]), max_size=80)


@given(actions=ACTIONS)
@settings(max_examples=200, deadline=None)
def test_whatever_was_played_written_or_failed_the_table_holds_one_moment_whole(actions: list[str]) -> None:
    with closing(open_in_memory()) as connection:
        history, plain = History(), PlainHistory()
        table = HistoryTable(history)
        for number, action in enumerate([*actions, "write"]):
            if action == "restart":
                write(table, connection)
                history, notice = read_history(connection)
                table = HistoryTable(history)
                assert notice is None
            elif action in STEPS:
                STEPS[action](table, connection)
            else:
                step(history, plain, action, number)
            assert_no_gap(connection)
        assert contents(read_history(connection)[0]) == (plain.numbers, plain.played)


def test_two_bridges_on_one_file_never_mix_their_histories(connection: Connection) -> None:
    ours, theirs = History(), History()
    our_table, their_table = HistoryTable(ours), HistoryTable(theirs)
    for number in range(4):
        ours.push(an_entry(number))
        write(our_table, connection)
        theirs.push(an_entry(100 + number))
        theirs.push(an_entry(200 + number))
        write(their_table, connection)
    assert contents(read_history(connection)[0])[0] == [100, 200, 101, 201, 102, 202, 103, 203]
    ours.undo()
    write(our_table, connection)
    assert contents(read_history(connection)[0]) == ([0, 1, 2, 3], 3)


DAMAGES = {
    "half a number": "UPDATE history SET latent = x'0102' WHERE position = 3",
    "text for numbers": "UPDATE history SET latent = 'x' WHERE position = 3",
    "a number for a label": "UPDATE history SET label = x'00' WHERE position = 3",
    "no label": "UPDATE history SET label = '' WHERE position = 3",
    "text that is none": "UPDATE history SET label = CAST(x'FF41' AS TEXT) WHERE position = 3",
    "no time": "UPDATE history SET played_at = 'noon' WHERE position = 3",
    "an endless time": "UPDATE history SET played_at = 9e999 WHERE position = 3",
}


@pytest.fixture
def five_steps(path: Path) -> Path:
    """A library with the steps 0 to 4 at the positions 1 to 5; 3 plays, 4 is undone."""
    with Library(path) as library:
        for number in range(5):
            library.history.push(an_entry(number))
        library.history.undo()
    return path


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_is_left_out_with_a_notice(five_steps: Path, damage: str) -> None:
    with closing(connect_existing(five_steps)) as connection:
        connection.execute(DAMAGES[damage])
    with Library(five_steps) as library:
        assert library.notice == "1 of the history's 5 steps are damaged and left out"
        assert contents(library.history) == ([0, 1, 3, 4], 3)
        library.history.push(an_entry(9))
    with Library(five_steps) as library:
        assert library.notice is None
        assert contents(library.history) == ([0, 1, 3, 9], 4)


def test_where_all_that_played_is_damaged_the_nearest_plays(five_steps: Path) -> None:
    with closing(connect_existing(five_steps)) as connection:
        connection.execute("UPDATE history SET latent = x'01' WHERE position <= 4")
    with Library(five_steps) as library:
        assert number_of(library.history.current) == 4
        assert library.history.undo() is None
        assert library.history.redo() is None


@pytest.mark.parametrize("damage", ["DELETE FROM history_cursor", "UPDATE history_cursor SET position = 'here'"])
def test_without_a_cursor_the_newest_plays(five_steps: Path, damage: str) -> None:
    with closing(connect_existing(five_steps)) as connection:
        connection.execute(damage)
    with Library(five_steps) as library:
        assert library.notice is not None
        assert "goes on from the newest" in library.notice
        assert contents(library.history) == ([0, 1, 2, 3, 4], 5)


def test_of_a_file_with_too_many_rows_the_newest_are_read(connection: Connection) -> None:
    connection.executemany(
        "INSERT INTO history VALUES (?, 'hash', x'00000000', 'generate', ?)", ((n, float(n)) for n in range(3000))
    )
    connection.execute("INSERT INTO history_cursor VALUES (1, 2999, '')")
    history, _ = read_history(connection)
    assert history.undo_steps == MAX_UNDO_STEPS
    assert history.current is not None
    assert history.current.played_at == 2999.0
