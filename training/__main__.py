"""maisynth-train: collect MIDI files, set up an experiment, train."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from training import run_exp, set_up_command
from training.collecting import collect
from training.collecting.collect import CollectError
from training.config_file import ConfigError
from training.data import process_data
from training.data.phrase_file import PhraseFileError
from training.data.process_data import ProcessError
from training.downloads import download_command
from training.downloads.http_transfer import DownloadError
from training.experiment import Experiment
from training.measures import evaluate
from training.measures.evaluation import EvaluationError
from training.sampling import sampling_commands


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (CollectError, ConfigError, DownloadError, EvaluationError, PhraseFileError, ProcessError, OSError) as error:
        print(f"maisynth-train: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="maisynth-train",
        description="Train a band on your own MIDI files: collect-data, then setup-exp, then run-train; "
        "maisynth-export makes of the result a model that the bridge plays.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("collect-data", help="a folder of MIDI files to a file of training phrases")
    collect.add_arguments(command)
    command.set_defaults(run=collect.run)

    command = commands.add_parser("process-data", help="training phrases from one format to another")
    process_data.add_arguments(command)
    command.set_defaults(run=process_data.run)

    for fetching in download_command.FETCHINGS:
        command = commands.add_parser(fetching.command, help=fetching.help, description=fetching.description)
        download_command.add_arguments(command, fetching)
        command.set_defaults(run=download_command.run)

    command = commands.add_parser("setup-exp", help="make an experiment's folder with its two configuration files")
    set_up_command.add_arguments(command)
    command.set_defaults(run=set_up_command.run)

    command = commands.add_parser("run-train", help="train, or go on with a run that was stopped")
    command.add_argument("folder", type=Path, metavar="EXP_DIR")
    command.set_defaults(run=_run_train)

    command = commands.add_parser(
        "train-encoder",
        help="train what hears clips: from a phrase to the latent nearest to it, for a grid model",
        description="Train an encoder for the newest checkpoint of EXP_DIR, or go on with a run that was stopped. How "
        "long and how is in EXP_DIR/encoder.yaml, which the first run writes. maisynth-export puts the encoder beside "
        "the model, where the bridge finds it and uses it for capture and accompany.",
    )
    command.add_argument("folder", type=Path, metavar="EXP_DIR")
    command.set_defaults(run=_train_encoder)

    sampling_commands.add_commands(commands)
    run_exp.add_commands(commands)

    command = commands.add_parser(
        "evaluate", help="measure music: what a model plays beside real phrases, or MIDI files"
    )
    evaluate.add_arguments(command)
    command.set_defaults(run=evaluate.run)
    return parser


def _run_train(arguments: argparse.Namespace) -> int:
    # Torch is imported by the command that needs it: the others start at once.
    from training.checkpoint import CheckpointError
    from training.loop import TrainingFailed, train

    try:
        train(Experiment(arguments.folder), Console())
    except (TrainingFailed, CheckpointError) as error:
        print(f"maisynth-train: {error}", file=sys.stderr)
        return 1
    return 0


def _train_encoder(arguments: argparse.Namespace) -> int:
    from training.checkpoint import CheckpointError
    from training.encoding.encoder_loop import train_encoder
    from training.loop import TrainingFailed

    try:
        train_encoder(Experiment(arguments.folder), Console())
    except (TrainingFailed, CheckpointError) as error:
        print(f"maisynth-train: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
