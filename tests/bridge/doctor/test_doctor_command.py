from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bridge import __version__
from bridge.__main__ import main
from bridge.doctor.checks import Check, all_checks, run_checks
from bridge.doctor.doctor_command import examine, exit_status, findings_json, findings_table
from bridge.doctor.finding import Finding, Level
from bridge.engine.settings import BridgeSettings


@pytest.fixture
def settings(tiny_model: Path, tmp_path: Path) -> BridgeSettings:
    return BridgeSettings(tiny_model, tmp_path / "l.sqlite", port=0, http_port=None, provider="cpu", midi_api="none")


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_machine_that_is_well_ends_with_status_0(settings: BridgeSettings, tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=160)
    assert examine(settings, tmp_path, False, console) == 0
    for name in all_checks(settings, tmp_path):
        assert name in printed(console)


def test_a_bad_model_ends_with_status_1_and_json_says_why(settings: BridgeSettings, tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_text("nonsense")
    console = Console(file=io.StringIO(), width=40)
    assert examine(replace(settings, model=tmp_path / "broken.onnx"), tmp_path / "models", True, console) == 1
    table = json.loads(printed(console))
    assert table["version"] == __version__
    assert table["bad"] == 1
    (bad,) = (finding for finding in table["findings"] if finding["level"] == "bad")
    assert bad["name"] == "model"
    assert "is not an ONNX model" in bad["found"]
    assert bad["remedy"]


def test_every_check_has_one_finding_also_one_that_fails_itself() -> None:
    def fail() -> Finding:
        raise ZeroDivisionError("by zero")

    good = Finding("good", Level.OK, "well")
    checks: dict[str, Check] = {"broken": fail, "good": lambda: good}
    begun: list[str] = []
    broken, after = run_checks(checks, begun.append)
    assert begun == ["broken", "good"]
    assert (broken.name, broken.level) == ("broken", Level.BAD)
    assert broken.found == "the check itself failed: ZeroDivisionError: by zero"
    assert after == good


@pytest.mark.parametrize(
    ("levels", "status"), [([], 0), ([Level.OK], 0), ([Level.WARN, Level.OK], 0), ([Level.OK, Level.BAD], 1)]
)
def test_only_what_is_bad_ends_with_status_1(levels: list[Level], status: int) -> None:
    findings = [Finding("x", level, "y") for level in levels]
    assert exit_status(findings) == status
    assert json.loads(findings_json(findings))["bad"] == status


def test_brackets_in_what_was_found_are_shown_as_they_are() -> None:
    console = Console(file=io.StringIO(), width=120)
    console.print(
        findings_table([Finding("x", Level.BAD, "[ONNXRuntimeError] : 7", "pip install 'maisynthesizer[gpu]'")])
    )
    assert "[ONNXRuntimeError] : 7" in printed(console)
    assert "pip install 'maisynthesizer[gpu]'" in printed(console)


def test_the_command_examines_what_serve_would_be_started_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--port", "0", "--no-http", "--midi-api", "none", "--provider", "cpu"]
    options += ["--model", str(tmp_path / "nowhere.onnx"), "--library", str(tmp_path / "l.sqlite")]
    assert main(["doctor", "--json", "--models", str(tmp_path), *options]) == 1
    findings = {one["name"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert findings["model"]["level"] == "bad"
    assert "there is no model file" in findings["model"]["found"]
    assert findings["HTTP port"]["found"] == "switched off (--no-http)"
    assert str(tmp_path) in findings["data folder"]["found"]
