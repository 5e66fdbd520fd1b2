"""The latents a musician saved: one SQLite file, safe against a crash at any moment.

SQLite's write-ahead log with full syncing is the whole crash safety: a save that returned is on the disk.
"""

from __future__ import annotations

import difflib
import json
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bridge.pianoroll import Roll

SCHEMA_VERSION = 1
MAX_NAME_LENGTH = 200
LOCK_TIMEOUT_SECONDS = 1.0  # how long a call waits while another process writes

_SCHEMA = """
CREATE TABLE latents (
    name TEXT PRIMARY KEY,
    model_hash TEXT NOT NULL,
    latent BLOB NOT NULL, -- little-endian float32
    roll BLOB, -- one bit a cell, in C order
    roll_shape TEXT, -- JSON: [bars, tracks, steps_per_bar, pitches]
    saved_at REAL NOT NULL -- Unix seconds
)"""

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
_CONTROL_CATEGORIES = ("Cc", "Cs", "Zl", "Zp")  # controls, lone surrogates, line and paragraph separators


class StorageError(OSError):
    """The library's file cannot be read or written; the message says which file, why, and what to do."""


class UnknownLatent(KeyError):
    """No latent has this name; the message lists the nearest names."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show its message in quotes


class LatentExists(ValueError):
    """The new name is already another latent's."""


class _DamagedFile(Exception):
    """The file is no SQLite file, or one whose pages contradict each other."""


@dataclass(frozen=True, slots=True, eq=False)
class SavedLatent:
    """A latent under its name, with what is needed to hear it when its model is gone."""

    name: str
    model_hash: str
    values: NDArray[np.float32]  # (latent_size,)
    roll: Roll | None  # (bars, tracks, steps_per_bar, pitches) bool, as it sounded
    saved_at: float  # Unix seconds


def check_name(name: str) -> None:
    """Raises ValueError unless the name has 1 to MAX_NAME_LENGTH characters and no control character among them.

    Blanks, slashes, quotes and emoji are characters like others: a name is never a path.
    """
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise ValueError(f"the name has {len(name)} characters, expected 1 to {MAX_NAME_LENGTH}")
    for character in name:
        if unicodedata.category(character) in _CONTROL_CATEGORIES:
            raise ValueError(f"the name {name!r} holds the control character {character!r}: leave it out")


class LatentLibrary:
    """Saved latents by name. Belongs to the thread that opened it (in another one SQLite refuses every call).

    Every change is on the disk when its method returns, or did not happen. Methods raise StorageError where the file
    cannot be read or written, and ValueError for a name that check_name refuses. `notice` is a sentence for the
    musician if opening had to move a damaged file aside, else None.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it and its folders. Raises StorageError if that cannot be done."""
        path = path.absolute()
        self.notice: str | None = None
        self._file = str(path)
        with _translated(self._file):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                if path.is_file():
                    _check_pages(path)
            except _DamagedFile as error:
                aside = _move_aside(path)
                self.notice = (
                    f"The library {path} was damaged ({error}) and is now {aside.name}, beside a new, empty one. "
                    "Nothing was deleted: to use a backup, stop the bridge and put it in the library's place."
                )
            self._connection = _open(self._file)

    @classmethod
    def in_memory(cls) -> Self:
        """A library that is gone when it is closed."""
        library = cls.__new__(cls)
        library.notice = None
        library._file = ":memory:"
        library._connection = _open(":memory:")
        return library

    def save(self, latent: SavedLatent) -> None:
        """Keeps the latent, in place of one of the same name. Raises ValueError for arrays of another shape."""
        check_name(latent.name)
        if latent.values.ndim != 1 or (latent.roll is not None and latent.roll.ndim != 4):
            roll_shape = None if latent.roll is None else latent.roll.shape
            raise ValueError(
                f"{latent.name!r} has values of shape {latent.values.shape} and a roll of shape {roll_shape}, "
                "expected (latent_size,) and (bars, tracks, steps_per_bar, pitches)"
            )
        row = (latent.name, latent.model_hash, _pack_values(latent.values), *_pack_roll(latent.roll), latent.saved_at)
        with _translated(self._file):
            self._connection.execute("INSERT OR REPLACE INTO latents VALUES (?, ?, ?, ?, ?, ?)", row)

    def get(self, name: str) -> SavedLatent:
        """The latent of that name, its arrays new. Raises UnknownLatent."""
        check_name(name)
        with _translated(self._file):
            query = "SELECT model_hash, latent, roll, roll_shape, saved_at FROM latents WHERE name = ?"
            row = self._connection.execute(query, (name,)).fetchone()
        if row is None:
            raise self._unknown(name)
        model_hash, values, roll, roll_shape, saved_at = row
        try:
            return SavedLatent(name, model_hash, _unpack_values(values), _unpack_roll(roll, roll_shape), saved_at)
        except (ValueError, TypeError) as error:
            raise StorageError(f"{self._file}: the entry {name!r} is damaged ({error}): save it anew") from error

    def names(self) -> list[str]:
        """Every name, in order of its code points."""
        with _translated(self._file):
            return [name for (name,) in self._connection.execute("SELECT name FROM latents ORDER BY name")]

    def delete(self, name: str) -> None:
        """Forgets the latent. Raises UnknownLatent."""
        check_name(name)
        with _translated(self._file):
            deleted = self._connection.execute("DELETE FROM latents WHERE name = ?", (name,)).rowcount
        if deleted == 0:
            raise self._unknown(name)

    def rename(self, old: str, new: str) -> None:
        """Gives the latent `old` the name `new`. Raises UnknownLatent for `old`, LatentExists if `new` is taken."""
        check_name(old)
        check_name(new)
        with _translated(self._file):
            try:
                renamed = self._connection.execute("UPDATE latents SET name = ? WHERE name = ?", (new, old)).rowcount
            except sqlite3.IntegrityError as error:
                raise LatentExists(f"{old!r} cannot become {new!r}: another latent has that name") from error
        if renamed == 0:
            raise self._unknown(old)

    def close(self) -> None:
        """Closes the file; a second call does nothing."""
        with _translated(self._file):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _unknown(self, name: str) -> UnknownLatent:
        names = self.names()
        by_folded = {known.casefold(): known for known in names}
        nearest = [repr(by_folded[folded]) for folded in difflib.get_close_matches(name.casefold(), by_folded)]
        if nearest:
            return UnknownLatent(f"no latent is named {name!r}; the nearest: {', '.join(nearest)}")
        if names:
            return UnknownLatent(f"no latent is named {name!r}, nor anything near it; {len(names)} have other names")
        return UnknownLatent(f"no latent is named {name!r}: none has been saved yet")


