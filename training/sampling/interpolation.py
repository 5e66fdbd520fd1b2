"""Phrases on the way between latents, from a trained model: maisynth-train run-interpolation EXP_DIR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from training.experiment import Experiment
from training.latent_layout import latent_size
from training.sampling.accompanied import given_from_data
from training.sampling.latent_file import Latents, LatentsError, read_latents
from training.sampling.latent_ways import lerp_grid, slerp_line
from training.sampling.samples import sheet_from
from training.sampling.sampling_runs import Given, draw_between, write_runs
from training.trained import Trained

Mode = Literal["lerp", "slerp"]
MODES: tuple[Mode, ...] = get_args(Mode)
DRAWN = 12  # marks the seed of the ends
GIVEN = 15  # marks the seed of the track that it plays to


@dataclass(frozen=True)
class Interpolation:
    """What is asked for. The bounds are those of the original's script: the fourth corner stays within -1 to 2."""

    seed: int
    mode: Mode = "lerp"
    rows: int = 5
    columns: int = 5
    lower: float = 0.0
    upper: float = 1.0
    runs: int = 1
    ends: Path | None = None
    gap: bool = False


def interpolate(experiment: Experiment, trained: Trained, asked: Interpolation, report: Callable[[str], None]) -> None:
    """Write the runs to EXP_DIR/results/interpolation. Raises LatentsError, ConfigError, OSError.

    An accompaniment plays to one given track in the whole grid, of its training data.
    """
    size = latent_size(trained.params)
    given = None if asked.ends is None else read_latents(asked.ends, size)
    if given is not None and asked.runs > 1:
        raise LatentsError("given ends give the same phrases in every run: leave --runs out")

    def latents_of(run: int) -> Latents:
        ends = given
        if ends is None:
            count = max(ENDS[asked.mode])
            ends = draw_between(count, size, asked.lower, asked.upper, (asked.seed, DRAWN, run))
        return way_between(ends, asked.mode, asked.rows, asked.columns)

    sheet = sheet_from(trained.config, trained.params, asked.rows, asked.columns, asked.gap)

    def given_of(run: int) -> Given | None:
        if not trained.params.is_accompaniment:
            return None
        one = given_from_data(experiment, trained, 1, (asked.seed, GIVEN, run))
        return np.repeat(one, sheet.phrases, axis=0)

    write_runs(experiment.interpolation, trained, sheet, latents_of, asked.runs, asked.seed, report, given_of)


ENDS: dict[Mode, tuple[int, ...]] = {"lerp": (2, 3), "slerp": (2,)}


def way_between(ends: Latents, mode: Mode, rows: int, columns: int) -> Latents:
    """(rows * columns, latent_dim), row by row, from (ends, latent_dim). Raises LatentsError for their number.

    lerp takes three ends (see lerp_grid), or two for a single row or column; slerp takes two, and is one line that
    goes on from row to row.
    """
    is_line = min(rows, columns) == 1
    if len(ends) not in ENDS[mode] or (mode == "lerp" and len(ends) == 2 and not is_line):
        raise LatentsError(
            f"{len(ends)} ends came, expected for {mode} in {rows} x {columns}: "
            + ("two" if mode == "slerp" else "three (first, right, below)" + (", or two" if is_line else ""))
        )
    if mode == "slerp":
        return slerp_line(ends[0], ends[1], rows * columns)
    return lerp_grid(ends[0], ends[1], ends[-1], rows, columns)
