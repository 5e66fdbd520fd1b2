"""The training loop, top to bottom: maisynth-train run-train EXP_DIR."""

from __future__ import annotations

from contextlib import closing
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
from training.data.phrase_data import open_phrases
from training.data.phrase_file import PhraseSet
from training.data.phrases import PhraseBatches, Prefetch, split_by_song, track_weights
from training.devices import choose_precision, keep_freed_memory
from training.experiment import Experiment
from training.losses import LOSSES, gradient_penalty
from training.measures.metrics import Measures, measure
from training.networks.binary_neurons import set_slope
from training.networks.presets import build_critic, build_generator
from training.sampling.latent_noise import draw_latents, hash_seed
from training.sampling.samples import sheet_from, write_samples
from training.schedule import critic_updates, critic_updates_before, learning_rate, slope
from training.step_log import Losses, StepLog
from training.stop_signal import StopSignal
from training.trained import play

FIXED_LATENTS = 1  # marks the seed of the latents that every sample picture uses
MEASURED_PHRASES = 200
CALIBRATION_BATCHES, CALIBRATION_PHRASES = 4, 64  # that set the averaged generator's statistics, phrases a batch


class TrainingFailed(RuntimeError):
    """The run cannot go on; the message says what to try."""


def train(experiment: Experiment, console: Console) -> Path:
    """Train until config.steps, from the newest checkpoint if there is one; returns the last checkpoint's path.

    Ctrl-C and SIGTERM end the run after the step they come in, with a checkpoint. Raises TrainingFailed at a NaN.
    """
    params, config = experiment.params(), experiment.config()
    data = open_phrases(experiment.data_file(config))
    _check_data(data, params, config)
    keep_freed_memory()
    fabric = lightning_fabric.Fabric(accelerator="auto", devices=1, precision=choose_precision(config.precision))
    torch.manual_seed(config.seed)

    adversarial = LOSSES[config.gan_loss_type]
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
        if not (_finite(generator) and _finite(critic)):
            raise _not_numbers(f"the weights are not numbers any more at step {step}")
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
    with _progress(console) as progress, closing(prefetch), stop:
        bar = progress.add_task("training", total=config.steps, completed=first, losses="")
        while step < config.steps and not stop.asked:
            rate = learning_rate(step, config)
            for optimiser in (optimise_generator, optimise_critic):
                for group in optimiser.param_groups:
                    group["lr"] = rate
            for network in (generator, average):
                set_slope(network, slope(step, config))
            torch.manual_seed(hash_seed(config.seed, 11, step))  # stochastic neurons draw from torch's own source

            for _ in range(critic_updates(step, config)):
                real = torch.from_numpy(prefetch.take()).to(fabric.device)
                latents = _latents(config, params, 5, updates).to(fabric.device)
                mixing = _mixing(config, updates).to(fabric.device)
                with fabric.autocast():
                    with torch.no_grad():
                        fake = generator(latents)
                    distance = adversarial.critic(critic(real), critic(fake))
                    penalty = torch.zeros(())
                    if config.use_gradient_penalties:
                        penalty = gradient_penalty(critic, real, fake, mixing)
                optimise_critic.zero_grad()
                fabric.backward(distance + config.gradient_penalty * penalty)
                optimise_critic.step()
                updates += 1

            latents = _latents(config, params, 6, step).to(fabric.device)
            # The critic's own gradients of this pass are thrown away: do not compute them.
            critic.requires_grad_(False)
            with fabric.autocast():
                loss = adversarial.generator(critic(generator(latents)))
            optimise_generator.zero_grad()
            fabric.backward(loss)
            optimise_generator.step()
            critic.requires_grad_(True)
            update_average(average, generator, config.ema_decay, step)
            step += 1

            numbers = Losses(float(distance.detach()), float(penalty.detach()), float(loss.detach()))
            if not numbers.finite():
                raise _not_numbers(f"the losses are not numbers any more at step {step} ({numbers.line()})")
            progress.update(bar, completed=step, losses=numbers.line())
            if _due(config.log_loss_steps, step):
                log.write(f"step {step} {numbers.line()} rate {rate:.2g}")
            if _due(config.evaluate_steps, step):
                log.measures(step, _measured(step, averaged_generator(average, params, config), params, config))
            if _due(config.save_samples_steps, step):
                _write_samples(experiment, step, averaged_generator(average, params, config), params, config)
            if _due(config.save_checkpoint_steps, step) and step < config.steps:
                checkpoint(step)
        path = checkpoint(step)
    log.write(f"{'stopped' if step < config.steps else 'finished'} at step {step}: {path}")
    return path


def averaged_generator(average: nn.Module, params: Params, config: Config) -> nn.Module:
    """The averaged generator with its normalisation statistics set, ready to play."""
    batches = [
        draw_latents(CALIBRATION_PHRASES, params.latent_dim, (config.seed, 7, number))
        for number in range(CALIBRATION_BATCHES)
    ]
    device = next(average.parameters()).device
    calibrate(average, [batch.to(device) for batch in batches])
    return average


def _not_numbers(what: str) -> TrainingFailed:
    return TrainingFailed(
        f"{what}. Go on from the last checkpoint with a lower initial_learning_rate, or with precision: 32-true"
    )


def _finite(network: nn.Module) -> bool:
    return all(bool(parameter.isfinite().all()) for parameter in network.parameters())


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


def _measured(step: int, generator: nn.Module, params: Params, config: Config) -> Measures:
    latents = draw_latents(MEASURED_PHRASES, params.latent_dim, (config.seed, 8, step))
    return measure(play(generator, latents) > 0)


def _write_samples(experiment: Experiment, step: int, generator: nn.Module, params: Params, config: Config) -> None:
    """The same latents at every step, in the formats that config.save_*_samples say."""
    rows, columns = config.sample_grid
    latents = draw_latents(rows * columns, params.latent_dim, (config.seed, FIXED_LATENTS))
    sheet = sheet_from(config, params, rows, columns)
    sheet = replace(sheet, formats=[form for form in sheet.formats if form != "midi phrases"])
    write_samples(experiment.samples, step, play(generator, latents), sheet, (config.seed, FIXED_LATENTS, step))


def _check_data(data: PhraseSet, params: Params, config: Config) -> None:
    if data.data_shape != params.data_shape or data.steps_per_beat != params.beat_resolution:
        raise TrainingFailed(
            f"the data has shape {list(data.data_shape)} at {data.steps_per_beat} steps a beat, params.yaml says "
            f"{list(params.data_shape)} at {params.beat_resolution}"
        )
    if data.lowest_pitch != config.midi.lowest_pitch:
        raise TrainingFailed(
            f"the data's lowest pitch is {data.lowest_pitch}, midi.lowest_pitch in config.yaml is "
            f"{config.midi.lowest_pitch}: all would sound at another pitch than it was learned at; make them equal"
        )
    if len(config.midi.is_drums) != params.data_shape[3]:
        raise TrainingFailed(
            f"config.yaml's midi describes {len(config.midi.is_drums)} tracks, the data has {params.data_shape[3]}: "
            "give track_names, programs and is_drums an entry for each"
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