@contextmanager
def _translated(file: str) -> Iterator[None]:
    """SQLite's errors and the file system's become StorageError, a caller's mistakes stay what they are."""
    try:
        yield
    except (StorageError, sqlite3.ProgrammingError):
        raise
    except sqlite3.Error as error:
        advice = _ADVICE.get(_primary_code(error), "check the file and its disk, then try again")
        raise StorageError(f"{file}: {advice} ({error})") from error
    except OSError as error:
        raise StorageError(f"{file}: check that its folder exists and may be written ({error})") from error


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the higher bits tell kinds of the same error apart


def _check_pages(path: Path) -> None:
    """Raises _DamagedFile, or sqlite3.Error. Read-only: a writing connection would clear a damaged file's log."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=LOCK_TIMEOUT_SECONDS)) as connection:
        try:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            if _primary_code(error) in _DAMAGED:
                raise _DamagedFile(str(error)) from error
            raise
    if verdict != "ok":
        raise _DamagedFile(verdict)


def _open(file: str) -> sqlite3.Connection:
    """A connection to a library of this schema. Raises StorageError for another schema, or sqlite3.Error."""
    # Without an isolation level a statement is a transaction of its own, on the disk when execute() returns.
    connection = sqlite3.connect(file, timeout=LOCK_TIMEOUT_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _prepare_schema(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare_schema(connection: sqlite3.Connection, file: str) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two bridges that start together make the table once
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and tables == 0:
        connection.execute(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    elif version != SCHEMA_VERSION:
        raise StorageError(
            f"{file}: its schema version is {version}, this bridge reads {SCHEMA_VERSION}: "
            "update the bridge, or name another library file"
        )
    connection.execute("COMMIT")


def _move_aside(path: Path) -> Path:
    """Renames the file, and the log that belongs to it, to the first free NAME.damaged-<n>."""
    aside = next(free for n in count(1) if not (free := path.with_name(f"{path.name}.damaged-{n}")).exists())
    for suffix in ("-wal", "-shm"):  # left behind, they would be taken for the new file's
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return path.rename(aside)


def _pack_values(values: NDArray[np.float32]) -> bytes:
    return values.astype("<f4").tobytes()


def _unpack_values(packed: bytes) -> NDArray[np.float32]:
    return np.frombuffer(packed, dtype="<f4").astype(np.float32)


def _pack_roll(roll: Roll | None) -> tuple[bytes, str] | tuple[None, None]:
    return (None, None) if roll is None else (np.packbits(roll).tobytes(), json.dumps(roll.shape))


def _unpack_roll(packed: bytes | None, shape: str | None) -> Roll | None:
    if packed is None or shape is None:
        return None
    bars, tracks, steps, pitches = json.loads(shape)
    cell_count = bars * tracks * steps * pitches
    if len(packed) != (cell_count + 7) // 8:
        raise ValueError(f"the roll has {len(packed)} bytes for {cell_count} cells")
    cells = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=cell_count)
    return cells.astype(np.bool_).reshape(bars, tracks, steps, pitches)
