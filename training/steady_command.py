"""maisynth-train steady-bars: an experiment's newest checkpoint with steadier bars, as a checkpoint after it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.experiment import Experiment


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Write a checkpoint after the newest of EXP_DIR in which less differs from bar to bar. `evaluate` shows how "
        "much does (change from bar to bar), beside the songs. An encoder has to be trained again after it."
    )
    command.add_argument("folder", type=Path, metavar="EXP_DIR")
    help_of_lasting = "what is left (0-1) of how the song's and a track's part act otherwise in each bar (%(default)s)"
    command.add_argument("--lasting", type=_share, default=0.2, metavar="SHARE", help=help_of_lasting)
    help_of_passing = "what is left (0-1) of the bars' own parts; little leaves little to reroll (%(default)s)"
    command.add_argument("--passing", type=_share, default=0.6, metavar="SHARE", help=help_of_passing)
    help_of_drums = "the same two of the drums' own parts (default: as the others)"
    command.add_argument("--drums", type=_share, nargs=2, metavar=("LASTING", "PASSING"), help=help_of_drums)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit status. Raises ConfigError or OSError."""
    from training.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
    from training.steady_bars import NotAGrid, Steadiness, steady_bars
    from training.trained import find_checkpoint

    experiment = Experiment(arguments.folder)
    band = Steadiness(arguments.lasting, arguments.passing)
    drums = band if arguments.drums is None else Steadiness(*arguments.drums)
    try:
        checkpoint = load_checkpoint(find_checkpoint(experiment, None))
        tracks = [drums if is_drum else band for is_drum in checkpoint.config.midi.is_drums]
        print(save_checkpoint(experiment.model, steady_bars(checkpoint, band, tracks)))
    except (CheckpointError, NotAGrid) as problem:
        print(f"maisynth-train: {problem}", file=sys.stderr)
        return 1
    return 0


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r}, expected 0 to 1")
    return share
