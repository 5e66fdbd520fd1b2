"""The encoder really trains: a few steps on nine small phrases and what a grid generator makes."""

from __future__ import annotations

import itertools
import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.encoding.grid_trio import BRIEF, grid_experiment, learn, log_of, newest, same
from tests.training.small import run, small_experiment
from training import loop
from training.__main__ import main
from training.config_file import ConfigError
from training.encoding import encoder_loop, examination
from training.encoding.encoder_loop import rate
from training.experiment import Experiment
from training.loop import TrainingFailed
from training.networks.grid_generator import GridGenerator
from training.trained import load_trained


@pytest.fixture(scope="module", autouse=True)
def _few_phrases() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examination, "PHRASES", 4)
        patch.setattr(loop, "CALIBRATION_PHRASES", 4)
        yield


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Four steps in one go, examined after the third."""
    experiment = grid_experiment(tmp_path_factory.mktemp("straight"))
    assert learn(experiment, replace(BRIEF, evaluate_steps=3)).name == "checkpoint_0000004.pt"
    return experiment


def copied(experiment: Experiment, folder: Path) -> Experiment:
    shutil.copytree(experiment.folder.parent, folder, dirs_exist_ok=True)
    return Experiment(folder / experiment.folder.name)


@pytest.mark.parametrize("first", [1, 3])
def test_a_run_that_was_stopped_ends_where_it_would_have_ended(
    straight: Experiment, tmp_path: Path, first: int
) -> None:
    experiment = copied(straight, tmp_path)
    shutil.rmtree(experiment.folder / "encoder")
    with pytest.MonkeyPatch.context() as patch:  # the rate is that of the whole run
        patch.setattr(encoder_loop, "rate", lambda step, _: rate(step, BRIEF))
        learn(experiment, replace(BRIEF, steps=first))
    learn(experiment)
    ours, theirs = newest(experiment), newest(straight)
    assert ours.step == theirs.step == 4
    assert same(ours.encoder, theirs.encoder)
    assert [line for line in log_of(experiment) if " latents " in line] == [
        line for line in log_of(straight) if " latents " in line
    ]


def test_the_notes_count_after_the_latents_alone(straight: Experiment) -> None:
    lines = [line for line in log_of(straight) if " latents " in line]
    assert [line.split()[1] for line in lines] == ["1", "2", "3", "4"]
    assert [line.split()[5] == "0.0000" for line in lines] == [True, True, False, False]


def test_training_changes_every_weight_and_leaves_the_generator(straight: Experiment, tmp_path: Path) -> None:
    experiment = copied(straight, tmp_path)
    shutil.rmtree(experiment.folder / "encoder")
    learn(experiment, replace(BRIEF, steps=0))
    begun, ended = newest(experiment), newest(straight)
    assert [name for name in begun.encoder if torch.equal(begun.encoder[name], ended.encoder[name])] == []
    assert ended.listens_to(load_trained(straight).generator.state_dict())


def test_what_is_found_again_is_logged_and_kept(straight: Experiment) -> None:
    files = sorted((straight.folder / "encoder" / "eval").iterdir())
    assert [path.name for path in files] == ["reconstruction_0000003.json", "reconstruction_0000004.json"]
    found = json.loads(files[-1].read_text(encoding="utf-8"))
    assert set(found) == {"generated", "real"}
    assert set(found["real"]) == {"recall", "dice", "key", "density"}
    examined = [line for line in log_of(straight) if "note cells" in line]
    assert [line.split(":")[0] for line in examined] == ["step 3", "step 3", "step 4", "step 4"]


def test_an_encoder_learns_to_tell_latents(tmp_path: Path) -> None:
    experiment = grid_experiment(tmp_path)
    config = replace(BRIEF, steps=150, latents_only_steps=150, batch_size=16, all_tracks_share=1.0, log_steps=10)
    learn(experiment, config)
    errors = [float(line.split()[3]) for line in log_of(experiment) if " latents " in line]
    assert min(errors[-3:]) < 0.75 * errors[0]


def test_an_encoder_whose_generator_learned_on_begins_again_with_its_weights(
    straight: Experiment, tmp_path: Path
) -> None:
    experiment = copied(straight, tmp_path)
    run(experiment, replace(experiment.config(), steps=1))
    learn(experiment, replace(BRIEF, steps=0))
    ended = newest(experiment)
    assert ended.step == 0
    assert same(ended.encoder, newest(straight).encoder)
    assert not ended.listens_to(newest(straight).generator)
    assert any("learned on" in line for line in log_of(experiment))
    learn(experiment, replace(BRIEF, steps=1))
    assert newest(experiment).step == 1
    assert log_of(experiment)[-4].startswith("step 1 latents ")


def test_the_first_run_writes_the_configuration_that_it_follows(
    straight: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = copied(straight, tmp_path)
    (experiment.folder / "encoder.yaml").unlink()
    monkeypatch.setattr(encoder_loop, "EncoderConfig", lambda: replace(BRIEF, steps=5))
    monkeypatch.setattr(encoder_loop, "read_config", lambda *_: replace(BRIEF, steps=5))
    assert main(["train-encoder", str(experiment.folder)]) == 0
    assert "steps: 5  # updates" in (experiment.folder / "encoder.yaml").read_text(encoding="utf-8")
    assert "finished at step 5" in capsys.readouterr().out.replace("\n", " ")


def test_a_generator_without_handles_has_no_encoder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    experiment = small_experiment(tmp_path)
    run(experiment, replace(experiment.config(), steps=0))
    with pytest.raises(TrainingFailed, match=r"nets\.generator is 'default', expected 'grid'"):
        learn(experiment)
    assert main(["train-encoder", str(experiment.folder)]) == 1
    assert "maisynth-train: nets.generator is 'default'" in capsys.readouterr().err


def test_without_a_trained_generator_there_is_nothing_to_listen_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train-encoder", str(tmp_path / "nowhere")]) == 1
    assert "maisynth-train: " in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


def test_a_wrong_configuration_names_its_key(straight: Experiment, tmp_path: Path) -> None:
    experiment = copied(straight, tmp_path)
    (experiment.folder / "encoder.yaml").write_text("step: 4\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"encoder\.yaml: unknown key 'step': did you mean 'steps'"):
        encoder_loop.encoder_config(experiment)


def test_losses_that_are_no_numbers_end_the_run_and_keep_its_checkpoint(
    straight: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = copied(straight, tmp_path)
    silence = torch.full((4, *experiment.params().data_shape), torch.nan)
    monkeypatch.setattr(GridGenerator, "activations", lambda *_: silence)
    with pytest.raises(TrainingFailed, match=r"not numbers any more at step 5\..*encoder\.yaml"):
        learn(experiment, replace(BRIEF, steps=6))
    assert newest(experiment).step == 4


def test_sigterm_ends_the_run_after_its_step_with_a_checkpoint(straight: Experiment, tmp_path: Path) -> None:
    experiment = copied(straight, tmp_path)
    times = iter([0.0, 1.0])  # when the run begins and after its first update

    def clock() -> float:
        time = next(times)
        if time > 0.0:
            signal.raise_signal(signal.SIGTERM)
        return time

    path = learn(experiment, replace(BRIEF, steps=1000, save_checkpoint_minutes=0.0), clock)
    assert path.name == "checkpoint_0000005.pt"
    assert newest(experiment).step == 5
    assert log_of(experiment)[-1].startswith("stopped at step 5: ")


def test_a_checkpoint_comes_when_its_minutes_are_over(straight: Experiment, tmp_path: Path) -> None:
    experiment = copied(straight, tmp_path)
    shutil.rmtree(experiment.folder / "encoder")
    seconds = itertools.count(0.0, 40.0)  # the clock is read twice an update
    learn(experiment, replace(BRIEF, steps=2, save_checkpoint_minutes=1.0), lambda: next(seconds))
    folder = experiment.folder / "encoder" / "model"
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint_0000001.pt", "checkpoint_0000002.pt"]


def test_the_rate_falls_to_nothing_over_the_second_half() -> None:
    config = replace(BRIEF, steps=100, learning_rate=0.002)
    assert [rate(step, config) for step in (0, 50, 75, 100)] == pytest.approx([0.002, 0.002, 0.001, 0.0])
