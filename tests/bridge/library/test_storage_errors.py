"""What fails while the library is open is told, and what was saved stays."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from bridge.library import LatentLibrary, StorageError, sqlite_file
from tests.bridge.library.examples import a_latent, assert_same


def test_a_damaged_entry_is_reported_and_the_others_play(library: LatentLibrary, path: Path) -> None:
    library.save(a_latent("whole"))
    for name in ("short values", "short roll", "wrong shape"):
        library.save(a_latent(name, roll=np.ones((2, 2, 4, 8), dtype=np.bool_)))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE latents SET latent = x'0102' WHERE name = 'short values'")
        connection.execute("UPDATE latents SET roll = x'0102' WHERE name = 'short roll'")
        connection.execute("UPDATE latents SET roll_shape = '[3]' WHERE name = 'wrong shape'")
    connection.close()
    for name in ("short values", "short roll", "wrong shape"):
        with pytest.raises(StorageError, match=f"the entry '{name}' is damaged"):
            library.get(name)
    assert_same(library.get("whole"), a_latent("whole"))


def test_a_file_that_may_not_be_written_is_a_storage_error(library: LatentLibrary, path: Path) -> None:
    library.save(a_latent("verse"))
    library._connection.execute("PRAGMA query_only = ON")  # SQLite then refuses as it does for a read-only file
    with pytest.raises(StorageError, match="check the permissions") as caught:
        library.save(a_latent("chorus"))
    assert str(path) in str(caught.value)
    assert library.names() == ["verse"]


def test_a_full_disk_is_a_storage_error_and_keeps_what_was_saved(library: LatentLibrary) -> None:
    library.save(a_latent("verse"))
    library._connection.execute("PRAGMA max_page_count = 4")  # SQLite then reports a full disk
    with pytest.raises(StorageError, match="free some space"):
        library.save(a_latent("chorus", roll=np.ones((8, 5, 64, 84), dtype=np.bool_)))
    assert library.names() == ["verse"]
    assert_same(library.get("verse"), a_latent("verse"))


def test_a_file_that_another_program_holds_is_a_storage_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "LOCK_TIMEOUT_SECONDS", 0.05)
    with LatentLibrary(path) as library:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another program is writing"):
            library.save(a_latent("verse"))
        assert library.names() == []  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        library.save(a_latent("verse"))
        assert library.names() == ["verse"]


def test_the_file_is_written_ahead_and_synced_in_full(library: LatentLibrary, path: Path) -> None:
    library.save(a_latent("verse"))
    assert path.with_name(path.name + "-wal").stat().st_size > 0
    assert library._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
