"""The commands: each imports what it needs, and a problem that a musician can solve is one sentence."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("serve", "demo", "open", "latents", "models", "doctor", "install", "ports", "protocol")
HEAVY = ("numpy", "onnxruntime", "rich", "websockets", "PIL", "rtmidi", "sqlite3")


def modules_after(*arguments: str) -> set[str]:
    """The modules that a command had imported when it ended."""
    program = f"""
import sys
from bridge.__main__ import main
try:
    main({list(arguments)!r})
except SystemExit:
    pass
print(*sorted(sys.modules), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_help_imports_nothing_heavy() -> None:
    found = modules_after("--help")
    assert "bridge.__main__" in found
    assert not found & set(HEAVY)


def test_serving_imports_no_other_commands_modules() -> None:
    found = modules_after("serve", "--help")
    assert "bridge.generator" in found
    assert not {name for name in found if name.startswith(("bridge.doctor", "bridge.install", "bridge.demo"))}
    assert not {"bridge.library.latents_command", "bridge.model_files.models_command"} & found


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_its_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: maisynth {command}" in capsys.readouterr().out


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert all(f"\n    {command} " in told for command in COMMANDS)


def test_a_command_that_is_not_there_is_answered_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["server"])
    assert ended.value.code == 2
    assert "'serve'" in capsys.readouterr().err


def test_a_name_like_a_commands_is_an_argument_as_any(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["latents", "export", str(tmp_path / "out.json"), "serve", "--library", str(tmp_path / "none.sqlite")]
    assert main(given) == 1
    assert "there is no library" in capsys.readouterr().err


def test_a_problem_that_a_musician_can_solve_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--midi-api", "none", "--no-http", "--port", "0", "--library", str(tmp_path / "library.sqlite")]
    assert main(["serve", "--model", str(tmp_path / "none.onnx"), *options]) == 1
    assert capsys.readouterr().err.startswith("maisynth: there is no model file")
    assert main(["serve", "--route", "nonsense", *options]) == 1
    assert capsys.readouterr().err.startswith("maisynth: ")


@pytest.mark.parametrize("enabled", [True, False])
def test_the_search_for_rubbish_goes_on_as_it_was(enabled: bool, capsys: pytest.CaptureFixture[str]) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        assert main(["protocol"]) == 0
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was else gc.disable)()
    assert "/mai/generate" in capsys.readouterr().out
