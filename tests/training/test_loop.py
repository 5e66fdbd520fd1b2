"""The loop really trains: the full networks, a few steps on nine phrases."""

from __future__ import annotations

import io
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console

from tests.training.conftest import phrase_set, random_cells
from training import loop
from training.checkpoint import Checkpoint, load_checkpoint, newest_checkpoint, save_checkpoint
from training.config import Config, Midi, Nets, Params, Schedule, SlopeSchedule
from training.config_file import write_config
from training.data.phrase_file import PhraseSet, save_phrases
from training.experiment import Experiment, set_up
from training.loop import TrainingFailed, train
from training.trained import play

REPOSITORY = Path(__file__).parents[2]

QUICK = Config(
    steps=4,
    batch_size=2,
    n_dis_updates_per_gen_update=1,
    n_dis_warm_up_updates=1,
    learning_rate_schedule=Schedule(start=1, end=5),
    validation_share=0.25,
    precision="32-true",
    log_loss_steps=1,
    evaluate_steps=0,
    save_samples_steps=0,
    save_checkpoint_steps=0,
)


def run(experiment: Experiment, config: Config) -> Path:
    write_config(experiment.config_file, config)
    return train(experiment, Console(file=io.StringIO()))


def log_of(experiment: Experiment) -> list[str]:
    """The lines of step.log without their times of day."""
    return [line[9:] for line in (experiment.logs / "step.log").read_text(encoding="utf-8").splitlines()]


def losses_of(experiment: Experiment) -> list[str]:
    return [line for line in log_of(experiment) if re.match(r"step \d+ D ", line)]


@pytest.fixture(scope="module", autouse=True)
def _few_phrases() -> Iterator[None]:
    """Measure and calibrate on a few phrases: the many that a real run takes are most of its time here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "MEASURED_PHRASES", 4)
        patch.setattr(loop, "CALIBRATION_PHRASES", 2)
        yield


@pytest.fixture(scope="module")
def straight(phrase_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Four steps in one go, with samples and measures."""
    config = replace(QUICK, data_filename=str(phrase_file))
    experiment = set_up(tmp_path_factory.mktemp("straight"), "", Params(), config)
    run(experiment, replace(config, evaluate_steps=4, save_samples_steps=4))
    return experiment


