"""The encoder's training, top to bottom: maisynth-train train-encoder EXP_DIR."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from training.config import Config
from training.config_file import read_config, write_config
from training.data.device_phrases import coming_batches
from training.data.home_shifts import home_shifts
from training.data.phrase_file import PhraseSet
from training.data.phrases import PhraseBatches, Split, split_by_song, track_weights
from training.devices import choose_precision, keep_freed_memory, start_fabric
from training.encoding.encoder_checkpoint import (
    EncoderCheckpoint,
    build_encoder,
    encoder_room,
    newest_encoder,
    save_encoder,
    trained_encoder,
)
from training.encoding.encoder_config import EncoderConfig
from training.encoding.examination import Examination, Results
from training.encoding.lesson import faults, hear
from training.experiment import Experiment
from training.loop import TrainingFailed
from training.networks.grid_generator import GridGenerator
from training.processes import process_count
from training.sampling.latent_noise import hash_seed
from training.step_log import StepLog
from training.stop_signal import StopSignal
from training.trained import load_trained
from training.training_data import open_training_data
from training.training_progress import TrainingProgress

REAL = 24  # marks the seed of the real phrases


def train_encoder(experiment: Experiment, console: Console, clock: Callable[[], float] = time.monotonic) -> Path:
    """Train until encoder.yaml's steps, from the newest checkpoint if there is one; returns the last one's path.

    It listens to the averaged generator of the experiment's newest checkpoint. If that has learned on since the
    encoder was saved, the encoder begins again at step 0, with the weights that it has. Ctrl-C and SIGTERM end the run
    after the update they come in, with a checkpoint. Raises TrainingFailed, ConfigError, PhraseFileError,
    CheckpointError and OSError.
    """
    config, trained = encoder_config(experiment), load_trained(experiment)
    generator = trained.generator
    if not isinstance(generator, GridGenerator):
        raise TrainingFailed(
            f"nets.generator is {trained.params.nets.generator!r}, expected 'grid': an encoder reads the handles of a "
            "latent, and only the grid network has them"
        )
    data = open_training_data(experiment, trained.params, experiment.config())
    keep_freed_memory()
    fabric = start_fabric(config.precision)
    if process_count() > 1:
        raise TrainingFailed(f"train-encoder came in {process_count()} processes, expected one: start it alone")
    room = encoder_room(experiment)
    log = StepLog(room, console)
    torch.manual_seed(config.seed)
    saved = newest_encoder(experiment)
    goes_on = saved is not None and saved.listens_to(generator.state_dict())
    generator.requires_grad_(False).to(fabric.device)
    encoder = (build_encoder(trained.params) if saved is None else trained_encoder(saved)).train().to(fabric.device)
    optimiser = torch.optim.Adam(encoder.parameters(), config.learning_rate)
    step = 0
    if saved is not None and goes_on:
        optimiser.load_state_dict(saved.optimiser)
        step = saved.step
    elif saved is not None:
        log.write("the generator has learned on since: from step 0 with the weights that the encoder has")

    split = split_by_song(data, trained.config.held_out_share, trained.config.seed)
    batches = _real_batches(data, split, trained.config, config, bool(generator.layout.key))
    pitched = torch.from_numpy(~_is_drum(trained.config)).float().to(fabric.device)
    held_out = split.validation if len(split.validation) else split.training
    examination = Examination(data, held_out, _is_drum(trained.config), config.seed)
    phrases = coming_batches(batches, max(0, step - config.latents_only_steps), fabric.device)
    log.write(
        f"{fabric.device} {choose_precision(config.precision)}, {torch.get_num_threads()} threads; "
        f"listens to the generator after {trained.step} steps; from step {step}"
    )
    stop = StopSignal()
    saved_at = clock()

    def checkpoint() -> Path:
        states = encoder.state_dict(), optimiser.state_dict(), generator.state_dict()
        if not all(bool(parameter.isfinite().all()) for parameter in encoder.parameters()):
            raise _not_numbers("weights", step)
        return save_encoder(room.model, EncoderCheckpoint(step, trained.params, config, *states))

    progress = TrainingProgress(console, config.steps, step)
    with progress, closing(phrases), stop:
        while step < config.steps and not stop.asked:
            for group in optimiser.param_groups:
                group["lr"] = rate(step, config)
            real = phrases.take() if step >= config.latents_only_steps else None
            with fabric.autocast():
                found = faults(encoder, generator, hear(generator, config, step, real), pitched)
            loss = found.total(config)
            optimiser.zero_grad()
            fabric.backward(loss)
            optimiser.step()
            step += 1
            numbers = found.numbers()
            line = " ".join(f"{name} {number:.4f}" for name, number in numbers.items())
            if not math.isfinite(sum(numbers.values())):
                raise _not_numbers("losses", step)
            progress.step(step, line, config.batch_size, clock())
            if _due(config.log_steps, step):
                log.write(f"step {step} {line}")
            if step < config.steps and _due(config.evaluate_steps, step):
                _report(examination.of(encoder, generator), step, room, log)
            if step < config.steps and 0.0 < 60.0 * config.save_checkpoint_minutes <= clock() - saved_at:
                checkpoint()
                saved_at = clock()
        path = checkpoint()
    _report(examination.of(encoder, generator), step, room, log)
    log.write(f"{'stopped' if step < config.steps else 'finished'} at step {step}: {path}")
    return path


def encoder_config(experiment: Experiment) -> EncoderConfig:
    """EXP_DIR/encoder.yaml, which is written with the defaults if it is not there. Raises ConfigError."""
    path = experiment.encoder_file
    if experiment.folder.is_dir() and not path.exists():
        write_config(path, EncoderConfig())
    return read_config(path, EncoderConfig)


def rate(step: int, config: EncoderConfig) -> float:
    """Adam's learning rate: constant for the first half, then linear to 0."""
    left = 2.0 * (config.steps - step) / max(1, config.steps)
    return config.learning_rate * min(1.0, left)


def _not_numbers(what: str, step: int) -> TrainingFailed:
    return TrainingFailed(
        f"the {what} are not numbers any more at step {step}. Go on from the last checkpoint with a lower "
        "learning_rate in encoder.yaml, or with precision: 32-true"
    )


def _real_batches(
    data: PhraseSet, split: Split, trained: Config, config: EncoderConfig, has_key: bool
) -> PhraseBatches:
    """Half a batch at a time, drawn as the generator's training draws them."""
    weights = track_weights(data, split.training) if trained.weigh_tracks else None
    size, seed, is_drum = config.batch_size // 2, hash_seed(config.seed, REAL), _is_drum(trained)
    shifts = home_shifts(data, is_drum) if has_key else None
    return PhraseBatches(
        data, split.training, is_drum, size, seed, trained.use_random_transpose, weights, home_shifts=shifts
    )


def _is_drum(trained: Config) -> NDArray[np.bool_]:
    return np.array(trained.midi.is_drums, dtype=np.bool_)


def _report(results: Results, step: int, room: Experiment, log: StepLog) -> None:
    path = room.evaluation / f"reconstruction_{step:07d}.json"
    path.write_text(json.dumps(results.to_mapping(), indent=1, allow_nan=False), encoding="utf-8")
    for line in results.lines():
        log.write(f"step {step}: {line}")


def _due(every: int, step: int) -> bool:
    return every > 0 and step % every == 0
