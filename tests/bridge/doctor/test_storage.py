from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest

from bridge.doctor.finding import Level
from bridge.doctor.storage import data_folder, library
from bridge.library import LatentLibrary, SavedLatent


def save(path: Path, *names: str) -> None:
    with LatentLibrary(path) as opened:
        for name in names:
            opened.save(SavedLatent(name, "0" * 64, np.zeros(4, np.float32), None, 0.0))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_that_can_be_written_to_is_left_as_it_was(tmp_path: Path) -> None:
    found = data_folder(tmp_path / "latents.sqlite")
    assert found.level is Level.OK
    assert found.found.startswith(f"{tmp_path} can be written to; ")
    assert contents(tmp_path) == {}


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = data_folder(tmp_path / "a" / "b" / "latents.sqlite")
    assert found.level is Level.OK
    assert "will be made when the bridge starts" in found.found
    assert not (tmp_path / "a").exists()


def test_a_file_in_the_folders_place_is_bad(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    for path in (tmp_path / "data" / "latents.sqlite", tmp_path / "data" / "deeper" / "latents.sqlite"):
        found = data_folder(path)
        assert found.level is Level.BAD
        assert "--library" in found.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that not even root may write to")
def test_a_folder_that_cannot_be_written_to_is_bad() -> None:
    found = data_folder(Path("/proc/latents.sqlite"))
    assert found.level is Level.BAD
    assert found.found.startswith("/proc cannot be written to: ")


def test_scarce_space_is_a_warning(tmp_path: Path) -> None:
    found = data_folder(tmp_path / "latents.sqlite", free_bytes=lambda _folder: 50_000_000)
    assert found.level is Level.WARN
    assert "50 MB free" in found.found


def test_a_library_that_is_not_there_yet_is_fine(tmp_path: Path) -> None:
    assert library(tmp_path / "latents.sqlite").level is Level.OK
    assert contents(tmp_path) == {}


def test_saved_latents_are_counted_and_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "latents.sqlite"
    save(path, "A", "B")
    before = contents(tmp_path)
    found = library(path)
    assert (found.level, found.found) == (Level.OK, f"{path}: 2 saved latents, undamaged")
    assert contents(tmp_path) == before


def test_what_a_running_bridge_has_just_saved_is_counted_too(tmp_path: Path) -> None:
    path = tmp_path / "latents.sqlite"
    with LatentLibrary(path) as opened:
        opened.save(SavedLatent("A", "0" * 64, np.zeros(4, np.float32), None, 0.0))
        assert (tmp_path / "latents.sqlite-wal").stat().st_size > 0
        assert "1 saved latent," in library(path).found


def test_a_damaged_library_is_bad_and_stays_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "latents.sqlite"
    save(path, "A")
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    before = contents(tmp_path)
    found = library(path)
    assert (found.level, found.found) == (Level.BAD, f"{path} is damaged")
    assert "put a backup in its place" in found.remedy
    assert contents(tmp_path) == before


def test_a_library_of_a_newer_bridge_is_bad(tmp_path: Path) -> None:
    path = tmp_path / "latents.sqlite"
    save(path, "A")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    found = library(path)
    assert found.level is Level.BAD
    assert "its schema version is 99" in found.found


def test_a_folder_in_the_librarys_place_is_bad(tmp_path: Path) -> None:
    found = library(tmp_path)
    assert found.level is Level.BAD
    assert str(tmp_path) in found.found


def test_a_library_that_can_only_be_read_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "latents.sqlite"
    save(path, "A")
    # The answer of a system where this test does not run as root.
    monkeypatch.setattr(os, "access", lambda asked, _mode: asked != path)
    assert library(path).level is Level.BAD
