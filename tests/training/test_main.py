"""maisynth-train: from an empty folder to a checkpoint, and what it says when something is missing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.conftest import phrase_set, random_cells
from training import loop
from training.__main__ import main
from training.checkpoint import load_checkpoint
from training.config import Config
from training.config_file import write_config
from training.data.phrase_file import save_phrases
from training.experiment import Experiment

REPOSITORY = Path(__file__).parents[2]


def test_an_experiment_is_set_up_and_trained(
    phrase_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CALIBRATION_PHRASES", 2)  # the many of a real run take longer than its one step here
    folder = tmp_path / "exp"
    assert main(["setup-exp", str(folder), "a first try", "--data", str(phrase_file)]) == 0
    assert (folder / "exp_note.txt").read_text() == "a first try\n"
    experiment = Experiment(folder)
    config = experiment.config()
    assert experiment.data_file(config).resolve() == phrase_file.resolve()

    quick = replace(config, steps=1, batch_size=2, n_dis_warm_up_updates=1, save_samples_steps=1, sample_grid=(1, 2))
    write_config(experiment.config_file, quick)
    assert main(["run-train", str(folder)]) == 0
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    names = ("fake_x_bernoulli_sampling", "fake_x_hard_thresholding")
    images = [f"{name}{suffix}" for name in ("fake_x", *names) for suffix in ("", "_colored")]
    assert files == {
        "params.yaml",
        "config.yaml",
        "exp_note.txt",
        "model/checkpoint_0000001.pt",
        "logs/train/step.log",
        "samples/arrays/fake_x/fake_x_1.npy",
        *(f"samples/images/{name}/{name}_1.png" for name in images),
        *(f"samples/pianorolls/{name}/{name}_1.npz" for name in names),
        *(f"samples/midi/{name}/{name}_1.mid" for name in names),
    }
    saved = load_checkpoint(folder / "model" / "checkpoint_0000001.pt")
    assert (saved.step, saved.config, saved.params) == (1, quick, experiment.params())


def test_data_is_named_from_the_experiments_folder_even_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "near").symlink_to(tmp_path / "far" / "away")
    data = tmp_path / "data.npz"
    save_phrases(data, phrase_set(random_cells(2, (1, 8, 12, 2)), [0, 1]))
    assert main(["setup-exp", str(tmp_path / "near" / "exp"), "--data", str(data)]) == 0
    experiment = Experiment(tmp_path / "near" / "exp")
    named = experiment.config().data_filename
    assert not Path(named).is_absolute()
    assert experiment.data_file(experiment.config()).samefile(data)


def test_an_experiment_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup-exp", str(tmp_path), "mine"]) == 0
    (tmp_path / "config.yaml").write_text("steps: 7\n")
    assert main(["setup-exp", str(tmp_path), "yours"]) == 1
    assert "params.yaml exists" in capsys.readouterr().err
    assert (tmp_path / "config.yaml").read_text() == "steps: 7\n"
    assert (tmp_path / "exp_note.txt").read_text() == "mine\n"


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "exp"
    assert main(["run-train", str(folder)]) == 1
    assert f"{folder / 'params.yaml'} cannot be read" in capsys.readouterr().err

    main(["setup-exp", str(folder)])
    assert main(["run-train", str(folder)]) == 1
    assert "data_filename is 'train_x_lpd_5_phr', and there is no" in capsys.readouterr().err

    (folder / "config.yaml").write_text("data_filename: lost.npz\n")
    assert main(["run-train", str(folder)]) == 1
    assert "lost.npz" in capsys.readouterr().err


def test_data_and_checkpoints_that_cannot_be_used_are_named(
    phrase_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "noise.npz").write_bytes(b"noise")
    assert main(["setup-exp", str(tmp_path / "exp"), "--data", str(tmp_path / "noise.npz")]) == 1
    assert "noise.npz is not an .npz" in capsys.readouterr().err
    main(["setup-exp", str(tmp_path / "exp")])
    write_config(tmp_path / "exp" / "config.yaml", Config(data_filename="../noise"))
    assert main(["run-train", str(tmp_path / "exp")]) == 1
    assert "noise.npz is not an .npz" in capsys.readouterr().err

    main(["setup-exp", str(tmp_path / "other"), "--data", str(phrase_file)])
    (tmp_path / "other" / "model").mkdir()
    (tmp_path / "other" / "model" / "checkpoint_0000001.pt").write_bytes(b"noise")
    assert main(["run-train", str(tmp_path / "other")]) == 1
    assert "checkpoint_0000001.pt" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["run-train"]])
def test_a_wrong_command_line_shows_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage: maisynth-train" in capsys.readouterr().err


def test_commands_that_do_not_train_start_without_torch(phrase_file: Path, tmp_path: Path) -> None:
    options = [str(tmp_path / "exp"), "--data", str(phrase_file), "--generator", "hybrid"]
    program = (
        "import sys; from training.__main__ import main; "
        f"assert main(['setup-exp', *{options!r}]) == 0; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)


def test_it_is_a_module_to_run_and_explains_itself() -> None:
    command = [sys.executable, "-m", "training", "--help"]
    shown = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    assert all(name in shown for name in ("collect-data", "setup-exp", "run-train"))
