"""maisynth install live, with folders that only look like a musician's."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.install import asking, live
from bridge.install.live import DEVICE, DEVICE_FOLDER, find_user_library
from bridge.install.shipped import shipped_file


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("OneDrive", "OneDriveConsumer", "OneDriveCommercial"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def library(home: Path) -> Path:
    """Live's User Library, as on a Mac."""
    folder = home / "Music" / "Ableton" / "User Library"
    folder.mkdir(parents=True)
    return folder


def install(*arguments: str) -> int:
    return main(["install", "live", *arguments])


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> list[str]:
    """Somebody sits at the terminal and says this; returns what was asked."""
    asked: list[str] = []

    def say(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr(asking, "ask", say)
    return asked


def test_the_device_goes_where_live_shows_it(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install() == 0
    installed = library / "Presets" / "MIDI Effects" / "Max MIDI Effect" / "MAIsynthesizer.amxd"
    assert installed.read_bytes() == shipped_file("max_for_live", DEVICE).read_bytes()
    told = capsys.readouterr().out
    assert f"installed: {installed}" in told
    assert "drag it onto a MIDI track" in told


def test_a_second_time_nothing_is_changed(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install()
    before = (library / DEVICE_FOLDER / DEVICE).stat().st_mtime_ns
    assert install() == 0
    assert "already there, unchanged" in capsys.readouterr().out
    assert (library / DEVICE_FOLDER / DEVICE).stat().st_mtime_ns == before


@pytest.fixture
def other(library: Path) -> Path:
    """Another file of that name."""
    path = library / DEVICE_FOLDER / DEVICE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    return path


def test_another_file_is_not_replaced(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install() == 1
    assert other.read_bytes() == b"mine"
    assert "nothing was replaced; say --replace" in capsys.readouterr().err
    assert [file.name for file in other.parent.iterdir()] == [DEVICE]


def test_another_file_is_replaced_when_that_is_said(other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install("--replace") == 0
    assert other.read_bytes() != b"mine"
    assert f"replaced: {other}" in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "replaced"), [("y", True), ("Yes", True), ("", False), ("n", False)])
def test_somebody_at_the_terminal_is_asked_first(
    other: Path, monkeypatch: pytest.MonkeyPatch, answer: str, replaced: bool
) -> None:
    asked = answering(monkeypatch, answer)
    assert install() == (0 if replaced else 1)
    assert asked == [f"{other} is another file. Replace it? [y/N] "]
    assert (other.read_bytes() != b"mine") is replaced


def test_a_moved_library_is_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = home / "My Sounds" / "User Library"
    moved.mkdir(parents=True)
    answering(monkeypatch, f"'{moved}'")
    assert install() == 0
    assert (moved / DEVICE_FOLDER / DEVICE).is_file()


@pytest.mark.parametrize("answer", ["", "no/such/folder"])
def test_without_a_library_it_says_where_its_path_stands(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    answering(monkeypatch, answer)
    assert install() == 1
    assert "settings, page Library) with --library FOLDER" in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_a_library_that_is_given_is_taken_and_one_that_is_not_there_is_not_made(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "given"
    assert install("--library", str(given)) == 1
    assert f"there is no folder {given}" in capsys.readouterr().err
    given.mkdir()
    assert install("--library", str(given)) == 0
    assert (given / DEVICE_FOLDER / DEVICE).is_file()
    assert list(library.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "variable"),
    [("Music/Ableton", ""), ("Documents/Ableton", ""), ("Cloud/Documents/Ableton", "OneDrive")],
)
def test_the_usual_places_of_macos_and_windows_are_known(tmp_path: Path, place: str, variable: str) -> None:
    environment = {variable: str(tmp_path / "Cloud")} if variable else {}
    assert find_user_library(tmp_path, environment) is None
    library = tmp_path / place / "User Library"
    library.mkdir(parents=True)
    assert find_user_library(tmp_path, environment) == library


def test_a_folder_that_cannot_be_written_is_an_error_in_words(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (library / "Presets").write_text("a file where a folder should be")
    assert install() == 1
    assert capsys.readouterr().err.startswith("maisynth: ")
    monkeypatch.setattr(live, "DEVICE", "missing.amxd")
    assert install() == 1
    assert "install maisynthesizer anew" in capsys.readouterr().err


def test_a_program_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["install"])
    assert "PROGRAM" in capsys.readouterr().err
