from __future__ import annotations

import io
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bridge.__main__ import main
from bridge.contract import ModelContract
from bridge.model_files.models_command import show_models
from tests.tiny_model import write_tiny_model


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_models_are_listed_with_what_they_say_of_themselves(console: Console, tiny_model: Path, tmp_path: Path) -> None:
    shutil.copy(tiny_model, tmp_path / "night [band].onnx")
    os.utime(tmp_path / "night [band].onnx", (1_700_000_000, 1_700_000_000))
    assert show_models(tmp_path, console) == 0
    (line,) = (line for line in shown(console).splitlines() if "night" in line)
    for cell in ("night [band]", "Drums, Piano, Guitar, Bass, Strings", " 4 ", "2.6 MB", "0" * 12, "MIT"):
        assert cell in line
    assert "2023-11-1" in line
    assert "Free band" in shown(console)


def test_a_metre_other_than_four_beats_is_shown(console: Console, band: ModelContract, tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "waltz.onnx", replace(band, beats_per_bar=3))
    assert show_models(tmp_path, console) == 0
    assert "4 of 3/4" in shown(console)


def test_broken_files_are_listed_with_the_reason(console: Console, tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"")
    assert show_models(tmp_path, console) == 0
    assert "broken.onnx is not an ONNX model: it is empty" in shown(console)


def test_without_a_folder_it_says_where_exports_belong(console: Console, tmp_path: Path) -> None:
    assert show_models(tmp_path / "nowhere", console) == 0
    assert "Free band" in shown(console)
    assert "nowhere appear here" in shown(console).replace("\n", "")


def test_the_command_takes_another_folder(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(tiny_model, tmp_path / "night.onnx")
    assert main(["models", "--models", str(tmp_path)]) == 0
    assert "night" in capsys.readouterr().out
