"""Measures of music, per track: maisynth-train evaluate EXP_DIR | MIDI_FOLDER | PHRASES."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from training.collecting.families import FAMILIES
from training.data.phrase_file import PhraseRules
from training.experiment import Experiment
from training.measures.evaluation import Evaluation, EvaluationError, write_evaluation
from training.measures.evaluation_tables import show
from training.measures.phrase_selection import select_phrases


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `maisynth-train evaluate`."""
    parser.add_argument(
        "source", type=Path, metavar="SOURCE",
        help="an experiment's folder: training songs, held-out songs and what its newest checkpoint plays; a folder of "
        "MIDI files; or phrases in any format that process-data reads",
    )  # fmt: skip
    parser.add_argument(
        "--phrases", type=int, default=1000, metavar="N", help="how many phrases of each to measure (default 1000)"
    )
    parser.add_argument("--legacy", action="store_true", help="also show what the papers' programs would have measured")
    parser.add_argument(
        "--out", type=Path, metavar="OUT.json",
        help="where to write (default: in the experiment's eval folder, or beside SOURCE); the plot goes beside it",
    )  # fmt: skip
    parser.add_argument(
        "--min-tracks", type=int, default=3, choices=range(1, len(FAMILIES) + 1), metavar="N",
        help="of MIDI files and piano rolls: families that must play in a phrase, 1 to 5 (default 3)",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=-1, metavar="N", help="processes (default: one for every core)")


def run(arguments: argparse.Namespace) -> int:
    """Measure, show and write. Raises EvaluationError, CollectError, ConfigError, PhraseFileError and OSError."""
    console = Console()
    rules = PhraseRules(min_tracks=arguments.min_tracks)
    evaluation = evaluate(arguments.source, arguments.phrases, rules, arguments.jobs)
    out = arguments.out or default_out(arguments.source, evaluation)
    show(evaluation, console, arguments.legacy)
    write_evaluation(out, evaluation)
    from training.measures.evaluation_plot import write_plot  # takes a second to import

    plot = out.with_suffix(".png")
    write_plot(plot, evaluation)
    console.print(f"written: {out} and {plot}", highlight=False, markup=False, emoji=False, soft_wrap=True)
    return 0


def evaluate(source: Path, phrases: int, rules: PhraseRules | None = None, jobs: int = -1) -> Evaluation:
    """Measure an experiment, a folder of MIDI files or a file of phrases. Raises as `run` does."""
    if not 1 <= phrases <= 100_000:
        raise EvaluationError(f"--phrases is {phrases}, expected 1 to 100000")
    if jobs == 0:
        raise EvaluationError("--jobs is 0, expected the number of processes, or -1 for one for every core")
    if not source.exists():
        raise EvaluationError(
            f"{source} does not exist: give an experiment's folder, a folder of MIDI files or a file of phrases"
        )
    if is_experiment(source):
        # Torch is imported where it is needed: the rest starts at once.
        from training.checkpoint import CheckpointError
        from training.measures.evaluate_experiment import evaluate_experiment

        try:
            return evaluate_experiment(Experiment(source), phrases)
        except CheckpointError as error:
            raise EvaluationError(str(error)) from error
    selection = select_phrases(source, phrases, rules or PhraseRules(), jobs)
    return selection.measured()


def is_experiment(path: Path) -> bool:
    """Whether it is a folder that setup-exp made."""
    experiment = Experiment(path)
    return experiment.params_file.is_file() or experiment.config_file.is_file()


def default_out(source: Path, evaluation: Evaluation) -> Path:
    """EXP_DIR/eval/evaluation_STEP.json, or SOURCE_evaluation.json beside the source."""
    if evaluation.step is not None:
        return Experiment(source).evaluation / f"evaluation_{evaluation.step:07d}.json"
    source = source.resolve()
    return source.with_name(f"{source.name if source.is_dir() else source.stem}_evaluation.json")
