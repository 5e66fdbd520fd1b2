"""Phrases of random or given latents from a trained model: maisynth-train run-inference EXP_DIR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.sampling.latent_file import Latents, LatentsError, read_latents
from training.sampling.samples import sheet_from
from training.sampling.sampling_runs import draw_between, write_runs
from training.trained import Trained

DRAWN = 11  # marks the seed of the latents
ROWS, COLUMNS = 5, 5


@dataclass(frozen=True)
class Inference:
    """What is asked for. Rows or columns left out are 5, or as many as the latents of the file fill."""

    seed: int
    rows: int | None = None
    columns: int | None = None
    lower: float = -2.0
    upper: float = 2.0
    runs: int = 1
    latents: Path | None = None
    gap: bool = False


def infer(trained: Trained, folder: Path, asked: Inference, report: Callable[[str], None]) -> None:
    """Write the runs below `folder`, EXP_DIR/results/inference. Raises LatentsError, OSError."""
    latent_dim = trained.params.latent_dim
    given = None if asked.latents is None else read_latents(asked.latents, latent_dim)
    if given is not None and asked.runs > 1:
        raise LatentsError("given latents play the same phrases in every run: leave --runs out")
    rows, columns = grid_shape(asked.rows, asked.columns, None if given is None else len(given))

    def latents_of(run: int) -> Latents:
        if given is not None:
            return given
        return draw_between(rows * columns, latent_dim, asked.lower, asked.upper, (asked.seed, DRAWN, run))

    sheet = sheet_from(trained.config, trained.params, rows, columns, asked.gap)
    write_runs(folder, trained, sheet, latents_of, asked.runs, asked.seed, report)


def grid_shape(rows: int | None, columns: int | None, latents: int | None) -> tuple[int, int]:
    """Rows and columns, of which what is left out is 5; or, for so many given latents, what they fill (one row).

    Raises LatentsError if they fill it not.
    """
    if latents is None:
        return rows or ROWS, columns or COLUMNS
    if rows is None:
        rows = 1 if columns is None else latents // columns
    if columns is None:
        columns = latents // rows
    if rows * columns != latents:
        raise LatentsError(
            f"{latents} latents do not fill {rows or 1} rows of {columns or 1}: leave --rows and --columns out for one "
            "row of all"
        )
    return rows, columns
