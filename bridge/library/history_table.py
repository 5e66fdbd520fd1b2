"""The history in the library's file: read at the start, then written by the thread that saves."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable

from bridge.library.history import MAX_UNDO_STEPS, History, HistoryEntry
from bridge.library.packing import pack_values, unpack_values
from bridge.library.saved_latent import check_name
from bridge.library.sqlite_file import Connection

_NEWEST_FIRST = "SELECT position, model_hash, latent, label, played_at FROM history ORDER BY position DESC LIMIT ?"
_INSERT = "INSERT INTO history (position, model_hash, latent, label, played_at) VALUES (?, ?, ?, ?, ?)"


class HistoryTable:
    """Writes a history's changes to the file, which then holds it as it was at one moment, whole.

    Two bridges may share a file: who writes after the other replaces the other's history with its own, never mixes.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._session = uuid.uuid4().hex

    def has_unsaved(self) -> bool:
        return self._history.has_unsaved()

    def write(self, connection: Connection) -> Callable[[], None]:
        """Inside a transaction; what it returns is to be called once that is on the disk. Raises sqlite3.Error."""
        found = connection.execute("SELECT session FROM history_cursor").fetchone()
        change = self._history.unsaved(everything=found != (self._session,))
        connection.execute("DELETE FROM history WHERE position > ? OR position < ?", (change.kept_to, change.first))
        connection.executemany(
            _INSERT,
            (
                (position, entry.model_hash, pack_values(entry.values), entry.label, entry.played_at)
                for position, entry in enumerate(change.entries, change.kept_to + 1)
            ),
        )
        connection.execute("INSERT OR REPLACE INTO history_cursor VALUES (1, ?, ?)", (change.cursor, self._session))
        return lambda: self._history.saved(change)


def read_history(connection: Connection, changed: Callable[[], None] = lambda: None) -> tuple[History, str | None]:
    """The history in the file, and a sentence for the musician if rows of it are damaged and left out.

    Raises sqlite3.Error.
    """
    rows = connection.execute(_NEWEST_FIRST, (MAX_UNDO_STEPS + 1,)).fetchall()
    cursor = _cursor(connection)
    played: list[HistoryEntry] = []
    undone: list[HistoryEntry] = []
    for position, *columns in reversed(rows):
        entry = _entry(*columns)
        if entry is not None:
            (played if cursor is None or position <= cursor else undone).append(entry)
    damaged = len(rows) - len(played) - len(undone)
    if undone and not played:  # what played is among the damaged: the nearest plays
        played.append(undone.pop(0))
    notice = None
    if damaged:
        notice = f"{damaged} of the history's {len(rows)} steps are damaged and left out"
    elif rows and cursor is None:
        notice = "The history does not say which of its steps played last: it goes on from the newest"
    return History(played, undone, changed), notice


def _cursor(connection: Connection) -> int | None:
    row = connection.execute("SELECT position FROM history_cursor").fetchone()
    return row[0] if row is not None and isinstance(row[0], int) else None


def _entry(model_hash: object, latent: object, label: object, played_at: object) -> HistoryEntry | None:
    """The entry in a row; None for a damaged one."""
    if not (isinstance(model_hash, str) and isinstance(label, str) and isinstance(latent, bytes)):
        return None
    if not isinstance(played_at, float) or not math.isfinite(played_at) or len(latent) % 4:
        return None
    try:
        check_name(model_hash, "the model hash")
        check_name(label, "the label")
    except ValueError:
        return None
    values = unpack_values(latent)
    values.flags.writeable = False  # as those that were pushed
    return HistoryEntry(values, model_hash, label, played_at)
