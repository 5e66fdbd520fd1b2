"""The encoder of an experiment beside its model's file."""

from __future__ import annotations

import contextlib
import io
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

import export.encoder
from bridge.engine.encoded import nearest_latent
from bridge.engine.latent_search import LatentSearch
from bridge.engine.latents import draw_latent
from bridge.generator import Generator
from bridge.model_files.catalogue import ModelCatalogue
from bridge.model_files.encoder_file import encoder_beside
from export.__main__ import main
from export.artefact import Artefact
from export.encoder import encoder_beside as encoder_beside_model
from export.errors import ExportError
from export.verify import Verification
from tests.training.encoding.grid_trio import BRIEF, grid_experiment, learn, newest
from training import loop
from training.encoding import examination
from training.encoding.encoder_checkpoint import save_encoder, trained_encoder
from training.experiment import Experiment


@dataclass(frozen=True)
class Pair:
    """An experiment whose encoder has learned for a moment, and the files made of both."""

    experiment: Experiment
    model: Path
    printed: str

    @property
    def encoder(self) -> Path:
        return self.model.with_name("trio.encoder.onnx")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("pair")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examination, "PHRASES", 4)
        patch.setattr(loop, "CALIBRATION_PHRASES", 16)
        experiment = grid_experiment(folder)
        learn(experiment, replace(BRIEF, steps=40, latents_only_steps=40, batch_size=8))
    (folder / "models").mkdir()
    model, printed = folder / "models" / "trio.onnx", io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main([str(experiment.folder), "-o", str(model)]) == 0
    return Pair(experiment, model, printed.getvalue())


def copied(pair: Pair, folder: Path) -> tuple[Experiment, Artefact]:
    """The experiment and its model's file, elsewhere, without the encoder's file."""
    shutil.copytree(pair.experiment.folder, folder / "exp")
    model = Path(shutil.copy(pair.model, folder))
    verification = Verification(0, 0.0, 0, 0, 0.0, 0.0)
    return Experiment(folder / "exp"), Artefact(model, 0, Generator(model, "cpu").contract, verification)


def test_the_file_says_what_the_trained_encoder_says(pair: Pair) -> None:
    generator = Generator(pair.model, "cpu")
    played = encoder_beside(generator)
    assert played is not None
    trained = trained_encoder(newest(pair.experiment))
    roll = generator(draw_latent(generator.contract, 5), range(2)) > 0.0  # (bars, tracks, steps, pitches)
    cells = torch.from_numpy(np.where(roll, 1.0, -1.0).astype(np.float32)).permute(0, 2, 3, 1)[None]
    for given in ([0, 1, 2], [1]):
        with torch.no_grad():
            expected = trained(cells, torch.tensor([[float(track in given) for track in range(3)]]))
        found = played({track: roll[:, track] for track in given})
        np.testing.assert_allclose(found, expected[0].numpy(), atol=1e-2)


def test_the_model_is_one_that_can_be_loaded_and_its_encoder_is_none(pair: Pair) -> None:
    catalogue = ModelCatalogue(pair.model.parent)
    catalogue.refresh(0.0)
    assert [(file.name, file.problem) for file in catalogue.files()[1:]] == [("trio", None)]
    assert sorted(path.name for path in pair.model.parent.glob("*.onnx")) == ["trio.encoder.onnx", "trio.onnx"]


def test_the_export_tells_of_it_in_a_line(pair: Pair) -> None:
    (line,) = [line for line in pair.printed.splitlines() if line.startswith(str(pair.encoder))]
    assert f": its encoder, {pair.encoder.stat().st_size / 1e6:.1f} MB, largest difference" in line


def test_a_generated_phrase_is_found_by_both_together(pair: Pair) -> None:
    generator = Generator(pair.model, "cpu")
    encoder = encoder_beside(generator)
    assert encoder is not None
    contract = generator.contract
    roll = generator(draw_latent(contract, 9), range(2)) > 0.0
    target = {track: roll[:, track] for track in range(3)}
    search = LatentSearch(generator, target, 1, nearest_latent(encoder(target), target, contract, 1))
    steps = search.steps()
    next(steps)
    begun = search.similarity
    for _ in range(60):
        next(steps)
    assert search.similarity > begun + 0.02


def test_an_experiment_without_an_encoder_gets_no_file(pair: Pair, tmp_path: Path) -> None:
    experiment, model = copied(pair, tmp_path)
    shutil.rmtree(experiment.folder / "encoder")
    assert encoder_beside_model(experiment, model) is None
    assert not (tmp_path / "trio.encoder.onnx").exists()


def test_an_encoder_of_other_weights_is_not_written_and_it_is_said_why(pair: Pair, tmp_path: Path) -> None:
    experiment, model = copied(pair, tmp_path)
    known = newest(experiment)
    other = {name: value + 1 for name, value in known.generator.items()}
    save_encoder(experiment.folder / "encoder" / "model", replace(known, generator=other))
    told = encoder_beside_model(experiment, model)
    assert told is not None
    assert told.startswith("without its encoder, which was trained with other weights than these: run maisynth-train")
    assert not (tmp_path / "trio.encoder.onnx").exists()


def test_an_encoder_that_fails_the_check_leaves_the_former_one(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, model = copied(pair, tmp_path)
    wrong = onnx.load(pair.encoder)
    bias = next(one for one in wrong.graph.initializer if one.name.endswith("song_handle.bias"))
    bias.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(bias) + 0.1, bias.name))
    monkeypatch.setattr(export.encoder, "encoder_model", lambda *_: wrong.SerializeToString())
    former = tmp_path / "trio.encoder.onnx"
    former.write_bytes(b"the encoder of yesterday")
    with pytest.raises(ExportError, match=r"the exported encoder differs from the trained one by 0\.\d+"):
        encoder_beside_model(experiment, model)
    assert former.read_bytes() == b"the encoder of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exp", "trio.encoder.onnx", "trio.onnx"]


def test_a_file_that_the_bridge_cannot_use_is_no_export(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, model = copied(pair, tmp_path)
    monkeypatch.setattr(export.encoder, "encoder_model", lambda *_: b"a song")
    with pytest.raises(ExportError, match="the bridge cannot use the exported encoder"):
        encoder_beside_model(experiment, model)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exp", "trio.onnx"]
