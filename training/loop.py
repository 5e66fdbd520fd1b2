"""The training loop, top to bottom: maisynth-train run-train EXP_DIR.

The same command trains on a CPU, on a GPU, and under torchrun in several processes, each with its share of every batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn

from training.averaging import (
    CALIBRATION_BATCHES,
    CALIBRATION_PHRASES,
    averaged_copy,
    calibrate,
    update_average,
)
from training.checkpoint import Checkpoint, load_checkpoint, newest_checkpoint, save_checkpoint
from training.config import Config, Params
from training.cuda_graph import Replayed
from training.data.device_phrases import coming_batches
from training.data.home_shifts import home_shifts
from training.data.phrases import PhraseBatches, split_by_song, track_weights
from training.devices import choose_precision, keep_freed_memory, start_fabric, threads_for
from training.experiment import Experiment
from training.given_tracks import GivenTracks
from training.latent_layout import latent_layout, latent_size
from training.networks.binary_neurons import set_slope
from training.networks.generators import BandGenerator
from training.networks.playing_key import at_home
from training.networks.presets import build_critic, build_generator
from training.optimisers import adam, restore, set_rate, state_of
from training.path_roughness import EVERY, PHRASES
from training.processes import (
    any_process,
    mean_over_processes,
    own_share,
    process_count,
    process_rank,
    same_everywhere,
)
from training.sampling.latent_noise import draw_latents, hash_seed
from training.schedule import critic_updates, critic_updates_before, learning_rate, slope
from training.step_log import Losses, StepLog
from training.stop_signal import StopSignal
from training.training_data import open_training_data
from training.training_progress import TrainingProgress
from training.updates import Updates
from training.watching import Watch, open_summaries

READ_RECORDED_EVERY = 10  # steps: to read a number from a GPU is to wait for it


class TrainingFailed(RuntimeError):
    """The run cannot go on; the message says what to try."""


def train(experiment: Experiment, console: Console, clock: Callable[[], float] = time.monotonic) -> Path:
    """Train until config.steps, from the newest checkpoint if there is one; returns the last checkpoint's path.

    Ctrl-C and SIGTERM end the run after the step they come in, with a checkpoint. Raises TrainingFailed at a NaN;
    ConfigError, PhraseFileError, CheckpointError and OSError where the run cannot begin.
    """
    params, config = experiment.params(), experiment.config()
    data = open_training_data(experiment, params, config)
    keep_freed_memory()
    fabric = start_fabric(config.precision)
    share = _share_of_batch(config)
    is_first = process_rank() == 0
    torch.manual_seed(config.seed)  # all processes begin with the same weights

    # Plain modules under fabric.autocast(): the penalty differentiates the critic twice, which wrapped ones refuse.
    # share_gradients does what wrapping would, for any number of processes.
    generator = build_generator(params).to(fabric.device)
    critic = build_critic(params).to(fabric.device)
    average = averaged_copy(generator)
    recorded = can_record(fabric.device)
    optimise_generator = adam(generator.parameters(), config, recorded)
    optimise_critic = adam(critic.parameters(), config, recorded)
    first = 0
    resumed = newest_checkpoint(experiment.model)
    if resumed is not None:
        saved = load_checkpoint(resumed)
        if saved.params != params:
            raise TrainingFailed(f"{experiment.params_file} differs from {resumed}: start another experiment for it")
        try:
            generator.load_state_dict(saved.generator)
            critic.load_state_dict(saved.critic)
            average.load_state_dict(saved.average)
        except RuntimeError as error:  # torch names every weight: too many to read
            raise TrainingFailed(
                f"the weights in {resumed} are those of other networks than {params.nets.generator} and "
                f"{params.nets.discriminator} are in this version: start another experiment, or go on with the version "
                "that it was begun with"
            ) from error
        restore(optimise_generator, saved.generator_optimiser)
        restore(optimise_critic, saved.critic_optimiser)
        first = saved.step
    if not same_everywhere((torch.tensor(first), *generator.state_dict().values(), *critic.state_dict().values())):
        raise TrainingFailed(
            f"the processes begin with different weights: all of them must see the same {experiment.model}, on a disk "
            "that the machines share"
        )

    split = split_by_song(data, config.held_out_share, config.seed)
    weights = track_weights(data, split.training) if config.weigh_tracks else None
    is_drum = np.array(config.midi.is_drums, dtype=np.bool_)
    batches = PhraseBatches(
        data, split.training, is_drum, config.batch_size, config.seed, config.use_random_transpose, weights, share,
        home_shifts(data, is_drum) if latent_layout(params).key else None,
    )  # fmt: skip
    given = GivenTracks(batches, params.condition_track_idx)
    updates = critic_updates_before(first, config)
    phrases = coming_batches(batches, updates, fabric.device, threads_for(config.n_jobs))
    networks = Updates(
        config, generator, critic, optimise_generator, optimise_critic, fabric.autocast, params.condition_track_idx
    )
    way: Callable[[Callable[..., Tensor]], Callable[..., Tensor]] = Replayed if recorded else _as_written
    update_critic, update_generator = way(networks.critic_update), way(networks.generator_update)
    update_with_paths = way(networks.generator_update_with_paths)
    log = StepLog(experiment, console, silent=not is_first)
    summaries = open_summaries(config, experiment.logs, first) if is_first else None
    watch = Watch(experiment, params, config, given, log, summaries)
    log.write(
        f"{fabric.device} {choose_precision(config.precision)}, {process_count()} x {torch.get_num_threads()} threads; "
        f"{len(split.training)} phrases to train on, {len(split.validation)} held out; from step {first}"
    )
    if is_first:
        watch.real()
    stop = StopSignal()
    saved_at = clock()

    def checkpoint(step: int) -> Path:
        if not (_finite(generator) and _finite(critic)):
            raise _not_numbers(f"the weights are not numbers any more at step {step}")
        if not same_everywhere((*generator.state_dict().values(), *critic.state_dict().values())):
            raise TrainingFailed(
                f"the processes' weights have drifted apart at step {step}, nothing is saved: go on from the last "
                "checkpoint; if it comes again, their machines or their versions of torch differ"
            )
        calibrated = averaged_generator(average, params, config, given)
        content = Checkpoint(
            step=step,
            params=params,
            config=config,
            generator=generator.state_dict(),
            critic=critic.state_dict(),
            average=calibrated.state_dict(),
            generator_optimiser=state_of(optimise_generator),
            critic_optimiser=state_of(optimise_critic),
        )
        watch.flush()
        return save_checkpoint(experiment.model, content) if is_first else experiment.model

    step, numbers = first, Losses(0.0, 0.0, 0.0)
    read_every = READ_RECORDED_EVERY if recorded else 1
    progress = TrainingProgress(console, config.steps, first, silent=not is_first)
    with progress, closing(phrases), closing(watch), stop:
        while step < config.steps and not any_process(stop.asked):
            rate = learning_rate(step, config)
            for optimiser in (optimise_generator, optimise_critic):
                set_rate(optimiser, rate)
            for network in (generator, average):
                set_slope(network, slope(step, config))
            # Stochastic neurons draw from torch's own source.
            torch.manual_seed(hash_seed(config.seed, 11, step, process_rank()))

            for _ in range(critic_updates(step, config)):
                real = phrases.take().to(fabric.device)
                latents = _latents(config, params, 5, updates).to(fabric.device)
                found = update_critic(real, latents, _mixing(config, updates).to(fabric.device))
                updates += 1
            latents = _latents(config, params, 6, step).to(fabric.device)
            if config.path_penalty and step >= config.path_penalty_start and step % EVERY == 0:
                towards = _latents(config, params, 12, step).to(fabric.device)[:PHRASES]
                loss = update_with_paths(real, latents, towards)
            else:
                loss = update_generator(real, latents)
            update_average(average, generator, config.ema_decay, step)

            heard = config.batch_size * critic_updates(step, config)
            step += 1
            if step % read_every == 0 or step == config.steps or _due(config.log_loss_steps, step):
                numbers = Losses(*mean_over_processes(torch.cat((found, loss))).tolist())
            if not numbers.finite():
                raise _not_numbers(f"the losses are not numbers any more at step {step} ({numbers.line()})")
            progress.step(step, numbers.line(), heard, clock())
            if _due(config.log_loss_steps, step):
                log.write(f"step {step} {numbers.line()} rate {rate:.2g}")
            showing = (config.evaluate_steps, config.save_samples_steps, config.save_summaries_steps)
            if any(_due(every, step) for every in showing):
                playing = averaged_generator(average, params, config, given)
                if is_first and _due(config.evaluate_steps, step):
                    watch.measures(step, playing)
                if is_first and _due(config.save_samples_steps, step):
                    watch.samples(step, playing)
                if is_first and _due(config.save_summaries_steps, step):
                    watch.summary(step, playing, numbers, rate, progress.phrases_per_second)
            minutes = config.save_checkpoint_minutes
            overdue = any_process(minutes > 0 and clock() - saved_at >= 60.0 * minutes)
            if step < config.steps and (overdue or _due(config.save_checkpoint_steps, step)):
                checkpoint(step)
                saved_at = clock()
        path = checkpoint(step)
    log.write(f"{'stopped' if step < config.steps else 'finished'} at step {step}: {path}")
    return path


def averaged_generator(average: BandGenerator, params: Params, config: Config, given: GivenTracks) -> BandGenerator:
    """The averaged generator with its normalisation statistics set, ready to play. All processes do it together."""
    device = next(average.parameters()).device
    phrases = CALIBRATION_PHRASES + -CALIBRATION_PHRASES % process_count()  # as many for each process
    batches = []
    for number in range(CALIBRATION_BATCHES):
        latents = own_share(draw_latents(phrases, latent_size(params), (config.seed, 7, number))).to(device)
        heard = given.draw(phrases, number)
        batches.append((latents, None if heard is None else own_share(heard).to(device)))
    calibrate(average, batches)
    return average


def can_record(device: torch.device) -> bool:
    """Whether updates are recorded and replayed: on a GPU, where one process trains alone."""
    return device.type == "cuda" and process_count() == 1


def _as_written(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return function


def _share_of_batch(config: Config) -> tuple[int, int]:
    """The rows of every batch that this process computes. Raises TrainingFailed if they cannot be shared evenly."""
    if config.batch_size % process_count():
        raise TrainingFailed(
            f"batch_size is {config.batch_size}, which {process_count()} processes cannot share evenly: expected a "
            f"multiple of {process_count()}"
        )
    size = config.batch_size // process_count()
    return process_rank() * size, (process_rank() + 1) * size


def _not_numbers(what: str) -> TrainingFailed:
    return TrainingFailed(
        f"{what}. Go on from the last checkpoint with a lower initial_learning_rate, or with precision: 32-true"
    )


def _finite(network: nn.Module) -> bool:
    return all(bool(parameter.isfinite().all()) for parameter in network.parameters())


def _latents(config: Config, params: Params, purpose: int, count: int) -> torch.Tensor:
    drawn = own_share(draw_latents(config.batch_size, latent_size(params), (config.seed, purpose, count)))
    return at_home(drawn) if latent_layout(params).key else drawn


def _mixing(config: Config, update: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(hash_seed(config.seed, 9, update))
    return own_share(torch.rand(config.batch_size, 1, 1, 1, 1, generator=source))


def _due(every: int, step: int) -> bool:
    return every > 0 and step % every == 0
