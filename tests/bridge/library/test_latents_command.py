"""maisynth latents: list, export, import, while a bridge runs or not."""

from __future__ import annotations

import argparse
import io
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bridge.__main__ import main
from bridge.library import LatentLibrary, Library, SavedLatent, StorageError, latents_command, sqlite_file
from tests.bridge.library.examples import a_latent, a_picture, a_roll, an_entry, assert_same


def latents(path: Path, action: str, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    latents_command.add_arguments(parser)
    return latents_command.run(parser.parse_args([action, *arguments, "--library", str(path)]))


@pytest.fixture
def filled(path: Path) -> Path:
    """A library with a verse and a chorus."""
    with LatentLibrary(path) as library:
        library.save(a_latent("verse", seed=1, roll=a_roll(), picture=a_picture()))
        library.save(a_latent("chorus", seed=2))
    return path


def test_the_list_has_a_line_a_latent(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert latents(filled, "list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "2023-11-14T22:13:20Z  abababababab  chorus",
        "2023-11-14T22:13:20Z  abababababab  verse",
    ]


def test_a_date_of_no_calendar_is_listed_too(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with LatentLibrary(path) as library:
        library.save(SavedLatent("verse", "h", np.zeros(1, dtype=np.float32), None, 1e300))
    assert latents(path, "list") == 0
    assert capsys.readouterr().out == "unknown date          h             verse\n"


def test_a_terminal_without_the_letters_shows_them_with_backslashes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LatentLibrary(path) as library:
        library.save(a_latent("solo 🎸"))
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="ascii"))
    assert latents(path, "list") == 0
    sys.stdout.flush()
    assert shown.getvalue().split(b"  ")[-1].strip() == b"solo \\U0001f3b8"


def test_latents_move_to_another_machine(filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, there = tmp_path / "latents.json", tmp_path / "there" / "library.sqlite"
    assert latents(filled, "export", str(file)) == 0
    assert latents(there, "import", str(file)) == 0
    assert capsys.readouterr().err == f"exported 2 latents to {file}\nimported 2 latents\n"
    with LatentLibrary(there) as library:
        assert_same(library.get("verse"), a_latent("verse", seed=1, roll=a_roll(), picture=a_picture()))
        assert_same(library.get("chorus"), a_latent("chorus", seed=2))
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".part"] == []


def test_latents_are_exported_by_name(filled: Path, tmp_path: Path) -> None:
    file = tmp_path / "latents.json"
    assert latents(filled, "export", str(file), "verse", "verse") == 0
    assert [one["name"] for one in json.loads(file.read_bytes())["latents"]] == ["verse"]


def test_an_unknown_name_leaves_the_file_as_it_was(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "latents.json"
    file.write_text("an earlier export")
    assert latents(filled, "export", str(file), "chorus", "vers") == 1
    assert "no latent is named 'vers'; the nearest: 'verse'" in capsys.readouterr().err
    assert {one.name for one in tmp_path.iterdir()} == {"data", "latents.json"}
    assert file.read_text() == "an earlier export"


def test_latents_go_through_a_pipe(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, encoding="ascii"))
    assert latents(filled, "export", "-") == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pipe.getvalue())))
    assert latents(tmp_path / "there.sqlite", "import", "-") == 0
    with LatentLibrary(tmp_path / "there.sqlite") as library:
        assert library.names() == ["chorus", "verse"]


@pytest.fixture
def export(tmp_path: Path) -> str:
    """An export of another verse and a bridge."""
    with LatentLibrary(tmp_path / "other.sqlite") as library:
        library.save(a_latent("verse", seed=9))
        library.save(a_latent("bridge", seed=9))
    latents(tmp_path / "other.sqlite", "export", str(tmp_path / "other.json"))
    return str(tmp_path / "other.json")


