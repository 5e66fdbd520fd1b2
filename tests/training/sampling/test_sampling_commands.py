"""run-inference and run-interpolation at the command line, with a real network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.test_trained import checkpoint
from training.__main__ import main
from training.checkpoint import save_checkpoint
from training.experiment import Experiment
from training.trained import load_trained


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """A model of two latent values after three steps; it needs no configuration files."""
    experiment = Experiment(tmp_path_factory.mktemp("exp"))
    save_checkpoint(experiment.model, checkpoint(3))
    return experiment


def played(folder: Path, number: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
    found: np.ndarray[tuple[int, ...], np.dtype[np.float16]] = np.load(
        folder / "arrays" / "fake_x" / f"fake_x_{number}.npy"
    )
    return found


@pytest.mark.parametrize("weights", ["average", "generator"])
def test_given_latents_are_played_with_the_weights_asked_for(
    weights: str, experiment: Experiment, tmp_path: Path
) -> None:
    latents = np.array([[0.5, -1.0], [2.0, 0.0]], dtype=np.float32)
    np.save(tmp_path / "latents.npy", latents)
    command = ["run-inference", str(experiment.folder), "--latents", str(tmp_path / "latents.npy")]
    assert main([*command, "--weights", weights]) == 0
    trained = load_trained(experiment, "average" if weights == "average" else "generator")
    np.testing.assert_array_equal(played(experiment.inference), trained.play(latents).astype(np.float16))


def test_a_seed_that_nobody_gave_is_told(experiment: Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["run-inference", str(experiment.folder), "--rows", "1", "--columns", "1", "--lower", "0", "--gap"]
    assert main(command) == 0
    first = played(experiment.inference)
    seed = capsys.readouterr().out.split()[1].rstrip(":")
    assert main([*command, "--seed", seed, "--runs", "2"]) == 0
    np.testing.assert_array_equal(played(experiment.inference), first)
    assert (played(experiment.inference, 1) != first).any()
    assert capsys.readouterr().out.count("1 x 1 phrases of step 3") == 2


def test_the_way_between_latents_is_played(experiment: Experiment, tmp_path: Path) -> None:
    np.save(tmp_path / "ends.npy", [[1.0, 0.0], [0.0, 1.0]])
    command = ["run-interpolation", str(experiment.folder), "--rows", "1", "--columns", "3", "--mode", "slerp"]
    assert main([*command, "--ends", str(tmp_path / "ends.npy"), "--seed", "1"]) == 0
    half = 0.5**0.5
    kept = np.load(experiment.interpolation / "arrays" / "latents" / "latents_0.npy")
    np.testing.assert_allclose(kept, [[1.0, 0.0], [half, half], [0.0, 1.0]], atol=1e-6)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["run-inference", "{exp}", "--lower", "2", "--upper", "1"], "latents cannot be drawn between 2 and 1"),
        (["run-inference", "{exp}", "--latents", "lost.npy"], "lost.npy cannot be read"),
        (["run-interpolation", "{exp}", "--ends", "lost.npy"], "lost.npy cannot be read"),
        (["run-inference", "{exp}/lost"], "there is no experiment"),
        (["run-interpolation", "{exp}/model"], "holds no checkpoint"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    command: list[str], message: str, experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(exp=experiment.folder) for word in command]) == 1
    error = capsys.readouterr().err
    assert error.startswith("maisynth-train: ")
    assert message in error


@pytest.mark.parametrize("option", ["--rows", "--columns", "--runs"])
@pytest.mark.parametrize("count", ["0", "-1", "1.5", "many", "1001"])
def test_counts_that_cannot_be_are_refused(
    option: str, count: str, experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["run-interpolation", str(experiment.folder), f"{option}={count}"])
    assert f"'{count}' came, expected a whole number from 1 to 1000" in capsys.readouterr().err
