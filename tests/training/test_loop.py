"""The loop really trains: every network and loss, a few steps on nine small phrases."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from tests.training.small import (
    PARAMS,
    QUICK,
    assert_same_end,
    log_of,
    losses_of,
    newest,
    run,
    small_experiment,
)
from training import loop, watching
from training.checkpoint import load_checkpoint, save_checkpoint
from training.config import Nets, Params, Schedule, SlopeSchedule
from training.config_file import write_config
from training.experiment import Experiment
from training.loop import TrainingFailed


@pytest.fixture(scope="module", autouse=True)
def _few_phrases() -> Iterator[None]:
    """Measure and calibrate on a few phrases: the many that a real run takes are most of its time here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "MEASURED_PHRASES", 4)
        patch.setattr(loop, "CALIBRATION_PHRASES", 2)
        yield


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Four steps in one go, with samples and measures."""
    experiment = small_experiment(tmp_path_factory.mktemp("straight"))
    run(experiment, replace(QUICK, evaluate_steps=4, save_samples_steps=4))
    return experiment


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Two steps, and two more in another run."""
    experiment = small_experiment(tmp_path_factory.mktemp("resumed"))
    assert run(experiment, replace(QUICK, steps=2)).name == "checkpoint_0000002.pt"
    assert run(experiment, QUICK).name == "checkpoint_0000004.pt"
    return experiment


@pytest.fixture
def copy_of_resumed(resumed: Experiment, tmp_path: Path) -> Experiment:
    shutil.copytree(resumed.folder.parent, tmp_path, dirs_exist_ok=True)
    return Experiment(tmp_path / resumed.folder.name)


def test_a_run_that_was_stopped_ends_where_it_would_have_ended(straight: Experiment, resumed: Experiment) -> None:
    assert newest(straight).step == 4
    assert_same_end(newest(straight), newest(resumed))
    assert losses_of(straight) == losses_of(resumed)


def test_each_step_has_finite_losses_at_the_scheduled_rate(straight: Experiment) -> None:
    lines = losses_of(straight)
    number = r"(-?\d+\.\d+)"
    found = [re.fullmatch(rf"step (\d) D {number} GP {number} G {number} rate (\S+)", line) for line in lines]
    assert all(found), lines
    assert [(match[1], match[5]) for match in found if match] == [
        ("1", "0.001"),
        ("2", "0.001"),
        ("3", "0.00075"),
        ("4", "0.0005"),
    ]
    assert len({match[2] for match in found if match}) == 4, "the losses stand still"
    last = newest(straight)
    for optimiser in (last.generator_optimiser, last.critic_optimiser):
        assert [group["lr"] for group in optimiser["param_groups"]] == [0.0005]


def test_training_changes_every_weight(straight: Experiment, tmp_path: Path) -> None:
    begun = load_checkpoint(run(small_experiment(tmp_path, replace(QUICK, steps=0))))
    for state in ("generator", "critic", "average"):
        before, after = getattr(begun, state), getattr(newest(straight), state)
        unchanged = {name for name in before if torch.equal(before[name], after[name])}
        # A bias before a normalisation has no effect; the score's falls out of the difference of two scores.
        assert {name for name in unchanged if not name.endswith("bias")} == set()
        assert state != "critic" or unchanged <= {"score_bias"}


def test_a_resumed_run_continues_its_log(resumed: Experiment) -> None:
    log = log_of(resumed)
    assert [line.split(" ")[1] for line in losses_of(resumed)] == ["1", "2", "3", "4"]
    begun = [line for line in log if "held out" in line]
    assert [line.split("; ")[-1] for line in begun] == ["from step 0", "from step 2"]
    assert sum(line.startswith("finished at step") for line in log) == 2


def test_samples_and_measures_come_when_they_are_due(straight: Experiment, resumed: Experiment) -> None:
    name = "fake_x_hard_thresholding_colored"
    picture = straight.samples / "images" / name / f"{name}_4.png"
    with Image.open(picture) as image:
        assert image.size == (3 + 3 * (2 * 17 - 1 + 3), 3 + 2 * (36 + 3))  # 2 x 3 phrases of 2 bars with their lines
    assert [path.name for path in straight.evaluation.iterdir()] == ["measures_0000004.json"]
    assert any(line.startswith("step 4 plays: EB ") for line in log_of(straight))
    assert not resumed.samples.exists()


