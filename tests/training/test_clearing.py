"""What rerun-exp deletes, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.conftest import phrase_set, random_cells
from tests.training.small import PARAMS, QUICK, SHAPE
from training.clearing import delete, leftovers
from training.config import Midi
from training.config_file import ConfigError, write_config
from training.data.phrase_file import PhraseFileError, save_phrases
from training.experiment import Experiment, set_up

DATA = phrase_set(random_cells(2, SHAPE), [0, 1])


def experiment_in(folder: Path, data: str = "../data.npz") -> Experiment:
    experiment = set_up(folder / "exp", "a note", PARAMS, replace(QUICK, data_filename=data))
    path = experiment.folder / data
    path.parent.mkdir(parents=True, exist_ok=True)
    save_phrases(path, DATA)
    for made in ("model/checkpoint_0000001.pt", "logs/train/step.log", "results/inference/arrays/a.npy", "extra.txt"):
        (experiment.folder / made).parent.mkdir(parents=True, exist_ok=True)
        (experiment.folder / made).touch()
    return experiment


def names(experiment: Experiment) -> set[str]:
    return {path.name for path in experiment.folder.iterdir()}


def test_only_what_the_musician_wrote_is_left(tmp_path: Path) -> None:
    experiment = experiment_in(tmp_path)
    doomed = leftovers(experiment)
    assert [path.name for path in doomed] == ["extra.txt", "logs", "model", "results"]
    delete(doomed)
    assert names(experiment) == {"params.yaml", "config.yaml", "exp_note.txt"}
    assert experiment.note_file.read_text() == "a note\n"
    assert (tmp_path / "data.npz").exists()
    assert leftovers(experiment) == []


def test_how_an_encoder_is_trained_is_what_the_musician_wrote_too(tmp_path: Path) -> None:
    experiment = experiment_in(tmp_path)
    experiment.encoder_file.write_text("steps: 10\n")
    delete(leftovers(experiment))
    assert names(experiment) == {"params.yaml", "config.yaml", "exp_note.txt", "encoder.yaml"}


def test_training_data_that_is_a_link_in_the_folder_is_left(tmp_path: Path) -> None:
    experiment = experiment_in(tmp_path)
    (experiment.folder / "mine.npz").symlink_to(tmp_path / "data.npz")
    write_config(experiment.config_file, replace(QUICK, data_filename="mine"))  # and named without its ending
    delete(leftovers(experiment))
    assert names(experiment) == {"params.yaml", "config.yaml", "exp_note.txt", "mine.npz"}
    assert (tmp_path / "data.npz").exists()


@pytest.mark.parametrize("data", ["data.npz", "data/deep/data.npz"])
def test_training_data_in_the_folder_is_left(data: str, tmp_path: Path) -> None:
    experiment = experiment_in(tmp_path, data)
    delete(leftovers(experiment))
    assert names(experiment) == {"params.yaml", "config.yaml", "exp_note.txt", data.split("/")[0]}
    assert (experiment.folder / data).exists()


def test_of_links_only_the_link_is_deleted(tmp_path: Path) -> None:
    experiment = experiment_in(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "song.mid").touch()
    (experiment.folder / "songs").symlink_to(tmp_path / "elsewhere")
    (experiment.folder / "broken").symlink_to(tmp_path / "lost")
    delete(leftovers(experiment))
    assert names(experiment) == {"params.yaml", "config.yaml", "exp_note.txt"}
    assert (tmp_path / "elsewhere" / "song.mid").exists()


@pytest.mark.parametrize("name", ["params.yaml", "config.yaml", "exp_note.txt"])
def test_a_folder_that_is_no_experiment_is_refused(name: str, tmp_path: Path) -> None:
    experiment = experiment_in(tmp_path)
    (experiment.folder / name).unlink()
    with pytest.raises(ConfigError, match=rf"exp is no experiment: it has no {name}\. Nothing is deleted"):
        leftovers(experiment)
    with pytest.raises(ConfigError, match=r"it has no params\.yaml and no config\.yaml and no exp_note\.txt"):
        leftovers(Experiment(tmp_path / "lost"))


def test_nothing_is_deleted_for_a_run_that_could_not_begin(tmp_path: Path) -> None:
    experiment = experiment_in(tmp_path)
    (tmp_path / "data.npz").unlink()
    with pytest.raises(ConfigError, match=r"config\.yaml: data_filename is '../data.npz', and there is no .*data\.npz"):
        leftovers(experiment)
    (tmp_path / "data.npz").write_bytes(b"noise")
    with pytest.raises(PhraseFileError, match=r"data\.npz is not an \.npz"):
        leftovers(experiment)
    save_phrases(tmp_path / "data.npz", DATA)
    write_config(experiment.config_file, replace(QUICK, midi=Midi()))
    with pytest.raises(ConfigError, match="midi describes 5 tracks, the data has 3"):
        leftovers(experiment)
    write_config(experiment.config_file, QUICK)
    write_config(experiment.params_file, replace(PARAMS, beat_resolution=8))
    with pytest.raises(ConfigError, match=r"at 4 steps a beat, params\.yaml says .* at 8"):
        leftovers(experiment)
    write_config(experiment.params_file, PARAMS)
    experiment.config_file.write_text("nonsense: 1\n")
    with pytest.raises(ConfigError, match="unknown key 'nonsense'"):
        leftovers(experiment)
    experiment.config_file.write_text("data_filename: ''\n")
    with pytest.raises(ConfigError, match="data_filename is empty"):
        leftovers(experiment)
