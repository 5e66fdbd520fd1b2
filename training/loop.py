"""The training loop, top to bottom: maisynth-train run-train EXP_DIR."""

from __future__ import annotations

import json
import math
import signal
import time
from dataclasses import replace
from pathlib import Path

import lightning_fabric
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import nn

from training.averaging import averaged_copy, calibrate, update_average
from training.checkpoint import Checkpoint, load_checkpoint, newest_checkpoint, save_checkpoint
from training.config import Config, Params
from training.devices import choose_precision, keep_freed_memory
from training.experiment import Experiment
from training.latent_noise import draw_latents, hash_seed
from training.losses import critic_loss, generator_loss, gradient_penalty
from training.metrics import measure
from training.networks import build_critic, build_generator
from training.phrase_file import PhraseSet, load_phrases
from training.phrases import PhraseBatches, Prefetch, split_by_song, track_weights
from training.samples import write_grid

WARM_UP_STEPS = 10
FIXED_LATENTS = 1  # marks the seed of the latents that every sample picture uses
MEASURED_PHRASES = 200


class TrainingFailed(RuntimeError):
    """The run cannot go on; the message says what to try."""


def train(experiment: Experiment, console: Console) -> Path:
    """Train until config.steps, from the newest checkpoint if there is one; returns the last checkpoint's path.

    Ctrl-C and SIGTERM end the run after the step they come in, with a checkpoint. Raises TrainingFailed at a NaN.
    """
    params, config = experiment.params(), experiment.config()
    data = load_phrases(experiment.data_file(config))
    _check_data(data, params)
    keep_freed_memory()
    fabric = lightning_fabric.Fabric(accelerator="auto", devices=1, precision=choose_precision(config.precision))
    torch.manual_seed(config.seed)

    # Plain modules under fabric.autocast(): the penalty differentiates the critic twice, which wrapped ones refuse.
    generator: nn.Module = build_generator(params).to(fabric.device)
    critic: nn.Module = build_critic(params).to(fabric.device)
    average = averaged_copy(generator)
    adam = (config.adam.beta1, config.adam.beta2)
    optimise_generator = torch.optim.Adam(generator.parameters(), config.initial_learning_rate, adam)
    optimise_critic = torch.optim.Adam(critic.parameters(), config.initial_learning_rate, adam)
    first = 0
    resumed = newest_checkpoint(experiment.model)
    if resumed is not None:
        saved = load_checkpoint(resumed)
        if saved.params != params:
            raise TrainingFailed(f"{experiment.params_file} differs from {resumed}: start another experiment for it")
        generator.load_state_dict(saved.generator)
        critic.load_state_dict(saved.critic)
        average.load_state_dict(saved.average)
        optimise_generator.load_state_dict(saved.generator_optimiser)
        optimise_critic.load_state_dict(saved.critic_optimiser)
        first = saved.step

    split = split_by_song(data, config.validation_share, config.seed)
    weights = track_weights(data, split.training) if config.weigh_tracks else None
    is_drum = np.array(config.midi.is_drums, dtype=np.bool_)
    batches = PhraseBatches(
        data, split.training, is_drum, config.batch_size, config.seed, config.use_random_transpose, weights
    )
    updates = critic_updates_before(first, config)
    prefetch = Prefetch(batches.batch, updates)
    log = StepLog(experiment, console)
    log.write(
        f"{fabric.device} {choose_precision(config.precision)}, {torch.get_num_threads()} threads; "
        f"{len(split.training)} phrases to train on, {len(split.validation)} held out; from step {first}"
    )
    log.write(f"real: {measure(_some_real(batches)).line()}")
    stop = StopSignal()

    def checkpoint(step: int) -> Path:
        calibrated = averaged_generator(average, params, config)
        return save_checkpoint(
            experiment.model,
            Checkpoint(
                step=step,
                params=params,
                config=config,
                generator=generator.state_dict(),
                critic=critic.state_dict(),
                average=calibrated.state_dict(),
                generator_optimiser=optimise_generator.state_dict(),
                critic_optimiser=optimise_critic.state_dict(),
            ),
        )

    step = first
    with _progress(console) as progress, stop:
        bar = progress.add_task("training", total=config.steps, completed=first, losses="")
        while step < config.steps and not stop.asked:
            rate = learning_rate(step, config)
            for optimiser in (optimise_generator, optimise_critic):
                for group in optimiser.param_groups:
                    group["lr"] = rate

            for _ in range(critic_updates(step, config)):
                real = torch.from_numpy(prefetch.take()).to(fabric.device)
                latents = _latents(config, params, 5, updates).to(fabric.device)
                mixing = _mixing(config, updates).to(fabric.device)
                with fabric.autocast():
                    with torch.no_grad():
                        fake = generator(latents)
                    distance = critic_loss(critic(real), critic(fake))
                    penalty = gradient_penalty(critic, real, fake, mixing)
                optimise_critic.zero_grad()
                fabric.backward(distance + config.gradient_penalty * penalty)
                optimise_critic.step()
                updates += 1

            latents = _latents(config, params, 6, step).to(fabric.device)
            # The critic's own gradients of this pass are thrown away: do not compute them.
            critic.requires_grad_(False)
            with fabric.autocast():
                loss = generator_loss(critic(generator(latents)))
            optimise_generator.zero_grad()
            fabric.backward(loss)
            optimise_generator.step()
            critic.requires_grad_(True)
            update_average(average, generator, config.ema_decay, step)
            step += 1

            numbers = Losses(float(distance), float(penalty), float(loss))
            if not numbers.finite():
                raise TrainingFailed(
                    f"the losses are not numbers any more at step {step} ({numbers.line()}). Go on from the last "
                    "checkpoint with a lower initial_learning_rate, or with precision: 32-true"
                )
            progress.update(bar, completed=step, losses=numbers.line())
            if _due(config.log_loss_steps, step):
                log.write(f"step {step} {numbers.line()} rate {rate:.2g}")
            if _due(config.evaluate_steps, step):
                log.measures(step, averaged_generator(average, params, config), params, config)
            if _due(config.save_samples_steps, step):
                _write_sample(experiment, step, averaged_generator(average, params, config), params, config)
            if _due(config.save_checkpoint_steps, step) and step < config.steps:
                checkpoint(step)
    prefetch.close()
    path = checkpoint(step)
    log.write(f"{'stopped' if step < config.steps else 'finished'} at step {step}: {path}")
    return path


