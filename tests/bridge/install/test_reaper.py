"""maisynth install reaper: files, actions and a toolbar, and nothing of the musician's is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.__main__ import main
from bridge.install import reaper
from bridge.install.reaper import BUTTONS, destinations, find_resources, install, resource_folders
from bridge.install.reaper_ini import FLOATING_TOOLBARS, command_id, with_actions, with_toolbar

ACTIONS = Path(__file__).resolve().parents[3] / "reaper"


def closed() -> bool:
    return False


def opened() -> bool:
    return True


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "home/.config/REAPER"),
        ("linux", {"XDG_CONFIG_HOME": "elsewhere"}, "elsewhere/REAPER"),
        ("darwin", {}, "home/Library/Application Support/REAPER"),
        ("win32", {"APPDATA": "roaming"}, "roaming/REAPER"),
        ("win32", {}, "home/AppData/Roaming/REAPER"),
    ],
)
def test_each_system_has_its_resource_path(platform: str, environment: dict[str, str], expected: str) -> None:
    assert list(resource_folders(platform, Path("home"), environment)) == [Path(expected)]


def test_a_folder_that_does_not_exist_is_not_found(tmp_path: Path) -> None:
    assert find_resources("linux", tmp_path, {}) is None
    (tmp_path / ".config" / "REAPER").mkdir(parents=True)
    assert find_resources("linux", tmp_path, {}) == tmp_path / ".config" / "REAPER"


def test_every_script_and_the_effect_arrive_where_reaper_looks(tmp_path: Path) -> None:
    assert install(tmp_path, replace=False, runs=closed) == 0
    for path in ACTIONS.rglob("*.lua"):
        assert (tmp_path / "Scripts/MAIsynthesizer" / path.relative_to(ACTIONS)).read_bytes() == path.read_bytes()
    assert (tmp_path / "Effects/MAIsynthesizer/controls.jsfx").exists()
    assert not list(tmp_path.rglob("*.part"))
    assert not list(tmp_path.rglob("*.py"))


def test_every_action_is_in_the_list_and_the_buttons_are_on_a_toolbar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path, replace=False, runs=closed)
    keymap = (tmp_path / "reaper-kb.ini").read_text().splitlines()
    scripts = sorted(path.name for path in ACTIONS.glob("MAIsynthesizer_*.lua"))
    assert sorted(line.split('"')[3] for line in keymap) == [f"MAIsynthesizer/{name}" for name in scripts]
    menus = (tmp_path / "reaper-menu.ini").read_text().splitlines()
    assert menus[0] == "[Floating toolbar 16]"
    items = [line for line in menus if line.startswith("item_")]
    assert items[0] == f"item_0=_{command_id('MAIsynthesizer/MAIsynthesizer_Generate.lua')} Generate"
    assert [line.split(" ", 1)[1] for line in items] == list(BUTTONS)
    assert "toolbar 16" in capsys.readouterr().out


@pytest.mark.parametrize(
    "label", ["Generate", "Reroll track", "Lock tracks", "Morph", "Save latent", "Live stream", "Panic"]
)
def test_what_a_player_presses_while_the_music_runs_has_a_button(label: str) -> None:
    assert label in BUTTONS
    assert (ACTIONS / f"MAIsynthesizer_{label}.lua").exists()


def test_again_changes_nothing(tmp_path: Path) -> None:
    install(tmp_path, replace=False, runs=closed)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert install(tmp_path, replace=False, runs=closed) == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_another_file_is_replaced_only_when_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, replace=False, runs=closed)
    mine = tmp_path / "Scripts/MAIsynthesizer/protocol.lua"
    mine.write_text("-- mine")
    (tmp_path / "Scripts/MAIsynthesizer/band/menu.lua").unlink()
    monkeypatch.setattr(reaper, "says_yes", lambda _question: False)
    assert install(tmp_path, replace=False, runs=closed) == 1
    assert "say --replace" in capsys.readouterr().err
    assert mine.read_text() == "-- mine"
    assert not (tmp_path / "Scripts/MAIsynthesizer/band/menu.lua").exists(), "nothing at all was changed"
    monkeypatch.setattr(reaper, "says_yes", lambda _question: True)
    assert install(tmp_path, replace=False, runs=closed) == 0
    assert mine.read_bytes() == (ACTIONS / "protocol.lua").read_bytes()


def test_a_reaper_that_is_open_gets_the_files_and_no_toolbar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reaper-kb.ini").write_text("KEY 1 65 40001 0\n")
    assert install(tmp_path, replace=False, runs=opened) == 1
    assert "quit it" in capsys.readouterr().err
    assert (tmp_path / "reaper-kb.ini").read_text() == "KEY 1 65 40001 0\n"
    assert not (tmp_path / "reaper-menu.ini").exists()
    assert all(path.exists() for _, path in destinations(tmp_path))


def test_what_the_musician_has_in_these_files_stays_byte_for_byte_and_is_kept_beside_them(tmp_path: Path) -> None:
    own = b'KEY 9 65 _RSabc 0\r\nSCR 4 0 RSabc "Custom: caf\xe9.lua" caf\xe9.lua'  # no line end, an older encoding
    (tmp_path / "reaper-kb.ini").write_bytes(own)
    install(tmp_path, replace=False, runs=closed)
    written = (tmp_path / "reaper-kb.ini").read_bytes()
    assert written.startswith(own + b"\r\nSCR 4 0 RS")
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert (tmp_path / "reaper-kb.ini.before-MAIsynthesizer").read_bytes() == own


def test_an_action_that_was_loaded_by_hand_keeps_its_id_in_either_way_of_writing_paths() -> None:
    keymap = 'SCR 4 0 RS7d3c "Custom: b.lua" "a\\b.lua"\nSCR 4 0 RS99_f "Custom: c.lua" a/c.lua\n'
    text, ids = with_actions(keymap, ["a/b.lua", "a/c.lua"])
    assert text == keymap
    assert ids == {"a/b.lua": "RS7d3c", "a/c.lua": "RS99_f"}


def test_a_toolbar_of_the_musicians_own_is_never_touched() -> None:
    taken = "".join(f"[Floating toolbar {number}]\nitem_0=40001 Mine\n" for number in (16, 15, 13))
    text, number = with_toolbar(taken, "Band", {"RSa": "Generate", "RSb": "Panic"})
    assert number == 14
    assert text.startswith(taken)
    assert with_toolbar(text, "Band", {"RSa": "Generate", "RSb": "Panic"}) == (text, 14)
    full = "".join(f"[Floating toolbar {number}]\n" for number in range(1, FLOATING_TOOLBARS + 1))
    assert with_toolbar(full, "Band", {"RSa": "Generate"}) == (full, None)


def test_a_folder_that_is_not_there_is_said_with_where_reaper_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install", "reaper", "--resources", str(tmp_path / "none")]) == 1
    told = capsys.readouterr().err
    assert "Show REAPER resource path" in told
    assert "--resources FOLDER" in told


def test_the_command_installs_into_the_folder_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper, "reaper_runs", closed)
    assert main(["install", "reaper", "--resources", str(tmp_path)]) == 0
    assert (tmp_path / "Scripts/MAIsynthesizer/MAIsynthesizer_Generate.lua").exists()


def test_a_system_that_cannot_tell_what_runs_is_taken_for_one_without_reaper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper, "_RUNNING", {"linux": ("no-such-program-here",)})
    assert not reaper.reaper_runs()
    monkeypatch.setattr(reaper, "_RUNNING", dict.fromkeys(("linux", "darwin", "win32"), ("echo", "4711 REAPER")))
    assert reaper.reaper_runs()
