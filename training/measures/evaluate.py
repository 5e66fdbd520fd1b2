"""Measures of music, per track: maisynth-train evaluate EXP_DIR | MIDI_FOLDER | PHRASES."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from training.collecting.families import FAMILIES
from training.data.phrase_file import PhraseRules
from training.experiment import Experiment
from training.measures.asked import Asked, Report
from training.measures.evaluation import Evaluation, EvaluationError
from training.measures.evaluation_json import write_evaluation
from training.measures.evaluation_markdown import write_markdown
from training.measures.evaluation_tables import show
from training.measures.goal_table import show_goals
from training.measures.phrase_selection import select_phrases
from training.weights_option import add_weights_option

MIN_NOTE = 0.125  # a thirty-second: the least that leaves no note of a single step, at 12 steps a beat
MOST_MIN_NOTE = 4.0


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
    parser.add_argument(
        "--quick", action="store_true",
        help="of an experiment: without what takes minutes, that is novelty, whether a small network can tell the "
        "model from real music, and morphs",
    )  # fmt: skip
    parser.add_argument(
        "--min-note", type=float, default=MIN_NOTE, metavar="BEATS",
        help="of an experiment: also measure what the bridge plays with this min_note, beside the model's raw output; "
        "0: only the raw output (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--generated", type=Path, metavar="PHRASES",
        help="of an experiment: measure these in place of what its model plays, such as a folder of MIDI files that "
        "the bridge wrote, or phrases in any format that process-data reads",
    )  # fmt: skip
    add_weights_option(parser)
    parser.add_argument("--legacy", action="store_true", help="also show what the papers' programs would have measured")
    parser.add_argument(
        "--out", type=Path, metavar="OUT.json",
        help="where to write (default: in the experiment's eval folder, or beside SOURCE); the same in Markdown and "
        "the plot go beside it",
    )  # fmt: skip
    parser.add_argument(
        "--min-tracks", type=int, default=3, choices=range(1, len(FAMILIES) + 1), metavar="N",
        help="of MIDI files and piano rolls: families that must play in a phrase, 1 to 5 (default 3)",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=-1, metavar="N", help="processes (default: one for every core)")


def run(arguments: argparse.Namespace) -> int:
    """Measure, show and write. Raises EvaluationError, CollectError, ConfigError, PhraseFileError and OSError."""
    console = Console()
    asked = Asked(
        phrases=arguments.phrases,
        min_note=arguments.min_note,
        quick=arguments.quick,
        generated=arguments.generated,
        rules=PhraseRules(min_tracks=arguments.min_tracks),
        jobs=arguments.jobs,
        weights=arguments.weights,
    )
    with console.status("reading") as status:
        evaluation = evaluate(arguments.source, asked, lambda doing: status.update(escape(doing)))
    out = arguments.out or default_out(arguments.source, evaluation, asked)
    show(evaluation, console, arguments.legacy)
    show_goals(evaluation, console)
    write_evaluation(out, evaluation)
    table = out.with_suffix(".md")
    write_markdown(table, evaluation)
    from training.measures.evaluation_plot import write_plot  # takes a second to import

    plot = out.with_suffix(".png")
    write_plot(plot, evaluation)
    console.print(f"written: {out}, {table} and {plot}", highlight=False, markup=False, emoji=False, soft_wrap=True)
    return 0


def evaluate(source: Path, asked: Asked, report: Report = lambda _: None) -> Evaluation:
    """Measure an experiment, a folder of MIDI files or a file of phrases. Raises as `run` does."""
    if not 1 <= asked.phrases <= 100_000:
        raise EvaluationError(f"--phrases is {asked.phrases}, expected 1 to 100000")
    if not 0.0 <= asked.min_note <= MOST_MIN_NOTE:
        raise EvaluationError(
            f"--min-note is {asked.min_note}, expected 0 to {MOST_MIN_NOTE:g} beats, as in the bridge"
        )
    if asked.jobs == 0:
        raise EvaluationError("--jobs is 0, expected the number of processes, or -1 for one for every core")
    for path in (source, asked.generated):
        if path is not None and not path.exists():
            raise EvaluationError(
                f"{path} does not exist: give an experiment's folder, a folder of MIDI files or a file of phrases"
            )
    if is_experiment(source):
        # Torch is imported where it is needed: the rest starts at once.
        from training.checkpoint import CheckpointError
        from training.measures.evaluate_experiment import evaluate_experiment

        try:
            return evaluate_experiment(Experiment(source), asked, report)
        except CheckpointError as error:
            raise EvaluationError(str(error)) from error
    if asked.generated is not None:
        raise EvaluationError(
            f"--generated came with {source}, which is no experiment: give the experiment whose songs they are to be "
            f"measured beside, or measure them alone: maisynth-train evaluate {asked.generated}"
        )
    selection = select_phrases(source, asked.phrases, asked.rules, asked.jobs)
    return selection.measured()


def is_experiment(path: Path) -> bool:
    """Whether it is a folder that setup-exp made."""
    experiment = Experiment(path)
    return experiment.params_file.is_file() or experiment.config_file.is_file()


def default_out(source: Path, evaluation: Evaluation, asked: Asked) -> Path:
    """EXP_DIR/eval/evaluation_STEP.json (evaluation_STEP_generator.json of weights that are not averaged), or
    evaluation_of_PHRASES.json there if others than the model's were measured; SOURCE_evaluation.json beside any other
    source."""
    if evaluation.step is not None:
        suffix = "" if asked.weights == "average" else f"_{asked.weights}"
        return Experiment(source).evaluation / f"evaluation_{evaluation.step:07d}{suffix}.json"
    if asked.generated is not None:
        return Experiment(source).evaluation / f"evaluation_of_{_name(asked.generated)}.json"
    source = source.resolve()
    return source.with_name(f"{_name(source)}_evaluation.json")


def _name(path: Path) -> str:
    path = path.resolve()
    return path.name if path.is_dir() else path.stem
