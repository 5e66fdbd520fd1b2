"""An experiment's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.config import Config, Params
from training.config_file import ConfigError
from training.experiment import Experiment, set_up


def test_a_new_experiment_has_its_two_files_and_its_note(tmp_path: Path) -> None:
    params, config = Params(latent_dim=16), Config(steps=7)
    experiment = set_up(tmp_path / "my" / "experiment", "Blues, für später", params, config)
    names = sorted(path.name for path in (tmp_path / "my" / "experiment").iterdir())
    assert names == ["config.yaml", "exp_note.txt", "params.yaml"]
    assert experiment.params() == params
    assert experiment.config() == config
    assert (experiment.folder / "exp_note.txt").read_text(encoding="utf-8") == "Blues, für später\n"


@pytest.mark.parametrize("existing", ["params.yaml", "config.yaml"])
def test_an_experiment_is_not_overwritten(existing: str, tmp_path: Path) -> None:
    (tmp_path / existing).write_text("mine")
    with pytest.raises(ConfigError, match=f"{existing} exists"):
        set_up(tmp_path, "", Params(), Config())
    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "mine"


def test_the_folder_is_laid_out_as_the_originals(tmp_path: Path) -> None:
    experiment = Experiment(tmp_path)
    paths = (experiment.model, experiment.logs, experiment.samples, experiment.evaluation)
    assert [str(path.relative_to(tmp_path).as_posix()) for path in paths] == ["model", "logs/train", "samples", "eval"]


def test_data_is_found_from_the_experiments_folder(tmp_path: Path) -> None:
    experiment = Experiment(tmp_path / "one")
    experiment.folder.mkdir()
    elsewhere = tmp_path / "elsewhere.npz"
    for path in (tmp_path / "data.npz", elsewhere, experiment.folder / "own.npz"):
        path.touch()
    assert experiment.data_file(Config(data_filename="../data.npz")) == tmp_path / "one" / ".." / "data.npz"
    assert experiment.data_file(Config(data_filename=str(elsewhere))) == elsewhere
    assert experiment.data_file(Config(data_filename="own.npz")) == experiment.folder / "own.npz"


@pytest.mark.parametrize("made", ["lpd.v1", "lpd.v1.phrases", "lpd.v1.npz"])
def test_data_is_found_with_or_without_its_ending(made: str, tmp_path: Path) -> None:
    (tmp_path / made).touch()
    assert Experiment(tmp_path).data_file(Config(data_filename="lpd.v1")) == tmp_path / made
    assert Experiment(tmp_path).data_file(Config(data_filename=made)) == tmp_path / made


def test_a_store_comes_before_the_file_that_it_was_made_from(tmp_path: Path) -> None:
    (tmp_path / "lpd.npz").touch()
    (tmp_path / "lpd.phrases").mkdir()
    assert Experiment(tmp_path).data_file(Config(data_filename="lpd")) == tmp_path / "lpd.phrases"


def test_data_root_is_where_the_data_is(tmp_path: Path) -> None:
    experiment = Experiment(tmp_path / "exp")
    (tmp_path / "all data").mkdir()
    (tmp_path / "all data" / "lpd.npz").touch()
    experiment.folder.mkdir()
    (experiment.folder / "lpd.npz").touch()  # not this one
    for root in (str(tmp_path / "all data"), "../all data"):
        found = experiment.data_file(Config(data_filename="lpd", data_root=root))
        assert found.samefile(tmp_path / "all data" / "lpd.npz")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", r"config\.yaml: data_filename is empty.*collect-data"),
        ("train_x_lpd_5_phr", r"is 'train_x_lpd_5_phr', and there is no .*train_x_lpd_5_phr, with or .*collect-data"),
        ("lost/data.npz", r"there is no .*data\.npz"),
    ],
)
def test_data_that_is_not_there_says_how_to_make_it(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        Experiment(tmp_path).data_file(Config(data_filename=name))
