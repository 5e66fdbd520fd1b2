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
    assert experiment.data_file(Config(data_filename="../data.npz")) == tmp_path / "one" / ".." / "data.npz"
    elsewhere = tmp_path / "elsewhere.npz"
    assert experiment.data_file(Config(data_filename=str(elsewhere))) == elsewhere


def test_data_that_is_not_named_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data_filename is empty.*collect-data"):
        Experiment(tmp_path).data_file(Config())
