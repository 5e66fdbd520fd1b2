"""Phrases of random or given latents from a trained model: maisynth-train run-inference EXP_DIR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.experiment import Experiment
from training.latent_layout import latent_size
from training.sampling.accompanied import given_from_data
from training.sampling.condition_midi import ConditionError, read_given_track
from training.sampling.latent_file import Latents, LatentsError, read_latents
from training.sampling.samples import sheet_from
from training.sampling.sampling_runs import Given, draw_between, write_runs
from training.trained import Trained

DRAWN = 11  # marks the seed of the latents
GIVEN = 14  # marks the seed of the tracks that it plays to
ROWS, COLUMNS = 5, 5


@dataclass(frozen=True)
class Inference:
    """What is asked for. Rows or columns left out are 5, or as many as the latents of the file fill.

    An accompaniment plays to `condition`, a MIDI file: a row is the whole file, with a latent of its own; rows left
    out are 1. Without it, to tracks of its training data.
    """

    seed: int
    rows: int | None = None
    columns: int | None = None
    lower: float = -2.0
    upper: float = 2.0
    runs: int = 1
    latents: Path | None = None
    gap: bool = False
    condition: Path | None = None
    condition_track: str | None = None


def infer(experiment: Experiment, trained: Trained, asked: Inference, report: Callable[[str], None]) -> None:
    """Write the runs to EXP_DIR/results/inference. Raises LatentsError, ConditionError, ConfigError, OSError."""
    folder, size = experiment.inference, latent_size(trained.params)
    given = None if asked.latents is None else read_latents(asked.latents, size)
    if given is not None and asked.runs > 1:
        raise LatentsError("given latents play the same phrases in every run: leave --runs out")
    accompanies = trained.params.is_accompaniment
    if asked.condition is not None:
        if not accompanies:
            raise ConditionError("this model plays without a given track: leave --condition out")
        _accompany(experiment, trained, asked, given, report)
        return
    rows, columns = grid_shape(asked.rows, asked.columns, None if given is None else len(given))

    def latents_of(run: int) -> Latents:
        if given is not None:
            return given
        return draw_between(rows * columns, size, asked.lower, asked.upper, (asked.seed, DRAWN, run))

    def given_of(run: int) -> Given | None:
        seed = (asked.seed, GIVEN, run)
        return given_from_data(experiment, trained, rows * columns, seed) if accompanies else None

    sheet = sheet_from(trained.config, trained.params, rows, columns, asked.gap)
    write_runs(folder, trained, sheet, latents_of, asked.runs, asked.seed, report, given_of)


def _accompany(
    experiment: Experiment, trained: Trained, asked: Inference, latents: Latents | None, report: Callable[[str], None]
) -> None:
    """A row of phrases, as long as the MIDI file, for each latent."""
    assert asked.condition is not None
    track = read_given_track(asked.condition, trained.params, trained.config, asked.condition_track)
    columns = len(track.phrases)
    if asked.columns not in (None, columns):
        raise ConditionError(f"{asked.condition} fills {columns} columns of {trained.params.data_shape[0]} bars: leave "
                             "--columns out")  # fmt: skip
    rows = asked.rows or (1 if latents is None else len(latents))
    if latents is not None and len(latents) != rows:
        raise LatentsError(f"{len(latents)} latents are {len(latents)} rows, each the whole file: leave --rows out")
    report(f"playing to {track.name} of {asked.condition}" + (f" ({track.notice})" if track.notice else ""))

    def latents_of(run: int) -> Latents:
        size = latent_size(trained.params)
        drawn = draw_between(rows, size, asked.lower, asked.upper, (asked.seed, DRAWN, run))
        return np.repeat(drawn if latents is None else latents, columns, axis=0)

    sheet = replace(sheet_from(trained.config, trained.params, rows, columns, asked.gap), continuous=True)
    if track.tempo is not None:
        sheet = replace(sheet, midi=replace(sheet.midi, tempo=track.tempo))
    given = np.tile(track.phrases, (rows, 1, 1, 1))
    write_runs(experiment.inference, trained, sheet, latents_of, asked.runs, asked.seed, report, lambda _run: given)


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
