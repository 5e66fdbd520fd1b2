"""What opening does with a file that is damaged, foreign, locked or not there."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bridge.library import LatentLibrary, Library, StorageError, sqlite_file
from tests.bridge.library.examples import a_latent, an_entry

RUNS_AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.mark.parametrize("contents", [b"not a database at all", b"\xff" * 5000, b"SQLite format 3\0" + b"\x5a" * 4080])
def test_a_damaged_file_is_moved_aside_and_never_deleted(path: Path, contents: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(contents)
    with LatentLibrary(path) as library:
        assert library.notice is not None
        assert f"{path.name}.damaged-1" in library.notice
        assert library.names() == []
        library.save(a_latent("verse"))
    assert path.with_name(f"{path.name}.damaged-1").read_bytes() == contents
    with LatentLibrary(path) as library:
        assert library.notice is None
        assert library.names() == ["verse"]


def test_a_library_with_a_torn_page_is_moved_aside(path: Path) -> None:
    with LatentLibrary(path) as library:
        for n in range(200):
            library.save(a_latent(f"take {n}", seed=n))
    whole = path.read_bytes()
    torn = whole[:8192] + b"\xa5" * 4096 + whole[12288:]
    path.write_bytes(torn)
    with LatentLibrary(path) as library:
        assert library.notice is not None
        assert library.names() == []
    assert path.with_name(f"{path.name}.damaged-1").read_bytes() == torn


def a_torn_library(path: Path, table: str) -> bytes:
    """A library of 200 latents and a history, whose table has lost a page; returns the file's bytes."""
    with Library(path) as library:
        library.latents.save_all([a_latent(f"take {n}", seed=n) for n in range(200)])
        for n in range(200):
            library.history.push(an_entry(n, size=100))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno"
        try:
            pages = [page for (page,) in connection.execute(query, (table,))]
        except sqlite3.OperationalError:
            pytest.skip("this SQLite does not tell which page is whose")
    at = 4096 * (pages[len(pages) // 2] - 1)
    whole = path.read_bytes()
    torn = whole[:at] + b"\xa5" * 4096 + whole[at + 4096 :]
    path.write_bytes(torn)
    return torn


def test_of_a_large_library_the_start_reads_what_it_needs_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_torn_library(path, "latents")
    monkeypatch.setattr(sqlite_file, "WHOLE_CHECK_BYTES", 0)
    with LatentLibrary(path) as library:
        assert library.notice is None
        assert library.count() == 200


def test_a_large_library_whose_history_is_torn_is_moved_aside_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = a_torn_library(path, "history")
    monkeypatch.setattr(sqlite_file, "WHOLE_CHECK_BYTES", 0)
    with LatentLibrary(path) as library:
        assert library.notice is not None
    assert path.with_name(f"{path.name}.damaged-1").read_bytes() == torn


def test_a_large_library_found_damaged_in_use_is_read_whole_at_the_next_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = a_torn_library(path, "latents")
    monkeypatch.setattr(sqlite_file, "WHOLE_CHECK_BYTES", 0)
    with LatentLibrary(path) as library, pytest.raises(StorageError, match="start the bridge again"):
        [library.get(f"take {n}") for n in range(200)]
    with LatentLibrary(path) as library:
        assert library.notice is not None
        assert library.names() == []
    assert path.with_name(f"{path.name}.damaged-1").read_bytes() == torn
    with LatentLibrary(path) as library:
        assert library.notice is None
    assert not path.with_name(f"{path.name}.check").exists()


def test_a_second_damaged_file_does_not_overwrite_the_first(path: Path) -> None:
    path.parent.mkdir()
    for n in (1, 2):
        path.write_bytes(b"damaged %d" % n)
        with LatentLibrary(path) as library:
            assert library.notice is not None
            assert f".damaged-{n}" in library.notice
    assert path.with_name(f"{path.name}.damaged-1").read_bytes() == b"damaged 1"
    assert path.with_name(f"{path.name}.damaged-2").read_bytes() == b"damaged 2"


def test_the_log_of_a_damaged_file_goes_with_it(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"damaged")
    path.with_name(path.name + "-wal").write_bytes(b"the log")
    with LatentLibrary(path) as library:
        library.save(a_latent("verse"))
    assert path.with_name(f"{path.name}.damaged-1-wal").read_bytes() == b"the log"
    with LatentLibrary(path) as library:
        assert library.names() == ["verse"]


def test_a_file_of_a_newer_bridge_is_refused_and_left_alone(path: Path) -> None:
    LatentLibrary(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="schema version is 7, this bridge reads 3"):
        LatentLibrary(path)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.damaged-*"))


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    with pytest.raises(StorageError, match="name another library file"):
        LatentLibrary(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]
    connection.close()


def test_a_path_that_is_a_folder_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="check that it is a file") as caught:
        LatentLibrary(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_folder_that_is_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match="check that its folder exists"):
        LatentLibrary(tmp_path / "data" / "library.sqlite")


@pytest.mark.skipif(RUNS_AS_ROOT, reason="root may write into a read-only folder")
def test_a_read_only_folder_is_a_storage_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageError, match=r"library\.sqlite"):
            LatentLibrary(tmp_path / "library.sqlite")
    finally:
        tmp_path.chmod(0o700)


def test_a_locked_file_is_not_taken_for_a_damaged_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "LOCK_TIMEOUT_SECONDS", 0.05)
    LatentLibrary(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="another program"):
        LatentLibrary(path)
    other.close()
    assert not list(path.parent.glob("*.damaged-*"))


def test_a_library_that_must_be_there_is_not_made(path: Path) -> None:
    with pytest.raises(StorageError, match="there is no library"):
        LatentLibrary.of_existing(path)
    assert not path.parent.exists()


def test_a_library_that_must_be_whole_is_not_moved(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all")
    with pytest.raises(StorageError, match="it is damaged"):
        LatentLibrary.of_existing(path)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == b"not a database at all"


def test_a_path_with_signs_of_an_address_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "50% of #1? yes&no=ü" / "a b.sqlite"
    with LatentLibrary(path) as library:
        library.save(a_latent("verse"))
    with LatentLibrary.of_existing(path) as library:
        assert library.names() == ["verse"]
    assert path.is_file()
