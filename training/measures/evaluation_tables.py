"""An evaluation in the terminal, 80 columns wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from training.measures.evaluation import Evaluation
from training.measures.full_measures import FullMeasures

TRACKS_ABREAST = 5  # that fit beside each other


@dataclass(frozen=True)
class Row:
    """A measure: its title, where it is found, and how it is written."""

    title: str
    of: Callable[[FullMeasures], Any]  # a value, or a value a track or pair
    scale: float = 1.0
    digits: int = 1
    pitched: bool = False  # means nothing for drums

    def cell(self, value: float) -> str:
        return "--" if np.isnan(value) else f"{self.scale * value:.{self.digits}f}"


PER_TRACK = (
    Row("EB empty bars %", lambda m: m.summary.empty_bars, 100),
    Row("notes a bar", lambda m: m.notes),
    Row("QN notes >= 2 steps %", lambda m: m.summary.qualified_notes, 100, pitched=True),
    Row("QN notes >= 3 steps %", lambda m: m.qualified_notes_of_three, 100, pitched=True),
    Row("UPC classes a bar", lambda m: m.summary.pitch_classes, 1, 2, pitched=True),
    Row("PP >= 2 of all steps %", lambda m: m.polyphonic_steps, 100),
    Row("PP >= 2 when it plays %", lambda m: m.summary.polyphony, 100),
    Row("in the phrase's key %", lambda m: m.in_key, 100, pitched=True),
    Row("density %", lambda m: m.summary.density, 100, 2),
    Row("change from bar to bar %", lambda m: m.bar_change, 100),
)
OVERALL = (
    Row("DP drums in the pattern %", lambda m: m.summary.drum_pattern, 100),
    Row("variety, cells", lambda m: m.summary.variety, 1, 0),
    Row("phrases", lambda m: m.phrases, 1, 0),
)
PAIRS = Row("TD tonal distance", lambda m: m.tonal_distance, 1, 2)


def _paper(name: str) -> tuple[Row, ...]:
    def of(field: str) -> Callable[[FullMeasures], Any]:
        return lambda measures: getattr(getattr(measures.legacy, name), field)

    return (
        Row("EB empty bars %", of("empty_bars"), 100, 2),
        Row("UPC pseudo-chroma bins", of("pitch_classes"), 1, 2),
        Row("QN notes >= 2 steps %", of("qualified_notes"), 100),
        Row("PP >= 2, sounding bars %", of("polyphony"), 100),
        Row("C major (pseudo) %", of("in_c_major"), 100),
        Row("pitches a bar", of("pitches"), 1, 2),
    )


def _src(field: str) -> Callable[[FullMeasures], Any]:
    return lambda measures: getattr(measures.legacy.src_eval, field)


LEGACY: tuple[tuple[str, tuple[Row, ...], Row, Row], ...] = (  # title, a value a track, drums, pairs
    (
        "as v1 measured: compare with the AAAI-18 paper's tables alone",
        _paper("aaai_2018_v1"),
        Row("DP best shift %", lambda m: m.legacy.aaai_2018_v1.drum_pattern, 100),
        Row("TD pseudo-chroma", lambda m: m.legacy.aaai_2018_v1.tonal_distance, 1, 2),
    ),
    (
        "as BinaryMuseGAN measured: compare with the ISMIR-18 paper's table alone",
        _paper("ismir_2018_binary"),
        Row("DP best shift %", lambda m: m.legacy.ismir_2018_binary.drum_pattern, 100),
        Row("TD pseudo-chroma", lambda m: m.legacy.ismir_2018_binary.tonal_distance, 1, 2),
    ),
    (
        "as src measured, mistakes included: compare with the eval folder of its runs",
        (
            Row("empty_bar_rate", _src("empty_bar_rate"), 1, 3),
            Row("n_pitches_used", _src("n_pitches_used")),
            Row("n_pitch_classes_used", _src("n_pitch_classes_used")),
            Row("polyphonic_rate", _src("polyphonic_rate"), 1, 3),
            Row("in_scale_ratio", _src("in_scale_ratio"), 1, 3),
            Row("qualified_note_rate", _src("qualified_note_rate"), 1, 3),
        ),
        Row("drum_in_pattern_rate", _src("drum_in_pattern_rate"), 1, 3),
        Row("harmonicity", _src("harmonicity"), 1, 2),
    ),
)


def show(evaluation: Evaluation, console: Console, legacy: bool = False) -> None:
    """The measures of all sets beside each other; `legacy` adds what the papers' programs would have given."""
    title = evaluation.source if evaluation.step is None else f"{evaluation.source}, step {evaluation.step}"
    console.print(title, highlight=False, markup=False, emoji=False, soft_wrap=True)
    _show_tracks(evaluation, console, PER_TRACK)
    _show_sets(evaluation, console, OVERALL, PAIRS, distance=True)
    for heading, rows, drums, pairs in LEGACY if legacy else ():
        console.print(heading)
        _show_tracks(evaluation, console, rows)
        _show_sets(evaluation, console, (drums,), pairs)


def _show_tracks(evaluation: Evaluation, console: Console, rows: Sequence[Row]) -> None:
    """A row a measure and set, a column a track."""
    several = len(evaluation.sets) > 1
    for first in range(0, len(evaluation.tracks), TRACKS_ABREAST):
        tracks = range(first, min(first + TRACKS_ABREAST, len(evaluation.tracks)))
        table = _table(["", *([""] if several else []), *(evaluation.tracks[track] for track in tracks)])
        for row in rows:
            for number, one in enumerate(evaluation.sets):
                values = row.of(one.measures)
                cells = [
                    "" if row.pitched and track in evaluation.drums else row.cell(values[track]) for track in tracks
                ]
                table.add_row("" if number else row.title, *([one.name] if several else []), *cells)
        console.print(table)


def _show_sets(
    evaluation: Evaluation, console: Console, rows: Sequence[Row], pairs: Row, distance: bool = False
) -> None:
    """A row a measure or pair, a column a set."""
    table = _table(["", *(one.name for one in evaluation.sets)])
    for row in rows:
        table.add_row(row.title, *(row.cell(row.of(one.measures)) for one in evaluation.sets))
    for number, name in enumerate(evaluation.pair_names):
        cells = (pairs.cell(pairs.of(one.measures)[number]) for one in evaluation.sets)
        table.add_row(f"{pairs.title} {name}", *cells)
    if distance and len(evaluation.sets) > 1:
        reference = evaluation.sets[0].measures.summary
        apart = (f"{one.measures.summary.distance(reference):.3f}" for one in evaluation.sets)
        table.add_row(f"distance from {evaluation.sets[0].name}", *apart)
    console.print(table)


def _table(columns: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for number, column in enumerate(columns):
        # A title or a set's name to the left, numbers to the right.
        left = number == 0 or not column
        table.add_column(column, justify="left" if left else "right", overflow="fold", no_wrap=left)
    return table
