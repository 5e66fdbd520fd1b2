"""An evaluation as a picture: a panel a measure, a column a track, a mark a set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from training.measures.evaluation import Evaluation
from training.measures.evaluation_tables import OVERALL, PAIRS, PER_TRACK, Row

MARKS = (("o", "#222222"), ("D", "#4c8fd0"), ("^", "#d1495b"), ("s", "#edae49"))  # told apart without their colours too
COLUMNS = 3
WIDTH, HEIGHT = 3.6, 2.5  # of a panel, inches


def write_plot(path: Path, evaluation: Evaluation) -> None:
    """A PNG of the measures of all sets beside each other. Raises OSError."""
    drums = [evaluation.tracks[track] for track in evaluation.drums[:1]]
    panels: list[tuple[Row, Sequence[str]]] = [(row, evaluation.tracks) for row in PER_TRACK]
    if evaluation.pair_names:
        panels.append((PAIRS, evaluation.pair_names))
    if drums:
        panels.append((OVERALL[0], drums))
    rows = -(-len(panels) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * WIDTH, rows * HEIGHT + 0.6), dpi=110, layout="constrained")
    for number, (row, names) in enumerate(panels):
        axes = figure.add_subplot(rows, COLUMNS, number + 1)
        for place, one in enumerate(evaluation.sets):
            mark, colour = MARKS[place % len(MARKS)]
            values = row.scale * np.atleast_1d(np.array(row.of(one.measures), dtype=np.float64))
            if row.pitched:
                values[list(evaluation.drums)] = np.nan
            aside = 0.16 * (place - (len(evaluation.sets) - 1) / 2)
            axes.plot(np.arange(len(names)) + aside, values, mark, color=colour, label=one.name, markersize=6)
        axes.set_title(row.title.strip(), fontsize=9, loc="left")
        axes.set_xticks(range(len(names)), names, fontsize=8, rotation=0 if len(names) <= 5 else 60)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylim(0.0, 1.1 * max(axes.get_ylim()[1], 1e-6))
        axes.tick_params(axis="y", labelsize=8)
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    step = "" if evaluation.step is None else f", step {evaluation.step}"
    figure.suptitle(f"{Path(evaluation.source).name}{step}", fontsize=10)
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
