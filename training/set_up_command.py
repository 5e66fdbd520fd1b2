"""maisynth-train setup-exp: an experiment's folder, its configuration made to fit the data."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.config import ACCOMPANIMENT, BINARY_GENERATORS, GENERATORS, GRID, Config, Midi, Nets, Params, Schedule
from training.config_file import ConfigError
from training.data.phrase_data import open_phrases
from training.data.phrase_file import PhraseSet
from training.experiment import set_up

OF_THE_GRID: Mapping[str, Any] = {
    "use_train_test_split": True,
    "use_random_transpose": True,
    "n_dis_updates_per_gen_update": 2,
    "n_dis_warm_up_updates": 8,
}
# Good music on two cores in an hour or two.
LAPTOP: Mapping[str, Any] = {
    **OF_THE_GRID,
    "steps": 5000,
    "batch_size": 32,
    "learning_rate_schedule": Schedule(start=3800),
    "log_loss_steps": 50,
    "save_samples_steps": 250,
    "save_summaries_steps": 50,
    "evaluate_steps": 250,
    "save_checkpoint_steps": 250,
    "sample_grid": (4, 2),
}
# Nine times as many phrases, in ten minutes on an H100.
GPU: Mapping[str, Any] = {
    **OF_THE_GRID,
    "steps": 22000,
    "batch_size": 64,
    "learning_rate_schedule": Schedule(start=15000),
    "augment": 0.1,
    "path_penalty": 1.0,
    "path_penalty_start": 15000,
    "log_loss_steps": 200,
    "save_samples_steps": 2500,
    "evaluate_steps": 2500,
    "save_checkpoint_steps": 5000,
}
SIZES: Mapping[str, Mapping[str, Any]] = {"original": {}, "laptop": LAPTOP, "gpu": GPU}
NETWORKS: Mapping[str, str] = {"original": "default", "laptop": GRID, "gpu": GRID}  # where none is asked for


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="EXP_DIR")
    command.add_argument("note", nargs="?", default="", help="what this experiment is about")
    command.add_argument(
        "--data", type=Path, metavar="DATA", help="the phrases to train on; data_shape, tracks and pitches are theirs"
    )
    command.add_argument(
        "--for",
        dest="size",
        choices=tuple(SIZES),
        default="original",
        help="original: the original's settings (the default); laptop: good music in an hour or two on two cores; "
        "gpu: longer, in ten minutes on a large one",
    )
    command.add_argument(
        "--generator",
        choices=GENERATORS,
        help="which network (default, the original's; for a laptop or a GPU grid, ours)",
    )
    command.add_argument(
        "--condition-track", metavar="TRACK", help="the track that an accompaniment plays to: its name or index"
    )


def run(arguments: argparse.Namespace) -> int:
    """Make the folder. Raises ConfigError, PhraseFileError, OSError."""
    params, config = Params(), Config(**SIZES[arguments.size])
    if arguments.data is not None:
        data = open_phrases(arguments.data)
        try:
            params = replace(params, data_shape=data.data_shape, beat_resolution=data.steps_per_beat)
            config = replace(config, data_filename=_seen_from(arguments.folder, arguments.data), midi=_midi(data))
        except ValueError as error:
            raise ConfigError(f"{arguments.data}: {error}") from error
    generator = arguments.generator or NETWORKS[arguments.size]
    params = _with_generator(params, config, generator, arguments.condition_track)
    if params.use_binary_neurons:
        config = replace(config, use_slope_annealing=True)  # as the original's presets dbn and sbn
    experiment = set_up(arguments.folder, arguments.note, params, config)
    print(
        f"{experiment.params_file} and {experiment.config_file} are yours to edit; then: "
        f"maisynth-train run-train {arguments.folder}"
    )
    return 0


def _with_generator(params: Params, config: Config, generator: str, condition: str | None) -> Params:
    given = None
    if generator == ACCOMPANIMENT:
        given = _track_index(condition, config.midi.track_names)
    elif condition is not None:
        raise ConfigError(f"--condition-track is for --generator {ACCOMPANIMENT} alone")
    try:
        return replace(
            params,
            nets=Nets(generator, "phrase" if generator == GRID else "default"),
            latent_dim=_latent_dim(params, generator),
            use_binary_neurons=generator in BINARY_GENERATORS,
            is_accompaniment=given is not None,
            condition_track_idx=given,
            drum_tracks=config.midi.drum_tracks,
        )
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _latent_dim(params: Params, generator: str) -> int:
    if generator != GRID:
        return params.latent_dim
    bars, _, _, tracks = params.data_shape
    return params.latent_parts.size(bars, tracks)


def _track_index(track: str | None, names: tuple[str, ...]) -> int:
    folded = [name.casefold() for name in names]
    if track is not None and track.casefold() in folded:
        return folded.index(track.casefold())
    if track is not None and track.isdecimal() and int(track) < len(names):
        return int(track)
    listed = ", ".join(f"{index} {name}" for index, name in enumerate(names))
    raise ConfigError(f"--condition-track is {track!r}, expected the track that an accompaniment plays to: {listed}")


def _midi(data: PhraseSet) -> Midi:
    """Names and pitches as the data has them; programs of the tracks that have the band's names, else a piano's."""
    known = Midi()
    folded = [name.casefold() for name in known.track_names]
    programs = dict(zip(folded, known.programs, strict=True))
    drums = dict(zip(folded, known.is_drums, strict=True))
    return replace(
        known,
        lowest_pitch=data.lowest_pitch,
        track_names=data.tracks,
        programs=tuple(programs.get(name.casefold(), 0) for name in data.tracks),
        is_drums=tuple(drums.get(name.casefold(), 0) for name in data.tracks),
    )


def _seen_from(folder: Path, data: Path) -> str:
    """The data's path from the experiment's folder, so that both can move together; links are followed."""
    try:
        return os.path.relpath(data.resolve(), folder.resolve())
    except ValueError:  # on another drive, there is no way from the folder
        return str(data.resolve())