@pytest.fixture(scope="module")
def resumed(phrase_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Two steps, and two more in another run."""
    config = replace(QUICK, data_filename=str(phrase_file))
    experiment = set_up(tmp_path_factory.mktemp("resumed"), "", Params(), config)
    assert run(experiment, replace(config, steps=2)).name == "checkpoint_0000002.pt"
    assert run(experiment, config).name == "checkpoint_0000004.pt"
    return experiment


@pytest.fixture
def copy_of_resumed(resumed: Experiment, tmp_path: Path) -> Experiment:
    shutil.copytree(resumed.folder, tmp_path / "copy")
    return Experiment(tmp_path / "copy")


def newest(experiment: Experiment) -> Checkpoint:
    path = newest_checkpoint(experiment.model)
    assert path is not None
    return load_checkpoint(path)


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """Nested dictionaries and lists as one, by dotted names."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return {key: leaf for part, inner in pairs for key, leaf in flat(inner, f"{name}.{part}").items()}
    return {name: value}


def assert_same_end(one: Checkpoint, two: Checkpoint) -> None:
    assert one.step == two.step
    states = ("generator", "critic", "average", "generator_optimiser", "critic_optimiser")
    for state in states:
        expected, found = flat(getattr(one, state), state), flat(getattr(two, state), state)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            same = torch.equal(found[name], value) if isinstance(value, torch.Tensor) else found[name] == value
            assert same, f"{name} differs"


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


def test_training_changes_every_weight(straight: Experiment, phrase_file: Path, tmp_path: Path) -> None:
    config = replace(QUICK, data_filename=str(phrase_file), steps=0)
    begun = load_checkpoint(run(set_up(tmp_path, "", Params(), config), config))
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
        assert image.size == (399, 351)  # 2 x 4 phrases of 4 bars with their lines
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


def test_weights_that_are_no_numbers_are_not_saved(copy_of_resumed: Experiment) -> None:
    # The losses of the step are those of the weights before it.
    poison("generator_optimiser", lambda state: state["state"][0]["exp_avg"].fill_(torch.nan), copy_of_resumed)
    with pytest.raises(TrainingFailed, match=r"weights are not numbers any more at step 5"):
        run(copy_of_resumed, replace(copy_of_resumed.config(), steps=5))
    assert newest(copy_of_resumed).step == 4


def test_a_model_that_has_begun_cannot_become_another(copy_of_resumed: Experiment) -> None:
    write_config(copy_of_resumed.params_file, Params(initial_output_shift=0.0))
    with pytest.raises(TrainingFailed, match=r"params\.yaml differs from .*checkpoint_0000004\.pt"):
        train(copy_of_resumed, Console(file=io.StringIO()))


BINARY_SLOPES = {"use_slope_annealing": True, "slope_schedule": SlopeSchedule(start=0, end=2, end_value=5.0)}
# A new critic scores near 0: what it loses then tells the losses apart, and the sign of the generator's the last two.
FIRST_LOSS = {"wasserstein": 0.0, "hinge": 2.0, "nonsaturating": 2 * math.log(2), "classic": 2 * math.log(2)}
BARE_CRITIC = "no_chroma_onset_offset_streams"


@pytest.mark.parametrize(
    ("params", "change"),
    [
        (Params(), {"gan_loss_type": "hinge"}),
        (Params(), {"gan_loss_type": "nonsaturating"}),
        (Params(), {"gan_loss_type": "classic"}),
        (Params(), {"use_gradient_penalties": False}),
        (Params(use_binary_neurons=True, nets=Nets("dbn")), BINARY_SLOPES),
        (Params(nets=Nets("bad_pitch_order", "no_chroma_stream")), {}),
        (Params(nets=Nets("bad_temp_order", BARE_CRITIC)), {"ema_decay": 0.0}),
    ],
)
def test_every_loss_and_network_trains(
    params: Params, change: dict[str, Any], phrase_file: Path, tmp_path: Path
) -> None:
    config = replace(QUICK, data_filename=str(phrase_file), steps=2, learning_rate_schedule=Schedule(), **change)
    experiment = set_up(tmp_path, "", params, config)
    run(experiment, config)
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


def test_stochastic_neurons_draw_the_same_after_a_stop(phrase_file: Path, tmp_path: Path) -> None:
    config = replace(QUICK, data_filename=str(phrase_file), steps=2)
    params = Params(use_binary_neurons=True, nets=Nets("sbn"))
    straight = set_up(tmp_path / "straight", "", params, config)
    run(straight, config)
    stopped = set_up(tmp_path / "stopped", "", params, config)
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


def small_set(data_shape: tuple[int, int, int, int], count: int = 2, lowest_pitch: int = 24) -> PhraseSet:
    return phrase_set(random_cells(count, data_shape), list(range(count)), lowest_pitch)


FOUR_TRACKS = Midi(track_names=("A", "B", "C", "D"), programs=(0, 0, 0, 0), is_drums=(1, 0, 0, 0))


@pytest.mark.parametrize(
    ("data", "midi", "message"),
    [
        (small_set((4, 24, 84, 5)), Midi(), r"shape \[4, 24, 84, 5\] at 6 steps a beat, .* \[4, 48, 84, 5\] at 12"),
        (small_set((4, 48, 84, 5), count=1), Midi(), "the data has 1 phrases, expected at least 2"),
        (small_set((4, 48, 84, 5), lowest_pitch=21), Midi(), "lowest pitch is 21, midi.lowest_pitch .* is 24"),
        (small_set((4, 48, 84, 5)), FOUR_TRACKS, "midi describes 4 tracks, the data has 5"),
    ],
)
def test_data_that_does_not_fit_is_refused(data: PhraseSet, midi: Midi, message: str, tmp_path: Path) -> None:
    save_phrases(tmp_path / "data.npz", data)
    config = replace(QUICK, data_filename="../data.npz", midi=midi)
    experiment = set_up(tmp_path / "exp", "", Params(), config)
    with pytest.raises(TrainingFailed, match=message):
        train(experiment, Console(file=io.StringIO()))
    assert not experiment.model.exists()


def test_sigterm_ends_the_run_with_a_checkpoint(phrase_file: Path, tmp_path: Path) -> None:
    config = replace(QUICK, data_filename=str(phrase_file), steps=10_000)
    experiment = set_up(tmp_path, "", Params(), config)
    program = (
        "import sys; from training import __main__, loop; loop.CALIBRATION_PHRASES = 2; "
        f"sys.exit(__main__.main(['run-train', {str(tmp_path)!r}]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"},
        text=True,
    )
    overdue = threading.Timer(120.0, process.kill)
    overdue.start()
    assert process.stdout is not None
    with process, process.stdout as lines:
        for line in lines:
            if " step 2 " in line:
                break
        process.send_signal(signal.SIGTERM)
        rest = lines.read()
    overdue.cancel()
    assert process.returncode == 0, rest
    step = newest(experiment).step
    assert 2 <= step < 10_000
    assert losses_of(experiment)[-1].startswith(f"step {step} ")
    assert log_of(experiment)[-1].startswith(f"stopped at step {step}: ")


def test_a_sample_is_what_the_generator_plays_above_zero() -> None:
    class Echo(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.place = torch.nn.Parameter(torch.zeros(1))

        def forward(self, latents: torch.Tensor) -> torch.Tensor:
            assert len(latents) <= 3
            return latents.view(-1, 1, 1, 2, 1)

    latents = torch.tensor([[-1.0, 1.0], [0.0, 0.1], [0.5, -0.5], [1.0, 1.0]])
    played = play(Echo(), latents, batch=3) > 0
    np.testing.assert_array_equal(played[:, 0, 0, :, 0], [[False, True], [False, True], [True, False], [True, True]])
