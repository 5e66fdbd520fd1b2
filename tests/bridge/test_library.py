"""The latent library: what was acknowledged stays, whatever happens to the process, the file or the disk."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from bridge import library as library_module
from bridge.library import (
    MAX_NAME_LENGTH,
    LatentExists,
    LatentLibrary,
    SavedLatent,
    StorageError,
    UnknownLatent,
    check_name,
)
from bridge.pianoroll import Roll

REPOSITORY = Path(__file__).resolve().parents[2]
RUNS_AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def a_latent(name: str, seed: int = 0, roll: Roll | None = None) -> SavedLatent:
    values = np.random.default_rng(seed).standard_normal(128).astype(np.float32)
    return SavedLatent(name, "ab" * 32, values, roll, 1_700_000_000.25)


def assert_same(heard: SavedLatent, saved: SavedLatent) -> None:
    assert (heard.name, heard.model_hash, heard.saved_at) == (saved.name, saved.model_hash, saved.saved_at)
    assert heard.values.dtype == np.float32
    assert heard.values.tobytes() == saved.values.tobytes()
    if heard.roll is None or saved.roll is None:
        assert heard.roll is saved.roll
    else:
        assert heard.roll.dtype == np.bool_
        np.testing.assert_array_equal(heard.roll, saved.roll)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "library.sqlite"


@pytest.fixture
def library(path: Path) -> Iterator[LatentLibrary]:
    with LatentLibrary(path) as opened:
        yield opened


def test_a_saved_latent_is_heard_again_after_closing(path: Path) -> None:
    roll = np.random.default_rng(1).random((4, 5, 16, 72)) < 0.1
    with LatentLibrary(path) as library:
        assert library.notice is None
        library.save(a_latent("verse", roll=roll))
        library.save(a_latent("no roll", seed=2))
    with LatentLibrary(path) as library:
        assert library.notice is None
        assert_same(library.get("verse"), a_latent("verse", roll=roll))
        assert_same(library.get("no roll"), a_latent("no roll", seed=2))


@given(
    values=arrays(np.float32, array_shapes(max_dims=1, max_side=40)),
    roll=st.none() | arrays(np.bool_, array_shapes(min_dims=4, max_dims=4, max_side=5)),
    saved_at=st.floats(0, 4e9),
)
@settings(max_examples=60, deadline=None)
def test_values_and_roll_of_any_shape_come_back_bit_for_bit(
    values: np.ndarray[tuple[int], np.dtype[np.float32]], roll: Roll | None, saved_at: float
) -> None:
    latent = SavedLatent("any", "hash", values, roll, saved_at)
    with LatentLibrary.in_memory() as library:
        library.save(latent)
        assert_same(library.get("any"), latent)


def test_arrays_that_are_views_are_saved_as_they_look(library: LatentLibrary) -> None:
    values = np.arange(20, dtype=np.float32)[::-2]
    roll = (np.arange(4 * 3 * 2 * 5).reshape(4, 3, 2, 5) % 7 == 0).transpose(0, 1, 3, 2)
    latent = SavedLatent("view", "hash", values, roll, 0.0)
    library.save(latent)
    assert_same(library.get("view"), latent)


def test_what_get_returns_may_be_changed_without_changing_the_library(library: LatentLibrary) -> None:
    library.save(a_latent("verse", roll=np.ones((1, 1, 2, 3), dtype=np.bool_)))
    heard = library.get("verse")
    heard.values[:] = 0
    assert heard.roll is not None
    heard.roll[:] = False
    assert_same(library.get("verse"), a_latent("verse", roll=np.ones((1, 1, 2, 3), dtype=np.bool_)))


def test_arrays_of_other_dimensions_are_refused_with_their_shapes(library: LatentLibrary) -> None:
    flat_roll = np.zeros((16, 72), dtype=np.bool_)
    with pytest.raises(ValueError, match=r"\(16, 72\)"):
        library.save(a_latent("verse", roll=flat_roll))
    with pytest.raises(ValueError, match=r"\(2, 64\)"):
        library.save(SavedLatent("verse", "hash", np.zeros((2, 64), dtype=np.float32), None, 0.0))
    assert library.names() == []


def test_saving_under_a_name_again_replaces_the_latent(library: LatentLibrary) -> None:
    library.save(a_latent("verse", seed=1, roll=np.ones((1, 1, 2, 3), dtype=np.bool_)))
    library.save(a_latent("verse", seed=2))
    assert library.names() == ["verse"]
    assert_same(library.get("verse"), a_latent("verse", seed=2))


def test_names_come_sorted(library: LatentLibrary) -> None:
    for name in ("verse", "Bridge", "chorus", "ähnlich", "🎸"):
        library.save(a_latent(name))
    assert library.names() == ["Bridge", "chorus", "verse", "ähnlich", "🎸"]


def test_a_deleted_latent_is_gone_and_the_others_stay(library: LatentLibrary) -> None:
    library.save(a_latent("verse"))
    library.save(a_latent("chorus"))
    library.delete("verse")
    assert library.names() == ["chorus"]
    with pytest.raises(UnknownLatent):
        library.delete("verse")


def test_a_renamed_latent_keeps_its_contents(library: LatentLibrary) -> None:
    library.save(a_latent("verse", seed=3))
    library.rename("verse", "verse 2")
    assert library.names() == ["verse 2"]
    assert_same(library.get("verse 2"), a_latent("verse 2", seed=3))


def test_a_rename_to_a_taken_name_changes_nothing(library: LatentLibrary) -> None:
    library.save(a_latent("verse", seed=1))
    library.save(a_latent("chorus", seed=2))
    with pytest.raises(LatentExists, match="'verse' cannot become 'chorus'"):
        library.rename("verse", "chorus")
    assert_same(library.get("verse"), a_latent("verse", seed=1))
    assert_same(library.get("chorus"), a_latent("chorus", seed=2))


def test_a_rename_to_its_own_name_is_no_conflict(library: LatentLibrary) -> None:
    library.save(a_latent("verse"))
    library.rename("verse", "verse")
    assert library.names() == ["verse"]


def test_a_rename_of_an_unknown_latent_is_unknown_even_to_a_taken_name(library: LatentLibrary) -> None:
    library.save(a_latent("chorus"))
    for new in ("verse", "chorus"):
        with pytest.raises(UnknownLatent):
            library.rename("missing", new)
    assert library.names() == ["chorus"]


def test_an_unknown_name_is_answered_with_the_nearest_ones(library: LatentLibrary) -> None:
    for name in ("Verse one", "verse two", "drum solo"):
        library.save(a_latent(name))
    with pytest.raises(UnknownLatent) as caught:
        library.get("VERSE ON")
    message = str(caught.value)
    assert message.startswith("no latent is named 'VERSE ON'; the nearest: 'Verse one'")
    assert "drum solo" not in message
    with pytest.raises(KeyError, match="nor anything near it; 3 have other names"):
        library.get("xyz")


def test_an_unknown_name_in_an_empty_library_says_that_nothing_is_saved(library: LatentLibrary) -> None:
    with pytest.raises(UnknownLatent, match="none has been saved yet"):
        library.get("verse")


PRINTABLE_NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=MAX_NAME_LENGTH
)


@given(names=st.lists(PRINTABLE_NAMES, unique=True, max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_printable_name_is_just_a_name(names: list[str]) -> None:
    with LatentLibrary.in_memory() as library:
        for seed, name in enumerate(names):
            library.save(a_latent(name, seed))
        assert library.names() == sorted(names)
        for seed, name in enumerate(names):
            assert_same(library.get(name), a_latent(name, seed))


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a/b\\c", 'it\'s "quoted"', "'; DROP TABLE latents; --", "👩🏽‍🎤", " ", "%_*?", "x" * 200],
)
def test_slashes_quotes_and_emoji_are_letters_like_others(library: LatentLibrary, name: str) -> None:
    library.save(a_latent(name))
    library.save(a_latent("other"))
    assert_same(library.get(name), a_latent(name))
    library.rename(name, "plain")
    assert library.names() == ["other", "plain"]


@pytest.mark.parametrize("name", ["", "x" * 201, "a\0b", "a\nb", "\x7f", "\x85", "\u2028", "\ud800"])
def test_control_characters_and_overlong_names_are_refused_everywhere(library: LatentLibrary, name: str) -> None:
    library.save(a_latent("verse"))
    with pytest.raises(ValueError, match="the name"):
        check_name(name)
    with pytest.raises(ValueError, match="the name"):
        library.save(a_latent(name))
    with pytest.raises(ValueError, match="the name"):
        library.get(name)
    with pytest.raises(ValueError, match="the name"):
        library.delete(name)
    with pytest.raises(ValueError, match="the name"):
        library.rename("verse", name)
    assert library.names() == ["verse"]


SAVE_FOR_EVER = """
import sys, pathlib, numpy as np
from bridge.library import LatentLibrary, SavedLatent
library = LatentLibrary(pathlib.Path(sys.argv[1]))
for n in range(100_000):
    roll = np.full((4, 5, 16, 72), n % 2 == 1)
    library.save(SavedLatent(f"take {n:05}", "hash", np.full(128, n, dtype=np.float32), roll, float(n)))
    print(n, flush=True)
