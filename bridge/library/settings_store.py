"""The settings a musician changed, by name: kept in memory, and in the library's file by the thread that saves."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping

from bridge.library.saved_latent import check_name
from bridge.library.sqlite_file import Connection

SettingValue = int | float | str
Check = Callable[[str, SettingValue], object]  # raises ValueError for what it does not let pass

MAX_TEXT_LENGTH = 1000
INT64 = (-(2**63), 2**63 - 1)


class SettingsStore:
    """Names and their newest values. One thread loads and saves; another one may write what is unsaved.

    However often a value changes, only the newest waits to be written. `changed` is called after each save, to wake
    who writes.
    """

    def __init__(self, stored: Mapping[str, object] | None = None, changed: Callable[[], None] = lambda: None) -> None:
        """With what the file holds (see read_settings)."""
        self._stored: dict[str, object] = dict(stored or {})
        self._changed = changed
        self._waiting: dict[str, SettingValue] = {}
        self._lock = threading.Lock()
        self.notice: str | None = None  # a sentence for the musician if load left something out

    def load(self, check: Check | None = None) -> dict[str, SettingValue]:
        """The value of every setting that was saved.

        What `check` refuses, as a name or value that this bridge does not know, is left out, as is what is no number
        or text, and `notice` says so. The file keeps it, for another version.
        """
        values: dict[str, SettingValue] = {}
        problems: list[str] = []
        for name, found in self._stored.items():
            try:
                value = _checked(name, found)
                if check is not None:
                    check(name, value)
            except ValueError as problem:
                problems.append(str(problem))
            else:
                values[name] = value
        self.notice = f"Settings that are left out: {'; '.join(problems)}" if problems else None
        return values

    def save(self, name: str, value: SettingValue) -> None:
        """The setting's new value; never waits for the disk. Raises ValueError for what no file could hold."""
        checked = _checked(name, value)
        with self._lock:
            self._stored[name] = checked
            self._waiting[name] = checked
        self._changed()

    def has_unsaved(self) -> bool:
        return bool(self._waiting)

    def write(self, connection: Connection) -> Callable[[], None]:
        """Inside a transaction; what it returns is to be called once that is on the disk. Raises sqlite3.Error."""
        with self._lock:
            written = dict(self._waiting)
        connection.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", written.items())

        def saved() -> None:
            with self._lock:
                for name, value in written.items():
                    if self._waiting[name] is value:  # else a newer one has come meanwhile
                        del self._waiting[name]

        return saved


def read_settings(connection: Connection) -> dict[str, object]:
    """What the file holds, whatever it is. Raises sqlite3.Error."""
    return dict(connection.execute("SELECT name, value FROM settings ORDER BY name"))


def _checked(name: object, value: object) -> SettingValue:
    """The value, a bool as an int. Raises ValueError, naming the setting."""
    if not isinstance(name, str):
        raise ValueError(f"a setting is named {name!r}, expected text")
    check_name(name, "a setting's name")
    if isinstance(value, str) and len(value) <= MAX_TEXT_LENGTH and value.isprintable():
        return value
    if isinstance(value, int) and INT64[0] <= value <= INT64[1]:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    raise ValueError(f"{name} is {str(value)[:40]!r}, expected a finite number or text of one line")
