from __future__ import annotations

import shutil
from pathlib import Path

from bridge.clock import now
from bridge.contract import ModelContract
from bridge.doctor.finding import Level
from bridge.doctor.model import model, models
from tests.bridge.model_files.spoilt_model import write_spoilt_model


def test_a_good_model_is_timed(tiny_model: Path) -> None:
    found = model(tiny_model, "cpu", now)
    assert found.level is Level.OK
    assert found.found.startswith("'tiny 0' (000000000000) passes its self-test; a bar takes ")
    assert found.found.endswith(" ms on CPUExecutionProvider")


def test_a_slow_machine_is_a_warning(tiny_model: Path) -> None:
    time = [0.0]

    def slow_now() -> float:
        time[0] += 0.06
        return time[0]

    found = model(tiny_model, "cpu", slow_now)
    assert found.level is Level.WARN
    assert "a bar takes 60.0 ms" in found.found


def test_a_model_that_cannot_be_read_or_fails_its_self_test_is_bad(band: ModelContract, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.onnx"
    spoilt = tmp_path / "spoilt.onnx"
    write_spoilt_model(spoilt, band, "moody")
    for path, says in ((nowhere, "there is no model file"), (spoilt, "another phrase each time")):
        found = model(path, "cpu", now)
        assert found.level is Level.BAD
        assert says in found.found
        assert found.found.count(str(path)) == 1
        assert "--model" in found.remedy


def test_a_silent_model_is_a_warning(band: ModelContract, tmp_path: Path) -> None:
    path = tmp_path / "silent.onnx"
    write_spoilt_model(path, band, "silent")
    assert model(path, "cpu", now).level is Level.WARN


def test_the_models_folder_is_counted_and_its_broken_files_named(tiny_model: Path, tmp_path: Path) -> None:
    assert models(tmp_path / "nowhere", 0.0).found.startswith("no models beside the one that comes along")
    shutil.copy(tiny_model, tmp_path / "a.onnx")
    found = models(tmp_path, 0.0)
    assert (found.level, found.found) == (Level.OK, f"1 model beside the one that comes along, in {tmp_path}")
    (tmp_path / "b.onnx").write_bytes(b"")
    (tmp_path / "c.onnx").write_text("nonsense")
    found = models(tmp_path, 0.0)
    assert found.level is Level.WARN
    assert "b.onnx is not an ONNX model: it is empty; c.onnx is not an ONNX model: " in found.found
