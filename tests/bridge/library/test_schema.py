"""A library of an older bridge opens with all that is in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bridge.library import SCHEMA_VERSION, LatentLibrary, Library, SavedLatent, StorageError, schema, sqlite_file
from tests.bridge.library.examples import a_latent, a_picture, an_entry, assert_same, number_of

VERSION_1 = Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8")


@pytest.fixture
def old_path(path: Path) -> Path:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(VERSION_1)
    return path


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def what_version_1_saved() -> list[SavedLatent]:
    """The latents that the file was made with, by the code of that time."""
    saved = []
    for n, name in enumerate(("verse", 'it\'s a "chorus"', "🎸 solo")):
        values = (np.arange(6, dtype=np.float32) - 2.5) * np.float32(0.1 + n)
        roll = None if n == 1 else np.arange(2 * 2 * 4 * 6).reshape(2, 2, 4, 6) % (5 + n) == 0
        saved.append(SavedLatent(name, f"{n:x}" * 64, values, roll, 1_700_000_000.25 + n))
    return saved


def test_a_library_of_version_1_opens_with_all_its_latents(old_path: Path) -> None:
    assert version_of(old_path) == 1
    with LatentLibrary(old_path) as library:
        assert library.notice is None
        assert library.count() == 3
        for latent in what_version_1_saved():
            assert_same(library.get(latent.name), latent)
    assert version_of(old_path) == SCHEMA_VERSION


def test_a_library_of_version_1_takes_up_what_is_new(old_path: Path) -> None:
    with Library(old_path) as library:
        library.latents.save(a_latent("new", picture=a_picture()))
        library.history.push(an_entry(1))
        library.settings.save("threshold", 0.25)
    with Library(old_path) as library:
        assert_same(library.latents.get("new"), a_latent("new", picture=a_picture()))
        assert library.latents.count() == 4
        assert number_of(library.history.current) == 1
        assert library.settings.load() == {"threshold": 0.25}


def test_what_an_older_library_holds_is_counted(old_path: Path) -> None:
    with LatentLibrary(old_path) as library:
        assert library.count() == 3
        assert [library.knows_model(f"{n:x}" * 64) for n in range(4)] == [True, True, True, False]
        library.delete("verse")
        assert not library.knows_model("0" * 64)
        assert library.count() == 2


def test_a_migration_that_fails_changes_nothing(old_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = schema._STEPS
    monkeypatch.setattr(schema, "_STEPS", (*whole[:-1], (*whole[-1], "INSERT INTO no_such_table VALUES (1)")))
    with pytest.raises(StorageError):
        LatentLibrary(old_path)
    assert version_of(old_path) == 1
    monkeypatch.setattr(schema, "_STEPS", whole)
    with LatentLibrary(old_path) as library:
        assert library.names() == sorted(latent.name for latent in what_version_1_saved())


def test_two_bridges_may_bring_a_library_to_this_version(old_path: Path) -> None:
    with LatentLibrary(old_path) as one, LatentLibrary(old_path) as other:
        one.save(a_latent("new"))
        assert other.count() == 4


def test_a_version_1_library_that_another_program_holds_stays_as_it_is(
    old_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "LOCK_TIMEOUT_SECONDS", 0.05)
    with closing(sqlite3.connect(old_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another program is writing"):
            LatentLibrary(old_path)
        other.execute("ROLLBACK")
    assert version_of(old_path) == 1


def test_a_migrated_library_has_the_tables_of_a_new_one(old_path: Path, tmp_path: Path) -> None:
    LatentLibrary(old_path).close()
    LatentLibrary(tmp_path / "new.sqlite").close()
    columns = []
    for file in (old_path, tmp_path / "new.sqlite"):
        with closing(sqlite3.connect(file)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master ORDER BY name")]
            columns.append({name: connection.execute(f"PRAGMA table_info('{name}')").fetchall() for name in tables})
    assert columns[0] == columns[1]
    assert {"latents", "history", "history_cursor", "settings"} <= set(columns[0])
