"""Copying into folders of other programs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.install.placing import FileTaken, Placed, place


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"new")
    return path


def test_the_folder_is_made_and_the_file_is_whole(tmp_path: Path, source: Path) -> None:
    destination = tmp_path / "a" / "b" / "copy"
    assert place(source, destination) is Placed.NEW
    assert destination.read_bytes() == b"new"
    assert place(source, destination) is Placed.SAME


def test_another_file_stays_until_it_may_go(tmp_path: Path, source: Path) -> None:
    destination = tmp_path / "copy"
    destination.write_bytes(b"old")
    with pytest.raises(FileTaken, match="nothing was replaced"):
        place(source, destination)
    assert destination.read_bytes() == b"old"
    assert place(source, destination, replace=True) is Placed.REPLACED
    assert destination.read_bytes() == b"new"


def test_a_copy_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_source: Path, part: Path) -> None:
        part.write_bytes(b"ne")
        raise OSError("the disk is full")

    destination = tmp_path / "folder" / "copy"
    place(source, destination)
    source.write_bytes(b"newer")
    monkeypatch.setattr(shutil, "copyfile", fail)
    with pytest.raises(OSError, match="full"):
        place(source, destination, replace=True)
    assert [(file.name, file.read_bytes()) for file in destination.parent.iterdir()] == [("copy", b"new")]
