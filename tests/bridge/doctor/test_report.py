from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from bridge import __version__
from bridge.__main__ import main
from bridge.doctor.finding import Finding, Level
from bridge.doctor.report import LARGEST_BYTES, contents_text, report_entries, write_report
from bridge.doctor.storage import crashes, kept_settings
from bridge.engine.settings import BridgeSettings
from bridge.library import Library
from bridge.logs.crash_reports import write_crash
from bridge.logs.places import crash_folder, log_file

NOWHERE = Path("/")
FINDINGS = [Finding("model", Level.BAD, "it is broken", "mend it")]


@pytest.fixture
def data(tmp_path: Path, tiny_model: Path) -> BridgeSettings:
    """A data folder after an evening: a library with a setting, two logs, a crash report, and a model."""
    settings = BridgeSettings(tiny_model, tmp_path / "data" / "l.sqlite", models=tmp_path / "data" / "models")
    settings.library.parent.mkdir()
    with Library(settings.library) as library:
        library.settings.save("swing", 0.25)
    log = log_file(settings.library)
    log.parent.mkdir()
    log.write_text('{"message": "start"}\n')
    log.with_name(f"{log.name}.1").write_text("older\n")
    write_crash(crash_folder(settings.library), '{"error": "x"}', 1_700_000_000.0)
    (log.parent / "models").mkdir()
    (log.parent / "models" / "mine.onnx").write_bytes(b"weights")
    return settings


def test_it_packs_logs_crash_reports_findings_versions_and_settings(data: BridgeSettings) -> None:
    entries = {entry.name: entry.content for entry in report_entries(data, FINDINGS, NOWHERE)}
    (crash,) = (name for name in entries if name.startswith("crashes/crash-20231114T221320"))
    assert set(entries) == {
        *("findings.json", "versions.json", "settings.json", "logs/maisynth.log", "logs/maisynth.log.1", crash)
    }
    assert json.loads(entries["findings.json"])[0]["found"] == "it is broken"
    versions = json.loads(entries["versions.json"])
    assert versions["maisynth"] == __version__
    assert versions["installed"]["numpy"]
    settings = json.loads(entries["settings.json"])
    assert settings["kept"] == {"swing": 0.25}
    assert settings["started with"]["host"] == "127.0.0.1"
    assert settings["started with"]["library"] == str(data.library)
    assert entries["logs/maisynth.log"] == b'{"message": "start"}\n'


def test_neither_latents_nor_models_nor_what_a_link_leads_to_are_in_it(data: BridgeSettings, tmp_path: Path) -> None:
    logs, reports = log_file(data.library).parent, crash_folder(data.library)
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    for link in (logs / "maisynth.log.2", reports / "crash-9.json"):
        link.symlink_to(secret)
    (logs / "maisynth.log.sqlite").write_text("a secret")
    (reports / "other.txt").write_text("a secret")
    (logs / "maisynth.log.3").mkdir()
    entries = report_entries(data, FINDINGS, NOWHERE)
    packed = b"".join(entry.content for entry in entries)
    assert b"a secret" not in packed
    assert b"weights" not in packed
    assert b"SQLite format 3" not in packed
    assert not [entry.name for entry in entries if entry.name.endswith((".sqlite", ".onnx", ".3"))]


def test_the_home_folder_is_not_named(data: BridgeSettings, tmp_path: Path) -> None:
    log_file(data.library).write_text(json.dumps({"said": f"{tmp_path}/x"}))
    for entry in report_entries(data, FINDINGS, tmp_path):
        assert str(tmp_path).encode() not in entry.content, entry.name
    home = Path("/home/zo\N{LATIN SMALL LETTER E WITH DIAERESIS}")
    log_file(data.library).write_text(json.dumps({"said": str(home / "x")}))
    (log,) = (one for one in report_entries(data, [], home) if one.name == "logs/maisynth.log")
    assert json.loads(log.content) == {"said": "~/x"}


def test_of_a_huge_log_the_end_is_packed(data: BridgeSettings) -> None:
    log_file(data.library).write_bytes(b"x" * LARGEST_BYTES + b"the end")
    (log,) = (one for one in report_entries(data, [], NOWHERE) if one.name == "logs/maisynth.log")
    assert len(log.content) == LARGEST_BYTES
    assert log.content.endswith(b"the end")


def test_before_the_first_start_there_is_a_report_too(tmp_path: Path, tiny_model: Path) -> None:
    settings = BridgeSettings(tiny_model, tmp_path / "nowhere" / "l.sqlite")
    entries = report_entries(settings, [], NOWHERE)
    assert [entry.name for entry in entries] == ["findings.json", "versions.json", "settings.json"]
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_library_is_told_and_left_as_it_is(data: BridgeSettings) -> None:
    data.library.write_bytes(b"nonsense" * 1000)
    kept_settings(data.library)
    assert report_entries(data, [], NOWHERE)
    assert data.library.read_bytes() == b"nonsense" * 1000


def test_what_is_inside_is_told_entry_by_entry(data: BridgeSettings) -> None:
    entries = report_entries(data, FINDINGS, NOWHERE)
    text = contents_text(Path("r.zip"), entries)
    for entry in entries:
        assert f"  {entry.name} (" in text
    assert "Not inside: saved latents, models" in text
    assert "sent to nobody" in text


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "r.zip"
    file.write_text("mine")
    with pytest.raises(OSError, match="is there already"):
        write_report(file, [])
    assert file.read_text() == "mine"
    with pytest.raises(OSError, match="cannot be written"):
        write_report(tmp_path / "nowhere" / "r.zip", [])


def test_crash_reports_are_a_finding(data: BridgeSettings, tmp_path: Path) -> None:
    found = crashes(data.library)
    assert found.level is Level.WARN
    assert "crash-20231114T221320" in found.found
    assert crashes(tmp_path / "nowhere" / "l.sqlite").level is Level.OK


def test_the_command_says_what_is_inside_before_it_writes(
    data: BridgeSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "r.zip"
    options = ["--port", "0", "--no-http", "--midi-api", "none", "--provider", "cpu", "--model", str(data.model)]
    options += ["--library", str(data.library), "--models", str(data.models)]
    assert main(["doctor", "--report", str(file), *options]) == 0
    out = capsys.readouterr().out
    assert out.index("will hold:") < out.index("Written:")
    with zipfile.ZipFile(file) as packed:
        assert packed.testzip() is None
        assert "model" in {one["name"] for one in json.loads(packed.read("findings.json"))}
    before = file.read_bytes()
    assert main(["doctor", "--json", "--report", str(file), *options]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["bad"] == 0
    assert "is there already" in said.err
    assert file.read_bytes() == before


def test_without_a_name_the_file_is_named_by_the_time(
    data: BridgeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bridge.doctor.doctor_command.Console", lambda **_: Console(file=io.StringIO()))
    options = ["--port", "0", "--no-http", "--midi-api", "none", "--provider", "cpu", "--model", str(data.model)]
    assert main(["doctor", *options, "--library", str(data.library), "--models", str(data.models), "--report"]) == 0
    assert len(list(tmp_path.glob("maisynth-report-20*.zip"))) == 1
