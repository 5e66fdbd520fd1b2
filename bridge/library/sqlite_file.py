"""The one module that knows SQLite's driver: connections, transactions, and its errors in words.

SQLite's write-ahead log with full syncing is the whole crash safety: a transaction that returned is on the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bridge.library.storage_errors import StorageError

LOCK_TIMEOUT_SECONDS = 1.0  # how long a call waits while another connection writes
WHOLE_CHECK_BYTES = 1 << 26  # 0.06 s, of some 4,000 latents; a million latents without rolls took 0.6 s

Connection = sqlite3.Connection

_READ_AT_START = ("history", "history_cursor", "settings", "latents_of_model")
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_ADVICE = {
    sqlite3.SQLITE_BUSY: "another program is writing to it: close the other bridge or try again",
    sqlite3.SQLITE_LOCKED: "another program is writing to it: close the other bridge or try again",
    sqlite3.SQLITE_FULL: "the disk is full: free some space and save again",
    sqlite3.SQLITE_READONLY: "it may not be written: check the permissions of the file and its folder",
    sqlite3.SQLITE_PERM: "it may not be opened: check the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that it is a file and that its folder may be written",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write: check the disk and its free space",
    sqlite3.SQLITE_NOTADB: "it is damaged: start the bridge again, which moves it aside",
    sqlite3.SQLITE_CORRUPT: "it is damaged: start the bridge again, which moves it aside",
}


class DamagedFile(Exception):
    """The file is no SQLite file, or one whose pages contradict each other."""


def connect(path: Path) -> Connection:
    """A connection to the file, which is made if it is missing. Raises sqlite3.Error (see translated)."""
    return _durable(sqlite3.connect(str(path), timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None))


def connect_existing(path: Path) -> Connection:
    """A connection to a file that must be there. Raises sqlite3.Error."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    return _durable(sqlite3.connect(address, uri=True, timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None))


def connect_memory() -> Connection:
    """A database that is gone when it is closed."""
    return _durable(sqlite3.connect(":memory:", isolation_level=None))


def _durable(connection: Connection) -> Connection:
    # Without an isolation level a statement is a transaction of its own, on the disk when execute() returns.
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def check_pages(path: Path) -> None:
    """Raises DamagedFile, or sqlite3.Error. Read-only: a writing connection would clear a damaged file's log.

    All pages are read of a file of up to WHOLE_CHECK_BYTES and of one that was found damaged in use. Of another large
    one, so that a bridge starts in a second: its schema, and the tables that every start reads.
    """
    suspect = _suspect(path)
    whole = path.stat().st_size <= WHOLE_CHECK_BYTES or suspect.exists()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=LOCK_TIMEOUT_SECONDS)) as connection:
        try:
            verdicts = [connection.execute(check).fetchone()[0] for check in _checks(connection, whole)]
        except sqlite3.Error as error:
            if _primary_code(error) in _DAMAGED:
                raise DamagedFile(str(error)) from error
            raise
    verdict = next((verdict for verdict in verdicts if verdict != "ok"), None)
    if verdict is not None:
        raise DamagedFile(verdict)
    with suppress(OSError):
        suspect.unlink(missing_ok=True)


def _checks(connection: Connection, whole: bool) -> list[str]:
    if whole:
        return ["PRAGMA quick_check(1)"]
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [f"PRAGMA quick_check({name})" for (name,) in found if name in _READ_AT_START]


def _suspect(path: Path) -> Path:
    """The file that says that the next start has to read all pages."""
    return path.with_name(f"{path.name}.check")


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """What is written inside is on the disk at the end, or after an error nothing of it. Raises sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors, such as a full disk, have rolled back by themselves
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(file: str) -> Iterator[None]:
    """SQLite's errors and the file system's become StorageError, a caller's mistakes stay what they are."""
    try:
        yield
    except (StorageError, sqlite3.ProgrammingError):
        raise
    except sqlite3.Error as error:
        code = _primary_code(error)
        if code in _DAMAGED and Path(file).is_file():
            with suppress(OSError):
                _suspect(Path(file)).touch()
        advice = _ADVICE.get(code, "check the file and its disk, then try again")
        raise StorageError(f"{file}: {advice} ({error})") from error
    except OSError as error:
        raise StorageError(f"{file}: check that its folder exists and may be written ({error})") from error


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the higher bits tell kinds of the same error apart
