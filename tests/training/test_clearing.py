"""What rerun-exp deletes, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.clearing import delete, leftovers
from training.config import Config, Params
from training.config_file import ConfigError
from training.experiment import Experiment, set_up


def experiment_in(folder: Path, data: str = "../data.npz") -> Experiment:
    experiment = set_up(folder / "exp", "a note", Params(), Config(data_filename=data))
    path = experiment.data_file(experiment.config())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
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
    with pytest.raises(ConfigError, match=r"there is no training data .*data.npz: correct"):
        leftovers(experiment)
    experiment.config_file.write_text("nonsense: 1\n")
    with pytest.raises(ConfigError, match="unknown key 'nonsense'"):
        leftovers(experiment)
    experiment.config_file.write_text("")
    with pytest.raises(ConfigError, match="data_filename is empty"):
        leftovers(experiment)
