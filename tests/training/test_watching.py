"""What a run shows of itself: samples, measures and TensorBoard's curves, of each kind of network."""

from __future__ import annotations

import io
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import nn

from bridge.contract import LatentLayout
from tests.training.board import curves, pictures
from tests.training.small import PARAMS, QUICK, SHAPE, log_of, losses_of, newest, run, small_experiment
from training import loop, watching
from training.config import Nets, Params
from training.data.phrase_data import open_phrases
from training.data.phrases import PhraseBatches
from training.experiment import Experiment
from training.given_tracks import GivenTracks
from training.networks.generators import BandGenerator
from training.networks.grid import grid_of
from training.step_log import StepLog
from training.summaries import Summaries
from training.watching import Watch

SHOWN = replace(QUICK, steps=2, evaluate_steps=1, save_samples_steps=1, save_summaries_steps=1)
DBN = replace(PARAMS, use_binary_neurons=True, nets=Nets("dbn"))
HYBRID = replace(PARAMS, nets=Nets("hybrid"))
ACCOMPANIMENT = replace(PARAMS, is_accompaniment=True, condition_track_idx=1, nets=Nets("accompaniment"))


@pytest.fixture(autouse=True)
def _few_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MEASURED_PHRASES", 4)
    monkeypatch.setattr(loop, "CALIBRATION_PHRASES", 2)


def sample(experiment: Experiment, step: int) -> NDArray[np.float16]:
    found: NDArray[np.float16] = np.load(experiment.samples / "arrays" / "fake_x" / f"fake_x_{step}.npy")
    return found


class Silent(BandGenerator):
    """Plays nothing."""

    def __init__(self) -> None:
        super().__init__(LatentLayout(song=8), 3, grid_of(SHAPE, 4))
        self.place = nn.Parameter(torch.zeros(1))

    def forward(self, latent: torch.Tensor, _given: torch.Tensor | None = None) -> torch.Tensor:
        return torch.full((len(latent), *SHAPE), -1.0)


@pytest.mark.parametrize("params", [PARAMS, DBN, HYBRID, ACCOMPANIMENT], ids=lambda params: params.nets.generator)
def test_all_that_is_due_is_written_after_each_step(params: Params, tmp_path: Path) -> None:
    experiment = small_experiment(tmp_path, SHOWN, params)
    run(experiment)
    assert newest(experiment).step == 2
    assert [line.split()[1] for line in losses_of(experiment)] == ["1", "2"]

    measures = [experiment.evaluation / f"measures_{step:07d}.json" for step in (1, 2)]
    assert sorted(experiment.evaluation.iterdir()) == measures
    assert len(json.loads(measures[0].read_text())["density"]) == 3
    assert sum(line.startswith("step 2 plays: EB ") for line in log_of(experiment)) == 1
    assert sum(line.startswith("real: EB ") for line in log_of(experiment)) == 1

    for step in (1, 2):
        assert sample(experiment, step).shape == (6, *SHAPE)
        name = "fake_x" if params.use_binary_neurons else "fake_x_hard_thresholding"
        for form, suffix in (("midi", "mid"), ("pianorolls", "npz"), ("images", "png")):
            assert (experiment.samples / form / name / f"{name}_{step}.{suffix}").is_file()
    assert not list(experiment.samples.rglob("row_*.mid"))

    found = curves(experiment.logs)
    for name in ("loss/critic", "loss/generator", "loss/gradient_penalty", "learning_rate", "variety", "density/Piano"):
        assert list(found[name]) == [1, 2]
    logged = float(losses_of(experiment)[1].split()[3])
    assert found["loss/critic"][2] == pytest.approx(logged, abs=6e-4)
    assert found["learning_rate"] == pytest.approx({1: 0.001, 2: 0.001})
    assert found["phrases_per_second"][2] > 0.0
    shown = pictures(experiment.logs)
    assert [shown[step].shape for step in (1, 2)] == [(3 + 2 * (36 + 3), 3 + 3 * (2 * 17 - 1 + 3), 3)] * 2


def test_the_samples_of_an_accompaniment_have_the_given_tracks_of_real_phrases(tmp_path: Path) -> None:
    experiment = small_experiment(tmp_path, replace(SHOWN, steps=1), ACCOMPANIMENT)
    run(experiment)
    played = sample(experiment, 1)[..., 1]
    data = open_phrases(experiment.data_file(SHOWN))
    real = {phrase.tobytes() for phrase in data.unpack(np.arange(len(data)))[..., 1]}
    assert {phrase.tobytes() for phrase in played > 0} <= real
    assert set(np.unique(played).tolist()) == {-1.0, 1.0}
    others = sample(experiment, 1)[..., [0, 2]]
    assert (np.abs(others) < 1.0).any(), "the other tracks are the network's own"


def test_a_measure_without_a_number_has_no_point_in_its_curve(tmp_path: Path) -> None:
    experiment = small_experiment(tmp_path)
    data = open_phrases(experiment.data_file(QUICK))
    batches = PhraseBatches(data, np.arange(len(data)), np.array([True, False, False]), 2, 0, False)
    summaries = Summaries(experiment.logs, 0)
    log = StepLog(experiment, Console(file=io.StringIO()))
    with closing(Watch(experiment, PARAMS, QUICK, GivenTracks(batches, None), log, summaries)) as watch:
        watch.measures(7, Silent())
    found = curves(experiment.logs)
    assert found["empty_bars/Piano"] == {7: 1.0}
    assert "pitch_classes/Piano" not in found
    assert json.loads((experiment.evaluation / "measures_0000007.json").read_text())["pitch_classes"] == [None] * 3


def test_without_summaries_nothing_is_left_for_tensorboard(tmp_path: Path) -> None:
    experiment = small_experiment(tmp_path, replace(SHOWN, steps=1, save_summaries_steps=0))
    run(experiment)
    assert [path.name for path in experiment.logs.iterdir()] == ["step.log"]