def critic_updates(step: int, config: Config) -> int:
    """Critic updates before generator step `step`."""
    return config.n_dis_warm_up_updates if step < WARM_UP_STEPS else config.n_dis_updates_per_gen_update


def critic_updates_before(step: int, config: Config) -> int:
    """Critic updates in all generator steps before `step`: the number of batches that have been used."""
    warm = min(step, WARM_UP_STEPS)
    return warm * config.n_dis_warm_up_updates + (step - warm) * config.n_dis_updates_per_gen_update


def learning_rate(step: int, config: Config) -> float:
    """Constant, then linear to the schedule's end value; counted in generator steps."""
    schedule = config.learning_rate_schedule
    end = config.steps if schedule.end is None else schedule.end
    if not config.use_learning_rate_decay or step <= schedule.start:
        return config.initial_learning_rate
    share = min(1.0, (step - schedule.start) / max(1, end - schedule.start))
    return config.initial_learning_rate + share * (schedule.end_value - config.initial_learning_rate)


def averaged_generator(average: nn.Module, params: Params, config: Config) -> nn.Module:
    """The averaged generator with its normalisation statistics set, ready to play."""
    batches = [draw_latents(64, params.latent_dim, (config.seed, 7, number)) for number in range(4)]
    device = next(average.parameters()).device
    calibrate(average, [batch.to(device) for batch in batches])
    return average


def sample(generator: nn.Module, latents: torch.Tensor, batch: int = 16) -> NDArray[np.bool_]:
    """(n, bars, steps, pitches, tracks) bool: what a generator in [-1, 1] plays at threshold 0."""
    device = next(generator.parameters()).device
    with torch.no_grad():
        parts = [(generator(part.to(device)) > 0).cpu().numpy() for part in latents.split(batch)]
    return np.concatenate(parts)


class Losses:
    """What the last step measured: the critic's Wasserstein distance, its penalty, the generator's loss."""

    def __init__(self, distance: float, penalty: float, generator: float) -> None:
        self.distance, self.penalty, self.generator = distance, penalty, generator

    def finite(self) -> bool:
        return all(math.isfinite(value) for value in (self.distance, self.penalty, self.generator))

    def line(self) -> str:
        return f"D {self.distance:.3f} GP {self.penalty:.4f} G {self.generator:.3f}"


class StepLog:
    """logs/train/step.log, one line an entry, continued when a run resumes; measures also as eval/*.json."""

    def __init__(self, experiment: Experiment, console: Console) -> None:
        experiment.logs.mkdir(parents=True, exist_ok=True)
        experiment.evaluation.mkdir(parents=True, exist_ok=True)
        self._file = experiment.logs / "step.log"
        self._evaluation = experiment.evaluation
        self._console = console

    def write(self, text: str) -> None:
        line = f"{time.strftime('%H:%M:%S')} {text}"
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
        self._console.print(line, highlight=False)

    def measures(self, step: int, generator: nn.Module, params: Params, config: Config) -> None:
        latents = draw_latents(MEASURED_PHRASES, params.latent_dim, (config.seed, 8, step))
        found = measure(sample(generator, latents))
        (self._evaluation / f"measures_{step:07d}.json").write_text(json.dumps(found.to_mapping(), indent=1))
        self.write(f"step {step} plays: {found.line()}")


class StopSignal:
    """Turns Ctrl-C and SIGTERM into a request that the loop reads after the step; a second Ctrl-C interrupts."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> StopSignal:
        self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _frame: object) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = True


def _latents(config: Config, params: Params, purpose: int, count: int) -> torch.Tensor:
    return draw_latents(config.batch_size, params.latent_dim, (config.seed, purpose, count))


def _mixing(config: Config, update: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(hash_seed(config.seed, 9, update))
    return torch.rand(config.batch_size, 1, 1, 1, 1, generator=source)


def _due(every: int, step: int) -> bool:
    return every > 0 and step % every == 0


def _some_real(batches: PhraseBatches) -> NDArray[np.bool_]:
    drawn = replace(batches, batch_size=min(MEASURED_PHRASES, len(batches.indices)), random_transpose=False)
    return drawn.batch(0) > 0


def _write_sample(experiment: Experiment, step: int, generator: nn.Module, params: Params, config: Config) -> None:
    rows, columns = config.sample_grid
    latents = draw_latents(rows * columns, params.latent_dim, (config.seed, FIXED_LATENTS))
    path = experiment.samples / "images" / "fake_x_hard_thresholding_colored" / f"fake_x_{step}.png"
    write_grid(path, sample(generator, latents), rows, columns)


def _check_data(data: PhraseSet, params: Params) -> None:
    if data.data_shape != params.data_shape or data.steps_per_beat != params.beat_resolution:
        raise TrainingFailed(
            f"the data has shape {list(data.data_shape)} at {data.steps_per_beat} steps a beat, params.yaml says "
            f"{list(params.data_shape)} at {params.beat_resolution}"
        )
    if len(data) < 2:
        raise TrainingFailed(f"the data has {len(data)} phrases, expected at least 2: collect more files")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}"),
        console=console,
    )
