"""run-exp and rerun-exp: in order, and only as agreed."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from tests.training.small import QUICK, small_experiment
from tests.training.test_trained import checkpoint
from training import loop, processes, run_exp
from training.__main__ import main
from training.checkpoint import save_checkpoint
from training.experiment import Experiment
from training.loop import TrainingFailed


class Trainer:
    """Trains in no time: writes the checkpoint of a step, or fails."""

    def __init__(self, reaches: int | None) -> None:
        self.reaches = reaches
        self.found: list[set[str]] = []  # what was in the folder at each start

    def train(self, experiment: Experiment, console: Console) -> Path:
        del console
        self.found.append({path.name for path in experiment.folder.iterdir()})
        if self.reaches is None:
            raise TrainingFailed("the losses are not numbers any more")
        return save_checkpoint(experiment.model, checkpoint(self.reaches))


WRITTEN = {"params.yaml", "config.yaml", "exp_note.txt"}


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    """To train for three steps; the trained one that Trainer makes has the default grid and two latent values."""
    return small_experiment(tmp_path, replace(QUICK, steps=3))


def patched(monkeypatch: pytest.MonkeyPatch, reaches: int | None) -> Trainer:
    trainer = Trainer(reaches)
    monkeypatch.setattr(loop, "train", trainer.train)
    return trainer


def test_training_inference_and_interpolation_come_in_order(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer = patched(monkeypatch, reaches=3)
    assert run_exp.run_experiment(experiment, rows=1, columns=2) == 0
    assert trainer.found == [WRITTEN]
    for results in (experiment.inference, experiment.interpolation):
        assert (results / "arrays" / "fake_x" / "fake_x_0.npy").is_file()
        assert len(list(results.rglob("row_01_column_02.mid"))) == 2
    seed, inference, interpolation = capsys.readouterr().out.splitlines()
    assert seed.startswith("seed ")
    assert inference == f"{experiment.inference}: 1 x 2 phrases of step 3 in the files numbered 0"
    assert interpolation == f"{experiment.interpolation}: 1 x 2 phrases of step 3 in the files numbered 0"


def test_a_training_that_was_stopped_has_no_results_yet(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patched(monkeypatch, reaches=2)
    assert main(["run-exp", str(experiment.folder)]) == 1
    assert "stopped at step 2 of 3, no results yet: maisynth-train run-exp" in capsys.readouterr().out
    assert not (experiment.folder / "results").exists()


def test_a_training_that_failed_says_so(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patched(monkeypatch, reaches=None)
    assert main(["run-exp", str(experiment.folder)]) == 1
    assert capsys.readouterr().err == "maisynth-train: the losses are not numbers any more\n"


@pytest.mark.parametrize(
    ("answer", "options", "deleted"),
    [
        ("y\n", [], True),
        ("YES\n", [], True),
        ("n\n", [], False),
        ("\n", [], False),
        ("", [], False),
        ("", ["--yes"], True),
    ],
)
def test_rerun_deletes_only_when_that_is_agreed(
    answer: str,
    options: list[str],
    deleted: bool,
    experiment: Experiment,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (experiment.folder / "logs").mkdir()
    (experiment.folder / "notes.txt").touch()
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    trainer = patched(monkeypatch, reaches=None)
    assert main(["rerun-exp", str(experiment.folder), *options]) == 1
    assert trainer.found == ([WRITTEN] if deleted else [])
    said = capsys.readouterr()
    assert ("delete logs/, notes.txt in " in said.out) == (not options)
    assert ("--yes deletes without asking" in said.err) == (not options and not answer)
    assert (experiment.folder / "notes.txt").exists() == (not deleted)


def test_rerun_does_not_ask_where_there_is_nothing_to_delete(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    trainer = patched(monkeypatch, reaches=None)
    main(["rerun-exp", str(experiment.folder)])
    assert trainer.found == [WRITTEN]
    assert "delete" not in capsys.readouterr().out


def test_rerun_deletes_nothing_for_a_run_that_could_not_begin(
    experiment: Experiment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (experiment.folder / "notes.txt").touch()
    (tmp_path / "data.npz").write_bytes(b"noise")
    assert main(["rerun-exp", str(experiment.folder), "--yes"]) == 1
    assert "data.npz is not an .npz" in capsys.readouterr().err
    (tmp_path / "data.npz").unlink()
    assert main(["rerun-exp", str(experiment.folder), "--yes"]) == 1
    assert "and there is no" in capsys.readouterr().err
    assert (experiment.folder / "notes.txt").exists()


def test_of_several_processes_the_first_writes_the_results(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    patched(monkeypatch, reaches=3)
    monkeypatch.setattr(processes, "process_rank", lambda: 1)
    assert run_exp.run_experiment(experiment, rows=1, columns=2) == 0
    assert not (experiment.folder / "results").exists()


def test_several_processes_cannot_rerun(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (experiment.folder / "notes.txt").touch()
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["rerun-exp", str(experiment.folder), "--yes"]) == 1
    assert "came in 2 processes, expected one" in capsys.readouterr().err
    assert (experiment.folder / "notes.txt").exists()


def test_rerun_refuses_a_folder_that_is_no_experiment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "song.mid").touch()
    assert main(["rerun-exp", str(tmp_path), "--yes"]) == 1
    assert "is no experiment" in capsys.readouterr().err
    assert (tmp_path / "song.mid").exists()
