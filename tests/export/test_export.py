"""maisynth-export end to end, and everything that can stand in its way."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

import export.artefact
from bridge.generator import Generator
from export.__main__ import main
from export.describe import weights_hash
from export.errors import ExportError
from export.verify import trained_rolls
from tests.export.conftest import LICENCE, STATEMENT, Export
from training.checkpoint import save_checkpoint
from training.config import Nets, Params
from training.experiment import Experiment
from training.networks.generators import DefaultGenerator
from training.networks.presets import build_generator
from training.sampling.latent_noise import draw_latents
from training.trained import find_checkpoint, trained_generator

FORMER = b"the model of yesterday"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A file from an earlier export, in a folder of its own."""
    path = tmp_path / "models" / "band.onnx"
    path.parent.mkdir()
    path.write_bytes(FORMER)
    return path


def the_same(exported: Export, output: Path) -> list[object]:
    """Arguments that say of the model what the exported file says."""
    return [exported.folder, "-o", output, "--licence", LICENCE, "--data-statement", STATEMENT]


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What maisynth-export says when it fails: one sentence, no traceback."""
    assert main([str(argument) for argument in arguments]) == 1
    complaint = capsys.readouterr().err
    assert complaint.startswith("maisynth-export: ")
    assert "Traceback" not in complaint
    return complaint


def test_the_command_writes_a_model_that_plays_the_averaged_generator(
    exported: Export, trained: DefaultGenerator
) -> None:
    assert exported.status == 0
    latents = draw_latents(2, trained.latent_size, (11,))
    played = Generator(exported.path, provider="cpu")
    for latent, roll in zip(latents.numpy(), trained_rolls(trained, latents), strict=True):
        np.testing.assert_allclose(played(latent, [2, 0]), roll[[2, 0]], atol=1e-5)


def test_the_command_tells_what_it_did_and_what_to_do_next(exported: Export) -> None:
    lines = exported.printed.splitlines()
    assert "checkpoint_0001200.pt: step 1200, averaged weights" in lines[0]
    assert "'late night trio', 10." in lines[1]
    assert lines[2].startswith("verified on 64 random latents")
    assert lines[2].endswith("0 of 15482880 cells differ")
    assert " ms" in lines[3]
    assert lines[4].startswith("16 latents to begin with: ")
    assert lines[5] == f"play it: maisynth serve --model '{exported.path}'"
    assert len(lines) == 6
    assert exported.complained == ""


def test_either_set_of_weights_can_be_taken(exported: Export) -> None:
    checkpoint = exported.checkpoint
    average, last = trained_generator(checkpoint, "average"), trained_generator(checkpoint, "generator")
    assert weights_hash(average.state_dict()) == weights_hash(checkpoint.average)
    assert weights_hash(last.state_dict()) == weights_hash(checkpoint.generator)
    assert weights_hash(checkpoint.average) != weights_hash(checkpoint.generator)
    assert not average.training
    assert not last.training


def test_the_newest_checkpoint_is_taken_unless_one_is_named(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for step in (90, 1000, 250):
        (model / f"checkpoint_{step:07d}.pt").touch()
    old = model / "checkpoint_0000090.pt"
    assert find_checkpoint(Experiment(tmp_path)).name == "checkpoint_0001000.pt"
    assert find_checkpoint(Experiment(tmp_path), old) == old


def test_a_model_that_fails_the_check_leaves_the_former_one(
    exported: Export, output: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = onnx.load(exported.path)
    (weight,) = (constant for constant in wrong.graph.initializer if constant.name == "branches.time_first.4.weight")
    weight.CopyFrom(onnx.numpy_helper.from_array(1.5 * onnx.numpy_helper.to_array(weight), weight.name))
    monkeypatch.setattr(export.artefact, "onnx_model", lambda *_: wrong)
    assert "differs from the trained one by" in refused(capsys, *the_same(exported, output))
    assert output.read_bytes() == FORMER
    assert list(output.parent.iterdir()) == [output]


def test_a_model_whose_metadata_is_not_what_was_meant_is_refused(
    exported: Export, output: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export.artefact, "onnx_model", lambda *_: onnx.load(exported.path))
    complaint = refused(capsys, *the_same(exported, output), "--name", "Another")
    assert "the file says name is 'late night trio', expected 'Another'" in complaint
    assert output.read_bytes() == FORMER


def test_weights_that_are_not_numbers_are_refused(
    exported: Export, output: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = onnx.load(exported.path)
    (bias,) = (constant for constant in broken.graph.initializer if constant.name == "beats.bias")
    bias.CopyFrom(onnx.numpy_helper.from_array(np.nan * onnx.numpy_helper.to_array(bias), bias.name))
    monkeypatch.setattr(export.artefact, "onnx_model", lambda *_: broken)
    assert "the bridge cannot play the exported model" in refused(capsys, *the_same(exported, output))
    assert list(output.parent.iterdir()) == [output]


def test_an_experiment_without_checkpoint_is_told_to_train(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model").mkdir()
    assert f"maisynth-train run-train {tmp_path}" in refused(capsys, tmp_path, "-o", tmp_path / "model.onnx")


def test_a_missing_experiment_or_checkpoint_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no experiment" in refused(capsys, tmp_path / "nowhere")
    absent = tmp_path / "absent.pt"
    assert f"there is no checkpoint {absent}" in refused(capsys, tmp_path, "--checkpoint", absent)


@pytest.mark.parametrize("content", [b"not a checkpoint", b""])
def test_a_file_that_is_no_checkpoint_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    path = tmp_path / "checkpoint_0000001.pt"
    path.write_bytes(content)
    complaint = refused(capsys, tmp_path, "--checkpoint", path)
    assert f"{path} is " in complaint
    assert complaint.count("\n") == 1


def test_a_checkpoint_that_lacks_a_part_or_has_an_unknown_key_is_refused(
    exported: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = torch.load(find_checkpoint(Experiment(exported.folder)), weights_only=True)
    path = tmp_path / "checkpoint_0000001.pt"
    torch.save({key: value for key, value in content.items() if key != "average"}, path)
    assert f"{path} is not a checkpoint of this version" in refused(capsys, tmp_path, "--checkpoint", path)
    torch.save({**content, "params": {**content["params"], "colour": 1}}, path)
    assert "unknown key 'colour'" in refused(capsys, tmp_path, "--checkpoint", path)


def test_weights_of_another_size_are_refused(
    exported: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = DefaultGenerator(latent_dim=7).state_dict()
    save_checkpoint(tmp_path / "model", replace(exported.checkpoint, average=other))
    assert "the checkpoint's average weights do not fit" in refused(capsys, tmp_path, "-o", tmp_path / "model.onnx")


def test_an_accompaniment_is_refused_with_what_to_do_instead(
    exported: Export, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params = Params(
        data_shape=(1, 8, 24, 5),
        beat_resolution=2,
        is_accompaniment=True,
        condition_track_idx=1,
        nets=Nets("accompaniment"),
    )
    state = build_generator(params).state_dict()
    save_checkpoint(output.parent / "exp" / "model", replace(exported.checkpoint, params=params, average=state))
    complaint = refused(capsys, output.parent / "exp", "-o", output)
    assert "an accompaniment plays to a given track, which the bridge does not send a model" in complaint
    assert "maisynth-train run-inference EXP_DIR --condition FILE.mid" in complaint
    assert complaint.count("\n") == 1
    assert output.read_bytes() == FORMER


def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    exported: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def worked(*_: object) -> None:
        raise AssertionError("the export began")

    monkeypatch.setattr(export.artefact, "onnx_model", worked)
    a_file = tmp_path / "file"
    a_file.touch()
    assert "there is no folder" in refused(capsys, exported.folder, "-o", tmp_path / "absent" / "model.onnx")
    assert "there is no folder" in refused(capsys, exported.folder, "-o", a_file / "model.onnx")
    assert "is a folder: name a file in it" in refused(capsys, exported.folder, "-o", tmp_path)


def test_a_write_that_fails_leaves_nothing_and_is_said(
    exported: Export, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export.artefact, "onnx_model", lambda *_: onnx.load(exported.path))
    complaint = refused(capsys, exported.folder, "-o", tmp_path / ("a" * 255))
    assert "cannot be written" in complaint
    assert list(tmp_path.iterdir()) == []


def test_the_output_of_an_unknown_kind_of_error_is_not_swallowed(
    exported: Export, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(export.artefact, "verify", fails)
    monkeypatch.setattr(export.artefact, "onnx_model", lambda *_: onnx.load(exported.path))
    with pytest.raises(ZeroDivisionError):
        main([str(exported.folder), "-o", str(output)])
    assert list(output.parent.iterdir()) == [output]


def test_help_comes_without_torch() -> None:
    program = "import sys; sys.modules['torch'] = None; from export.__main__ import main; main(['--help'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "maisynth-export exp/jazz" in done.stdout


def test_without_torch_the_command_says_what_to_install() -> None:
    program = "import sys; sys.modules['torch'] = None; from export.__main__ import main; sys.exit(main(['exp']))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "maisynth-export: torch is not installed: pip install 'maisynthesizer[train]'\n"


def test_an_export_error_is_a_value_error() -> None:
    assert issubclass(ExportError, ValueError)