def test_a_run_that_is_over_stays_over(copy_of_resumed: Experiment) -> None:
    before = newest(copy_of_resumed)
    run(copy_of_resumed, copy_of_resumed.config())
    after = newest(copy_of_resumed)
    assert after.step == 4
    assert all(torch.equal(after.generator[name], before.generator[name]) for name in before.generator)


def poison(name: str, spoil: Callable[[Any], None], experiment: Experiment) -> None:
    checkpoint = newest(experiment)
    spoil(getattr(checkpoint, name))
    save_checkpoint(experiment.model, checkpoint)


def test_a_run_whose_losses_are_no_numbers_stops_with_advice_and_keeps_its_checkpoints(
    copy_of_resumed: Experiment,
) -> None:
    poison("critic", lambda state: state["window.bias"].fill_(torch.nan), copy_of_resumed)
    with pytest.raises(
        TrainingFailed, match=r"losses are not numbers any more at step 5 .*lower initial_learning_rate"
    ):
        run(copy_of_resumed, replace(copy_of_resumed.config(), steps=6, save_checkpoint_steps=1))
    assert newest(copy_of_resumed).step == 4


def test_a_checkpoint_of_other_networks_is_refused_in_a_sentence(copy_of_resumed: Experiment) -> None:
    poison("critic", lambda state: state.pop("window.bias"), copy_of_resumed)
    with pytest.raises(TrainingFailed, match=r"weights in .*checkpoint_0000004\.pt are those of other networks"):
        run(copy_of_resumed, replace(copy_of_resumed.config(), steps=6))
    assert newest(copy_of_resumed).step == 4


def test_weights_that_are_no_numbers_are_not_saved(copy_of_resumed: Experiment) -> None:
    # The losses of the step are those of the weights before it.
    poison("generator_optimiser", lambda state: state["state"][0]["exp_avg"].fill_(torch.nan), copy_of_resumed)
    with pytest.raises(TrainingFailed, match=r"weights are not numbers any more at step 5"):
        run(copy_of_resumed, replace(copy_of_resumed.config(), steps=5))
    assert newest(copy_of_resumed).step == 4


def test_a_model_that_has_begun_cannot_become_another(copy_of_resumed: Experiment) -> None:
    write_config(copy_of_resumed.params_file, replace(PARAMS, initial_output_shift=0.0))
    with pytest.raises(TrainingFailed, match=r"params\.yaml differs from .*checkpoint_0000004\.pt"):
        run(copy_of_resumed)


BINARY_SLOPES = {"use_slope_annealing": True, "slope_schedule": SlopeSchedule(start=0, end=2, end_value=5.0)}
# A new critic scores near 0: what it loses then tells the losses apart, and the sign of the generator's the last two.
FIRST_LOSS = {"wasserstein": 0.0, "hinge": 2.0, "nonsaturating": 2 * math.log(2), "classic": 2 * math.log(2)}
BARE_CRITIC = "no_chroma_onset_offset_streams"


