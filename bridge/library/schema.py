"""The library's tables, and the way from each older version of them to this one."""

from __future__ import annotations

from bridge.library.sqlite_file import Connection, transaction
from bridge.library.storage_errors import StorageError

# No conflict clause: that of the statement which fires a trigger would go before it.
_COUNT_NEW = """INSERT INTO latents_of_model SELECT new.model_hash, 0
        WHERE NOT EXISTS (SELECT 1 FROM latents_of_model WHERE model_hash = new.model_hash);
    UPDATE latents_of_model SET latents = latents + 1 WHERE model_hash = new.model_hash"""
_COUNT_OLD = """UPDATE latents_of_model SET latents = latents - 1 WHERE model_hash = old.model_hash;
    DELETE FROM latents_of_model WHERE model_hash = old.model_hash AND latents <= 0"""

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
    # How many latents there are of each model: counted as they come and go, for a million take 0.3 s to look through.
    (
        "CREATE TABLE latents_of_model (model_hash TEXT PRIMARY KEY, latents INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO latents_of_model SELECT model_hash, count(*) FROM latents GROUP BY model_hash",
        f"CREATE TRIGGER latent_came AFTER INSERT ON latents BEGIN {_COUNT_NEW}; END",
        f"CREATE TRIGGER latent_went AFTER DELETE ON latents BEGIN {_COUNT_OLD}; END",
        "CREATE TRIGGER latent_changed AFTER UPDATE OF model_hash ON latents WHEN old.model_hash IS NOT new.model_hash "
        f"BEGIN {_COUNT_OLD}; {_COUNT_NEW}; END",
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
