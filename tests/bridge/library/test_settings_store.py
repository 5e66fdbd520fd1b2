"""Settings: the last value counts, however many came, and it is what the file gets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing

import pytest

from bridge.library import SettingsStore, SettingValue
from bridge.library.opening import open_in_memory
from bridge.library.settings_store import read_settings
from bridge.library.sqlite_file import Connection, transaction


@pytest.fixture
def connection() -> Iterator[Connection]:
    with closing(open_in_memory()) as opened:
        yield opened


def write(store: SettingsStore, connection: Connection) -> None:
    with transaction(connection):
        saved = store.write(connection)
    saved()


def test_values_come_back_in_their_own_types(connection: Connection) -> None:
    values: dict[str, SettingValue] = {
        "velocity": 100,
        "threshold": 0.1,
        "density/2": 1.0,
        "key": "F#",
        "note": "123",
        "empty": "",
        "large": 2**63 - 1,
    }
    store = SettingsStore()
    for name, value in values.items():
        store.save(name, value)
    write(store, connection)
    loaded = SettingsStore(read_settings(connection)).load()
    assert loaded == values
    assert [type(loaded[name]) for name in values] == [type(value) for value in values.values()]


def test_nothing_saved_is_nothing_loaded(connection: Connection) -> None:
    store = SettingsStore(read_settings(connection))
    assert store.load() == {}
    assert store.notice is None
    assert not store.has_unsaved()


def test_what_was_saved_is_loaded_also_before_it_is_written() -> None:
    store = SettingsStore({"threshold": 0.5, "velocity": 90})
    store.save("threshold", 0.75)
    assert store.load() == {"threshold": 0.75, "velocity": 90}


def test_a_dial_that_sends_a_thousand_values_writes_one_row(connection: Connection) -> None:
    store = SettingsStore()
    for number in range(1000):
        store.save("threshold", number / 1000)
    before = connection.total_changes
    write(store, connection)
    assert connection.total_changes - before == 1
    assert read_settings(connection) == {"threshold": 0.999}
    assert not store.has_unsaved()


def test_a_value_that_comes_while_another_is_written_is_written_next(connection: Connection) -> None:
    store = SettingsStore()
    store.save("threshold", 0.25)
    store.save("velocity", 80)
    with transaction(connection):
        saved = store.write(connection)
        store.save("threshold", 0.75)
    saved()
    assert store.has_unsaved()
    assert read_settings(connection) == {"threshold": 0.25, "velocity": 80}
    before = connection.total_changes
    write(store, connection)
    assert connection.total_changes - before == 1
    assert read_settings(connection) == {"threshold": 0.75, "velocity": 80}


def test_what_could_not_be_written_is_written_next_time(connection: Connection) -> None:
    store = SettingsStore()
    store.save("threshold", 0.25)
    connection.execute("BEGIN")
    store.write(connection)
    connection.execute("ROLLBACK")
    assert store.has_unsaved()
    write(store, connection)
    assert read_settings(connection) == {"threshold": 0.25}


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**63, "\ud800", "a\nb", "x" * 1001, None, b"x", [1]])
def test_what_no_file_should_hold_is_refused_at_once(value: object) -> None:
    store = SettingsStore()
    with pytest.raises(ValueError, match=r"threshold is .*, expected"):
        store.save("threshold", value)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="control character"):
        store.save("a\0b", 1)
    assert not store.has_unsaved()
    assert store.load() == {}


def test_bad_values_in_the_file_are_left_out_with_a_notice(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO settings VALUES ('threshold', 0.5), ('velocity', x'00'), ('tempo', 9e999), (x'01', 3), ('', 1)"
    )
    store = SettingsStore(read_settings(connection))
    assert store.load() == {"threshold": 0.5}
    assert store.notice is not None
    for part in ("velocity", "tempo", "b'\\x01'", "a setting's name has 0 characters"):
        assert part in store.notice


def test_what_this_bridge_does_not_know_is_left_out_with_a_notice_and_stays_in_the_file(
    connection: Connection,
) -> None:
    connection.execute("INSERT INTO settings VALUES ('threshold', 0.5), ('sparkle', 3), ('velocity', 999)")

    def check(name: str, value: SettingValue) -> None:
        if name == "sparkle":
            raise ValueError("there is no setting 'sparkle'")
        if name == "velocity" and not 1 <= int(value) <= 127:
            raise ValueError(f"velocity is {value}, expected 1 to 127")

    store = SettingsStore(read_settings(connection))
    assert store.load(check) == {"threshold": 0.5}
    assert store.notice == (
        "Settings that are left out: there is no setting 'sparkle'; velocity is 999, expected 1 to 127"
    )
    store.save("velocity", 90)
    write(store, connection)
    assert read_settings(connection) == {"sparkle": 3, "threshold": 0.5, "velocity": 90}
    assert store.load(check) == {"threshold": 0.5, "velocity": 90}


def test_every_save_is_told() -> None:
    calls: list[None] = []
    store = SettingsStore(changed=lambda: calls.append(None))
    store.save("threshold", 0.5)
    store.save("threshold", 0.5)
    assert len(calls) == 2
