"""The data of the original's README, all the way by commands: its .npz in, a model that the bridge plays out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest

from bridge.generator import Generator
from export.__main__ import main as export
from tests.training.conftest import random_cells
from training import loop, watching
from training.__main__ import main
from training.config import Midi
from training.config_file import write_config
from training.data.phrase_data import open_phrases
from training.experiment import Experiment

SHAPE = (4, 16, 72, 5)


@pytest.fixture(autouse=True)
def _few_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MEASURED_PHRASES", 4)
    monkeypatch.setattr(loop, "CALIBRATION_PHRASES", 2)


def test_the_originals_array_becomes_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = random_cells(6, SHAPE)
    np.savez_compressed(tmp_path / "train_x.npz", shape=x.shape, nonzero=x.nonzero())
    experiment, data, model = Experiment(tmp_path / "exp"), tmp_path / "train_x.phrases", tmp_path / "model.onnx"

    assert main(["setup-exp", str(experiment.folder), "--data", str(tmp_path / "train_x.npz")]) == 1
    assert f"maisynth-train process-data {tmp_path / 'train_x.npz'} {data}" in capsys.readouterr().err
    assert main(["process-data", str(tmp_path / "train_x.npz"), str(data), "--lowest-pitch", "30"]) == 0
    np.testing.assert_array_equal(open_phrases(data).unpack(np.arange(6)), x)

    assert main(["setup-exp", str(experiment.folder), "as in the README", "--data", str(data)]) == 0
    assert (experiment.params().data_shape, experiment.params().beat_resolution) == (SHAPE, 4)
    assert experiment.config().midi == Midi(lowest_pitch=30)
    config = replace(experiment.config(), steps=2, batch_size=2, n_dis_warm_up_updates=1, precision="32-true")
    config = replace(config, evaluate_steps=2, save_samples_steps=2, sample_grid=(1, 2))
    write_config(experiment.config_file, config)
    assert main(["run-train", str(experiment.folder)]) == 0
    sample = np.load(experiment.samples / "arrays" / "fake_x" / "fake_x_2.npy")
    assert sample.shape == (2, *SHAPE)

    assert main(["run-inference", str(experiment.folder), "--rows", "2", "--columns", "2", "--seed", "1"]) == 0
    row = experiment.inference / "midi" / "fake_x_hard_thresholding" / "fake_x_hard_thresholding_0" / "row_02.mid"
    song = mido.MidiFile(row)
    assert sum(message.time for message in song.tracks[1]) == 2 * 4 * 4 * song.ticks_per_beat  # two phrases of 4 bars
    pitches = {message.note for track in song.tracks for message in track if message.type == "note_on"}
    assert pitches
    assert 30 <= min(pitches) <= max(pitches) < 30 + 72

    assert main(["evaluate", str(experiment.folder), "--phrases", "4"]) == 0
    assert (experiment.evaluation / "evaluation_0000002.json").is_file()

    assert export([str(experiment.folder), "-o", str(model)]) == 0
    contract = Generator(model).contract
    assert (contract.bars, contract.beats_per_bar, contract.steps_per_beat) == (4, 4, 4)
    assert (contract.lowest_pitch, contract.pitches) == (30, 72)
    assert [track.name for track in contract.tracks] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]
