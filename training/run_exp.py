"""maisynth-train run-exp EXP_DIR: train, infer, interpolate; rerun-exp: the same from nothing."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from training.clearing import delete, leftovers
from training.config_file import ConfigError
from training.experiment import Experiment
from training.sampling.sampling_commands import new_seed


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Both commands."""
    command = commands.add_parser(
        "run-exp",
        help="run-train, run-inference and run-interpolation in order",
        description="Train, or go on with a run that was stopped; then write phrases of random latents to "
        "EXP_DIR/results/inference and phrases on the way between latents to EXP_DIR/results/interpolation.",
    )
    command.add_argument("folder", type=Path, metavar="EXP_DIR")
    command.set_defaults(run=lambda arguments: run_experiment(Experiment(arguments.folder)))

    command = commands.add_parser(
        "rerun-exp",
        help="delete what an experiment made, and run-exp again",
        description="Delete everything in EXP_DIR but params.yaml, config.yaml, exp_note.txt and the training data, "
        "if that lies there; then run-exp.",
    )
    command.add_argument("folder", type=Path, metavar="EXP_DIR")
    command.add_argument("--yes", action="store_true", help="delete without asking")
    command.set_defaults(run=_rerun)


def run_experiment(experiment: Experiment, rows: int = 5, columns: int = 5) -> int:
    """Train, infer, interpolate; returns the exit status, 1 also where the training was stopped before its end."""
    from training.checkpoint import CheckpointError
    from training.loop import TrainingFailed, train
    from training.processes import process_rank
    from training.sampling.inference import Inference, infer
    from training.sampling.interpolation import Interpolation, interpolate
    from training.trained import load_trained

    try:
        steps = experiment.config().steps
        train(experiment, Console())
        if process_rank() > 0:  # of several processes the first writes the results
            return 0
        trained = load_trained(experiment)
        if trained.step < steps:
            again = f"maisynth-train run-exp {experiment.folder}"
            print(f"stopped at step {trained.step} of {steps}, no results yet: {again} goes on")
            return 1
        seed = new_seed()
        print(f"seed {seed} for the results")
        infer(experiment, trained, Inference(seed, rows, columns), print)
        interpolate(experiment, trained, Interpolation(seed, rows=rows, columns=columns), print)
    except (CheckpointError, TrainingFailed) as error:
        print(f"maisynth-train: {error}", file=sys.stderr)
        return 1
    return 0


def _rerun(arguments: argparse.Namespace) -> int:
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if processes > 1:
        raise ConfigError(
            f"rerun-exp deletes, and came in {processes} processes, expected one: delete what the experiment made "
            "first, then start run-exp in all of them"
        )
    experiment = Experiment(arguments.folder)
    doomed = leftovers(experiment)
    if doomed and not arguments.yes and not _agreed(experiment, doomed):
        print("nothing is deleted")
        return 1
    delete(doomed)
    return run_experiment(experiment)


def _agreed(experiment: Experiment, doomed: list[Path]) -> bool:
    names = ", ".join(path.name + ("/" if path.is_dir() else "") for path in doomed)
    try:
        answer = input(f"delete {names} in {experiment.folder}? [y/N] ")
    except EOFError:  # nobody to ask
        print("\nthere is no one to ask: --yes deletes without asking", file=sys.stderr)
        return False
    return answer.strip().lower() in ("y", "yes")
