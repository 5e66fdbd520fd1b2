"""An evaluation in Markdown, to be pasted in a model card or a README."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.measures.evaluation import GENERATED, PLAYED, Evaluation, MeasuredSet
from training.measures.evaluation_tables import OVERALL, PAIRS, PER_TRACK, Row
from training.measures.goal_table import goals_in_markdown
from training.measures.markdown import markdown_table

ABOUT_GOALS = (
    "QN: notes of two steps or more; EB: empty bars; UPC: pitch classes a bar; PP: two pitches or more at once, of "
    "the steps that sound; DP: drum hits in the pattern; TD: tonal distance; variety: cells in which two phrases "
    "differ, of those in which two of the training songs do; novelty: distance to the nearest training phrase in any "
    "key, 0 the same, 1 nothing in common, one phrase in twenty is nearer; told from real: how often a small network "
    "can, of songs that it had not heard, 50 by chance; morph: of 64 steps between two latents, the sounding "
    "cells that a step changes, and how much more of the notes on the way than at the ends lie in the scale of an end; "
    "distance: from the training songs, all measures in one. Held-out songs show how far real music is from the "
    "training songs by itself."
)


def write_markdown(path: Path, evaluation: Evaluation) -> None:
    """The goals, if there are any, and all measures. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(in_markdown(evaluation), encoding="utf-8")


def in_markdown(evaluation: Evaluation) -> str:
    """A line on what was measured, the goals with what their names mean, and the measures; no headings."""
    goals = goals_in_markdown(evaluation)
    parts = [_title(evaluation), *([goals.rstrip(), ABOUT_GOALS] if goals else []), _measures(evaluation).rstrip()]
    return "\n\n".join(parts) + "\n"


def _title(evaluation: Evaluation) -> str:
    counts = ", ".join(f"{one.measures.phrases:,} {one.name}" for one in evaluation.sets)
    step = "" if evaluation.step is None else f", step {evaluation.step:,}"
    played = any(one.name == PLAYED for one in evaluation.sets)
    said = f" {PLAYED.capitalize()}: {GENERATED[0]}, after min_note of {evaluation.min_note:g} beats." if played else ""
    return f"`{Path(evaluation.source).name}`{step}; phrases: {counts}.{said}"


def _measures(evaluation: Evaluation) -> str:
    """A row a measure, a column a set; values a track are divided by slashes."""
    tracks = " / ".join(evaluation.tracks)
    heading = [f"measure (by track: {tracks})", *(one.name for one in evaluation.sets)]
    rows = [[row.title, *(_tracks(row, one, evaluation.drums) for one in evaluation.sets)] for row in PER_TRACK]
    rows += [[row.title, *(row.cell(row.of(one.measures)) for one in evaluation.sets)] for row in OVERALL]
    for number, name in enumerate(evaluation.pair_names):
        cells = (PAIRS.cell(PAIRS.of(one.measures)[number]) for one in evaluation.sets)
        rows.append([f"{PAIRS.title} {name}", *cells])
    return markdown_table(heading, rows)


def _tracks(row: Row, one: MeasuredSet, drums: tuple[int, ...]) -> str:
    values = np.array(row.of(one.measures), dtype=np.float64)
    if row.pitched:
        values[list(drums)] = np.nan
    return " / ".join(row.cell(value) for value in values.tolist())
