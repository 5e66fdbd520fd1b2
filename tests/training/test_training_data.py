"""The data that a run begins with fits its configuration, or is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.conftest import phrase_set, random_cells
from tests.training.small import PARAMS, QUICK, SHAPE, TRIO, run, small_experiment
from training.config import Config, Midi
from training.config_file import ConfigError
from training.data.phrase_file import PhraseFileError, PhraseSet, save_phrases
from training.experiment import Experiment, set_up
from training.training_data import open_training_data


def small_set(data_shape: tuple[int, int, int, int] = SHAPE, count: int = 2, lowest_pitch: int = 24) -> PhraseSet:
    return phrase_set(random_cells(count, data_shape), list(range(count)), lowest_pitch)


def opened(experiment: Experiment) -> PhraseSet:
    return open_training_data(experiment, experiment.params(), experiment.config())


def test_data_that_fits_is_opened(tmp_path: Path) -> None:
    assert len(opened(small_experiment(tmp_path, phrases=5))) == 5


@pytest.mark.parametrize(
    ("data", "midi", "message"),
    [
        (
            small_set((2, 8, 36, 3)),
            TRIO,
            r"shape \[2, 8, 36, 3\] at 2 steps a beat, .* \[2, 16, 36, 3\] at 4: .*setup-exp",
        ),
        (replace(small_set(), steps_per_beat=8), TRIO, r"36, 3\] at 8 steps a beat, params.yaml says .*36, 3\] at 4"),
        (small_set(count=1), TRIO, "the data has 1 phrases, expected at least 2"),
        (small_set(lowest_pitch=21), TRIO, "lowest pitch is 21, midi.lowest_pitch .* is 24"),
        (small_set(), Midi(), "midi describes 5 tracks, the data has 3"),
    ],
)
def test_data_that_does_not_fit_is_refused(data: PhraseSet, midi: Midi, message: str, tmp_path: Path) -> None:
    save_phrases(tmp_path / "data.npz", data)
    experiment = set_up(tmp_path / "exp", "", PARAMS, replace(QUICK, midi=midi))
    with pytest.raises(ConfigError, match=message):
        run(experiment)
    assert not experiment.model.exists()


def test_data_that_is_not_there_or_no_data_is_refused(tmp_path: Path) -> None:
    experiment = set_up(tmp_path / "exp", "", PARAMS, QUICK)
    with pytest.raises(ConfigError, match=r"data_filename is '\.\./data', and there is no "):
        opened(experiment)
    (tmp_path / "data.npz").write_bytes(b"noise")
    with pytest.raises(PhraseFileError, match=r"data\.npz is not an \.npz"):
        opened(experiment)
    with pytest.raises(PhraseFileError, match=r"is a folder of piano rolls, .* maisynth-train process-data"):
        open_training_data(experiment, PARAMS, Config(data_filename=".."))