def test_names_that_are_taken_are_refused_by_name_and_nothing_is_imported(
    filled: Path, export: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert latents(filled, "import", export) == 1
    assert capsys.readouterr().err == (
        "maisynth: the library already has 'verse': nothing was imported; say --replace or --keep\n"
    )
    with LatentLibrary(filled) as library:
        assert library.names() == ["chorus", "verse"]


@pytest.mark.parametrize(
    ("option", "seed_heard", "said"),
    [("--replace", 9, "imported 2 latents (1 replaced)"), ("--keep", 1, "imported 1 latent (1 left out)")],
)
def test_names_that_are_taken_are_replaced_or_kept(
    filled: Path, export: str, capsys: pytest.CaptureFixture[str], option: str, seed_heard: int, said: str
) -> None:
    capsys.readouterr()
    assert latents(filled, "import", export, option) == 0
    assert capsys.readouterr().err == f"{said}\n"
    with LatentLibrary(filled) as library:
        assert library.names() == ["bridge", "chorus", "verse"]
        np.testing.assert_array_equal(library.get("verse").values, a_latent("verse", seed=seed_heard).values)


def test_a_bad_file_imports_nothing(
    filled: Path, export: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(Path(export).read_bytes())
    document["latents"][1]["values"] = "AAAA"
    (tmp_path / "bad.json").write_text(json.dumps(document))
    assert latents(filled, "import", str(tmp_path / "bad.json"), "--replace") == 1
    assert "maisynth: 'verse': values are 3 bytes" in capsys.readouterr().err
    with LatentLibrary(filled) as library:
        assert library.names() == ["chorus", "verse"]
        assert_same(library.get("verse"), a_latent("verse", seed=1, roll=a_roll(), picture=a_picture()))


def test_a_damaged_latent_is_left_out_of_the_export_and_told(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(filled)) as connection, connection:
        connection.execute("UPDATE latents SET latent = x'01' WHERE name = 'verse'")
    assert latents(filled, "export", str(tmp_path / "latents.json")) == 1
    assert "left out: " in (said := capsys.readouterr().err)
    assert "the entry 'verse' is damaged" in said
    assert "exported 1 latent to" in said


def test_all_of_it_works_while_a_bridge_runs(filled: Path, export: str, tmp_path: Path) -> None:
    with Library(filled) as bridge:
        bridge.history.push(an_entry(1))
        assert latents(filled, "list") == 0
        assert latents(filled, "export", str(tmp_path / "latents.json")) == 0
        assert latents(filled, "import", export, "--keep") == 0
        assert bridge.latents.names() == ["bridge", "chorus", "verse"]
        assert bridge.latents.count() == 3
        bridge.latents.save(a_latent("outro"))
    assert not bridge.writing.behind
    assert bridge.writing.errors == 0


def test_a_locked_library_is_told_and_can_still_be_read(
    filled: Path, export: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sqlite_file, "LOCK_TIMEOUT_SECONDS", 0.02)
    with closing(sqlite3.connect(filled, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another program is writing to it"):
            latents(filled, "import", export, "--replace")
        assert latents(filled, "export", str(tmp_path / "latents.json")) == 0


def test_a_library_that_is_not_there_is_told_and_not_made(path: Path, tmp_path: Path) -> None:
    for action in (["list"], ["export", str(tmp_path / "latents.json")]):
        with pytest.raises(StorageError, match="there is no library"):
            latents(path, *action)
    with pytest.raises(FileNotFoundError):
        latents(path, "import", str(tmp_path / "missing.json"))
    assert list(tmp_path.iterdir()) == []


def test_the_bridges_command_line_has_it(
    filled: Path, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["latents", "list", "--library", str(filled)]) == 0
    assert "verse" in capsys.readouterr().out
    assert main(["latents", "list", "--library", str(tmp_path / "missing.sqlite")]) == 1
    assert "maisynth: " in (said := capsys.readouterr().err)
    assert "there is no library" in said
    with pytest.raises(SystemExit):
        main(["latents", "import", "file.json", "--keep", "--replace", "--library", str(path)])
