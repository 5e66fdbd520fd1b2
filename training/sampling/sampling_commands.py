"""The commands that play a trained model: maisynth-train run-inference and run-interpolation."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path

from training.experiment import Experiment
from training.sampling.latent_file import LatentsError
from training.weights_option import add_weights_option

RESULTS = (
    "Arrays (.npy), pictures (.png), piano rolls for pypianoroll (.npz) and MIDI files (.mid, all phrases in a row and "
    "each by itself), in the original's folders and names; the latents are kept beside them, in arrays/latents."
)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Both commands."""
    command = commands.add_parser(
        "run-inference",
        help="play random latents, or those of a file",
        description=f"Write what a trained model plays to EXP_DIR/results/inference. {RESULTS}",
    )
    _add_common(command)
    command.add_argument("--rows", type=_count, help="rows of phrases (5; with --latents: as they fill)")
    command.add_argument("--columns", type=_count, help="columns of phrases (5; with --latents: as they fill)")
    _add_bounds(command, -2.0, 2.0)
    command.add_argument(
        "--latents", type=Path, metavar="FILE.npy", help="play these instead, a row a latent, read row by row"
    )
    command.add_argument(
        "--condition",
        type=Path,
        metavar="FILE.mid",
        help="what an accompaniment plays to: a row of phrases as long as this file (--rows: so many of them)",
    )
    command.add_argument(
        "--condition-track", metavar="TRACK", help="which track of that file: its name, or its number from 1"
    )
    command.set_defaults(run=_run_inference)

    command = commands.add_parser(
        "run-interpolation",
        help="play the way between latents",
        description=f"Write phrases on the way between latents to EXP_DIR/results/interpolation. {RESULTS}",
    )
    _add_common(command)
    command.add_argument(
        "--mode",
        choices=("lerp", "slerp"),
        default="lerp",
        help="lerp: a grid from a first latent to one on the right and one below (the default); "
        "slerp: a line from one to another on the sphere, row after row",
    )
    command.add_argument("--rows", type=_count, default=5, help="rows of phrases (%(default)s)")
    command.add_argument("--columns", type=_count, default=5, help="columns of phrases (%(default)s)")
    _add_bounds(command, 0.0, 1.0)
    command.add_argument(
        "--ends",
        type=Path,
        metavar="FILE.npy",
        help="go between these instead: a row a latent, three for lerp (first, right, below), two for slerp",
    )
    command.set_defaults(run=_run_interpolation)


def new_seed() -> int:
    """A seed that nobody chose, short enough to be typed."""
    return secrets.randbelow(1_000_000)


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="EXP_DIR")
    command.add_argument("--runs", type=_count, default=1, help="how often, with other latents each time (%(default)s)")
    command.add_argument("--seed", type=int, help="the same seed plays the same (default: another each time)")
    command.add_argument(
        "--gap", action="store_true", help="a silent bar after each phrase in the files of many, as the original has it"
    )
    add_weights_option(command)


def _add_bounds(command: argparse.ArgumentParser, lower: float, upper: float) -> None:
    command.add_argument(
        "--lower", type=float, default=lower, help="latents are normal, cut below at this value (%(default)g)"
    )
    command.add_argument("--upper", type=float, default=upper, help="and above at this (%(default)g)")


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} came, expected a whole number from 1 to 1000")
    return number


def _run_inference(arguments: argparse.Namespace) -> int:
    # Torch is imported by the command that needs it: the others start at once.
    from training.checkpoint import CheckpointError
    from training.sampling.condition_midi import ConditionError
    from training.sampling.inference import Inference, infer
    from training.trained import load_trained

    experiment = Experiment(arguments.folder)
    asked = Inference(
        seed=_seed(arguments),
        rows=arguments.rows,
        columns=arguments.columns,
        lower=arguments.lower,
        upper=arguments.upper,
        runs=arguments.runs,
        latents=arguments.latents,
        gap=arguments.gap,
        condition=arguments.condition,
        condition_track=arguments.condition_track,
    )
    try:
        infer(experiment, load_trained(experiment, arguments.weights), asked, print)
    except (CheckpointError, ConditionError, LatentsError) as error:
        return _fail(error)
    return 0


def _run_interpolation(arguments: argparse.Namespace) -> int:
    from training.checkpoint import CheckpointError
    from training.sampling.interpolation import Interpolation, interpolate
    from training.trained import load_trained

    experiment = Experiment(arguments.folder)
    asked = Interpolation(
        seed=_seed(arguments),
        mode=arguments.mode,
        rows=arguments.rows,
        columns=arguments.columns,
        lower=arguments.lower,
        upper=arguments.upper,
        runs=arguments.runs,
        ends=arguments.ends,
        gap=arguments.gap,
    )
    try:
        interpolate(experiment, load_trained(experiment, arguments.weights), asked, print)
    except (CheckpointError, LatentsError) as error:
        return _fail(error)
    return 0


def _seed(arguments: argparse.Namespace) -> int:
    if arguments.seed is not None:
        return int(arguments.seed)
    seed = new_seed()
    print(f"seed {seed}: with --seed {seed} it plays the same again")
    return seed


def _fail(error: Exception) -> int:
    print(f"maisynth-train: {error}", file=sys.stderr)
    return 1
