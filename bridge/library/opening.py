"""Opening the library's file: made if it is missing, moved aside if it is damaged, brought to this schema."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from bridge.library.schema import prepare_schema
from bridge.library.sqlite_file import (
    Connection,
    DamagedFile,
    check_pages,
    connect,
    connect_existing,
    connect_memory,
    translated,
)
from bridge.library.storage_errors import StorageError


def open_or_make(path: Path) -> tuple[Connection, str | None]:
    """A connection to the file, and a sentence for the musician if a damaged one had to be moved aside.

    Makes the file and its folders where they are missing. Raises StorageError.
    """
    notice = None
    with translated(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if path.is_file():
                check_pages(path)
        except DamagedFile as error:
            aside = _move_aside(path)
            notice = (
                f"The library {path} was damaged ({error}) and is now {aside.name}, beside a new, empty one. "
                "Nothing was deleted: to use a backup, stop the bridge and put it in the library's place."
            )
        return _prepared(connect(path), str(path)), notice


def open_existing(path: Path) -> Connection:
    """A connection to a file that is there and whole. Raises StorageError; makes nothing and moves nothing."""
    with translated(str(path)):
        if not path.exists():
            raise StorageError(f"{path}: there is no library: start the bridge and save a latent, or name its file")
        if path.is_file():
            try:
                check_pages(path)
            except DamagedFile as error:
                raise StorageError(
                    f"{path}: it is damaged ({error}): start the bridge again, which moves it aside"
                ) from error
        return _prepared(connect_existing(path), str(path))


def open_in_memory() -> Connection:
    """A library that is gone when it is closed."""
    return _prepared(connect_memory(), ":memory:")


def _prepared(connection: Connection, file: str) -> Connection:
    try:
        prepare_schema(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _move_aside(path: Path) -> Path:
    """Renames the file, and the log that belongs to it, to the first free NAME.damaged-<n>."""
    aside = next(free for n in count(1) if not (free := path.with_name(f"{path.name}.damaged-{n}")).exists())
    for suffix in ("-wal", "-shm"):  # left behind, they would be taken for the new file's
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return path.rename(aside)
