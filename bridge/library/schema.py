"""The library's tables, and the way from each older version of them to this one."""

from __future__ import annotations

from bridge.library.sqlite_file import Connection, transaction
from bridge.library.storage_errors import StorageError

# The statements that lead from version 0, an empty file, to 1, from 1 to 2, and so on. What is released stays as it is.
_STEPS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE latents (
            name TEXT PRIMARY KEY,
            model_hash TEXT NOT NULL,
            latent BLOB NOT NULL, -- little-endian float32
            roll BLOB, -- one bit a cell, in C order
            roll_shape TEXT, -- JSON: [bars, tracks, steps_per_bar, pitches]
            saved_at REAL NOT NULL -- Unix seconds
        )""",
    ),
    (
        "ALTER TABLE latents ADD COLUMN picture BLOB",  # a PNG
        """CREATE TABLE history (
            position INTEGER PRIMARY KEY, -- counts up by one from the oldest that is still known
            model_hash TEXT NOT NULL,
            latent BLOB NOT NULL, -- little-endian float32
            label TEXT NOT NULL,
            played_at REAL NOT NULL -- Unix seconds
        )""",
        """CREATE TABLE history_cursor (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            position INTEGER NOT NULL, -- of what plays; what comes after it was undone
            session TEXT NOT NULL -- the run of the bridge that wrote the history as it stands
        )""",
        "CREATE TABLE settings (name TEXT PRIMARY KEY, value NOT NULL)",  # INTEGER, REAL or TEXT
    ),
)

SCHEMA_VERSION = len(_STEPS)


def prepare_schema(connection: Connection, file: str) -> None:
    """Makes the tables in an empty file, and brings an older version's to this one; all rows stay.

    Raises StorageError for a newer version and for another program's file, both left as they are, or sqlite3.Error.
    """
    if _version(connection) == SCHEMA_VERSION:
        return  # the usual start: nothing to lock
    with transaction(connection):  # two bridges that start together do it once
        version = _version(connection)
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not 0 <= version <= SCHEMA_VERSION or (version == 0 and tables):
            raise StorageError(
                f"{file}: its schema version is {version}, this bridge reads {SCHEMA_VERSION}: "
                "update the bridge, or name another library file"
            )
        for statements in _STEPS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _version(connection: Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