@pytest.mark.parametrize(
    ("params", "change"),
    [
        (PARAMS, {"gan_loss_type": "hinge"}),
        (PARAMS, {"gan_loss_type": "nonsaturating"}),
        (PARAMS, {"gan_loss_type": "classic"}),
        (PARAMS, {"use_gradient_penalties": False}),
        (replace(PARAMS, use_binary_neurons=True, nets=Nets("dbn")), BINARY_SLOPES),
        (replace(PARAMS, nets=Nets("composer")), {"weigh_tracks": True}),
        (replace(PARAMS, nets=Nets("jamming")), {"use_train_test_split": False}),
        (replace(PARAMS, nets=Nets("bad_pitch_order", "no_chroma_stream")), {}),
        (replace(PARAMS, nets=Nets("bad_temp_order", BARE_CRITIC)), {"ema_decay": 0.0}),
    ],
)
def test_every_loss_and_network_trains(params: Params, change: dict[str, Any], tmp_path: Path) -> None:
    config = replace(QUICK, steps=2, learning_rate_schedule=Schedule(), **change)
    experiment = small_experiment(tmp_path, config, params)
    run(experiment)
    last = newest(experiment)
    assert last.step == 2
    lines = losses_of(experiment)
    assert len(lines) == 2
    assert float(lines[0].split()[3]) == pytest.approx(FIRST_LOSS[config.gan_loss_type], abs=0.3)
    if config.gan_loss_type in ("nonsaturating", "classic"):
        assert (float(lines[0].split()[7]) < 0.0) == (config.gan_loss_type == "classic")
    for optimiser in (last.generator_optimiser, last.critic_optimiser):
        moved = [bool(state["exp_avg_sq"].any()) for state in optimiser["state"].values()]
        assert sum(moved) > 0.8 * len(moved)
    assert ("slope" in last.generator) == params.use_binary_neurons
    if params.use_binary_neurons:  # the slope of the second step, in both networks
        assert float(last.generator["slope"]) == float(last.average["slope"]) == 3.0
    if not config.use_gradient_penalties:
        assert all(" GP 0.0000 " in line for line in lines)
    if config.ema_decay == 0.0:
        for name in ("bars.weight", "merge.norm.shift"):
            assert torch.equal(last.average[name], last.generator[name])


def test_stochastic_neurons_draw_the_same_after_a_stop(tmp_path: Path) -> None:
    config = replace(QUICK, steps=2)
    params = replace(PARAMS, use_binary_neurons=True, nets=Nets("sbn"))
    straight = small_experiment(tmp_path, config, params, "straight")
    run(straight)
    stopped = small_experiment(tmp_path, config, params, "stopped")
    run(stopped, replace(config, steps=1))
    run(stopped, config)
    assert_same_end(newest(straight), newest(stopped))
    assert losses_of(straight) == losses_of(stopped)


def test_a_format_that_is_switched_off_is_not_written(copy_of_resumed: Experiment) -> None:
    config = replace(copy_of_resumed.config(), steps=5, save_samples_steps=1)
    run(copy_of_resumed, replace(config, save_image_samples=False))
    assert not (copy_of_resumed.samples / "images").exists()
    run(copy_of_resumed, replace(config, steps=6))
    assert any((copy_of_resumed.samples / "images").rglob("*.png"))


def a_minute_a_step(experiment: Experiment) -> Callable[[], float]:
    """A clock by which every step of a run takes a minute."""
    return lambda: 60.0 * len(losses_of(experiment))


@pytest.mark.parametrize(
    ("minutes", "steps", "kept"),
    [
        (3.0, 0, [3, 6, 8]),
        (2.5, 0, [3, 6, 8]),  # after the step that passes it
        (3.0, 4, [4, 7, 8]),  # counted from the last checkpoint, whatever it was made for
        (0.0, 0, [8]),
        (1e6, 0, [8]),
    ],
)
def test_a_checkpoint_is_never_older_than_the_minutes_asked_for(
    minutes: float, steps: int, kept: list[int], tmp_path: Path
) -> None:
    config = replace(QUICK, steps=8, save_checkpoint_minutes=minutes, save_checkpoint_steps=steps)
    experiment = small_experiment(tmp_path, config)
    run(experiment, clock=a_minute_a_step(experiment))
    assert sorted(path.name for path in experiment.model.iterdir()) == [f"checkpoint_{step:07d}.pt" for step in kept]


def test_ways_between_latents_count_from_their_step_on(straight: Experiment, tmp_path: Path) -> None:
    # Every fourth step looks at them: here that is the first alone, and none from the second on.
    penalised = replace(QUICK, path_penalty=5.0)
    from_the_start, later = (
        small_experiment(tmp_path, replace(penalised, path_penalty_start=start), name=f"from {start}")
        for start in (0, 1)
    )
    run(from_the_start)
    run(later)
    assert losses_of(later) == losses_of(straight)
    assert losses_of(from_the_start) != losses_of(straight)