"""


def test_a_killed_process_loses_no_acknowledged_save(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SAVE_FOR_EVER, str(path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(40)]
        process.kill()  # SIGKILL: no handler, no clean-up
        acknowledged += [int(line) for line in process.stdout.read().splitlines()]
    assert process.returncode != 0
    with LatentLibrary(path) as library:
        assert library.notice is None
        kept = library.names()
        # At most the one save in flight when the kill came is there beyond those acknowledged.
        assert kept[: len(acknowledged)] == [f"take {n:05}" for n in acknowledged]
        assert len(kept) <= len(acknowledged) + 1
        for n in acknowledged:
            latent = library.get(f"take {n:05}")
            assert latent.roll is not None
            assert (latent.values == n).all()
            assert (latent.roll == (n % 2 == 1)).all()


def test_a_second_reader_sees_a_save_at_once(library: LatentLibrary, path: Path) -> None:
    library.save(a_latent("verse"))
    with LatentLibrary(path) as other:
        assert other.names() == ["verse"]


def test_the_file_is_written_ahead_and_synced_in_full(library: LatentLibrary, path: Path) -> None:
    library.save(a_latent("verse"))
    assert path.with_name(path.name + "-wal").stat().st_size > 0
    assert library._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


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


def test_a_file_of_a_newer_bridge_is_refused_and_left_alone(path: Path) -> None:
    LatentLibrary(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="schema version is 7, this bridge reads 1"):
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
    monkeypatch.setattr(library_module, "LOCK_TIMEOUT_SECONDS", 0.05)
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


def test_a_locked_file_is_not_taken_for_a_damaged_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_module, "LOCK_TIMEOUT_SECONDS", 0.05)
    LatentLibrary(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="another program"):
        LatentLibrary(path)
    other.close()
    assert not list(path.parent.glob("*.damaged-*"))


def test_closing_twice_is_harmless(path: Path) -> None:
    library = LatentLibrary(path)
    library.close()
    library.close()
