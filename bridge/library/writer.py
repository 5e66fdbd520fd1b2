"""The thread that brings history and settings to the disk, so that the engine's never waits for it.

Nothing is queued: what is unsaved stays in memory, where only the newest of it counts, until a transaction with all of
it has succeeded. A disk that is slow, full or gone therefore costs no memory, and no more than a counted error.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bridge.library.sqlite_file import Connection, connect_existing, transaction, translated

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.2  # from a change to its transaction: what comes meanwhile goes with it
RETRY_SECONDS = 1.0  # from a failed transaction to the next
LAST_RETRY_SECONDS = 0.1  # the same while closing


class SavedLater(Protocol):
    """What the writer saves (HistoryTable, SettingsStore)."""

    def has_unsaved(self) -> bool: ...

    def write(self, connection: Connection) -> Callable[[], None]:
        """Inside a transaction; what it returns is called once that is on the disk."""
        ...


@dataclass(frozen=True, slots=True)
class WriterState:
    """How the saving goes, for /mai/status."""

    transactions: int  # that are on the disk
    errors: int  # transactions that failed; each is tried again
    last_error: str | None  # why the newest try failed; None: it did not
    behind: bool  # something is not on the disk yet


class LibraryWriter:
    """Saves its parts from a thread and a connection of its own, at most every GATHER_SECONDS.

    `wake` is to be set at each change. `pause` waits so many seconds, or less once the writer is closing.
    """

    def __init__(
        self,
        path: Path,
        parts: Sequence[SavedLater],
        wake: threading.Event,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._path, self._parts, self._wake = path, parts, wake
        self._closing, self._given_up = threading.Event(), threading.Event()
        self._pause = self._closing.wait if pause is None else pause
        self._connection: Connection | None = None
        self._transactions = self._errors = 0
        self._last_error: str | None = None
        self._thread = threading.Thread(target=self._run, name="library writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def state(self) -> WriterState:
        """Any thread may ask."""
        return WriterState(self._transactions, self._errors, self._last_error, self._behind())

    def close(self, timeout: float = 2.0) -> bool:
        """Saves what is unsaved, and ends. False if that did not succeed within `timeout` seconds."""
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout)
        self._given_up.set()  # a try that hangs in the disk ends with it, or with the process
        return not self._behind()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.wait()
            self._wake.clear()
            self._pause(GATHER_SECONDS)
            while not self._save() and not self._closing.is_set():
                self._pause(RETRY_SECONDS)
        while not self._save() and not self._given_up.wait(LAST_RETRY_SECONDS):
            pass
        self._disconnect()

    def _behind(self) -> bool:
        return any(part.has_unsaved() for part in self._parts)

    def _save(self) -> bool:
        """One transaction with all that is unsaved. Never raises."""
        unsaved = [part for part in self._parts if part.has_unsaved()]
        if not unsaved:
            return True
        try:
            with translated(str(self._path)):
                if self._connection is None:
                    self._connection = connect_existing(self._path)
                with transaction(self._connection):
                    confirmations = [part.write(self._connection) for part in unsaved]
        except Exception as problem:  # whatever it is, the band plays on and the next try may succeed
            self._errors += 1
            if self._last_error is None:
                log.warning("history and settings are not saved, trying again: %s", problem)
            self._last_error = str(problem)
            self._disconnect()
            return False
        for confirm in confirmations:
            confirm()
        self._transactions += 1
        self._last_error = None
        return True

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except Exception as problem:
                log.warning("the library did not close: %s", problem)
