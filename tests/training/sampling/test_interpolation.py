"""Interpolation with a model that plays its latents: the way it goes, and which ends it takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.echo import LATENT_DIM, echo, heard
from training.experiment import Experiment
from training.sampling.interpolation import Interpolation, Mode, interpolate, way_between
from training.sampling.latent_file import LatentsError, read_latents, save_latents
from training.sampling.sampling_runs import latents_path

A, RIGHT, BELOW = [-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [-1.0, 1.0, 0.0]


class Played(Experiment):
    """Results in the folder itself."""

    @property
    def interpolation(self) -> Path:
        return self.folder


def run(folder: Path, asked: Interpolation) -> NDArray[np.float64]:
    """The latents that are heard in the last run's files."""
    said: list[str] = []
    interpolate(Played(folder), echo(), asked, said.append)
    assert len(said) == asked.runs
    return heard(np.load(folder / "arrays" / "fake_x" / f"fake_x_{asked.runs - 1}.npy"))


def ends_file(folder: Path, *ends: list[float]) -> Path:
    path = folder / "ends.npy"
    save_latents(path, np.array(ends, dtype=np.float32))
    return path


def test_lerp_goes_right_and_down_between_given_ends(tmp_path: Path) -> None:
    played = run(tmp_path, Interpolation(seed=0, rows=2, columns=3, ends=ends_file(tmp_path, A, RIGHT, BELOW)))
    expected = [[right, down, 0.0] for down in (-1.0, 1.0) for right in (-1.0, 0.0, 1.0)]
    np.testing.assert_allclose(played, expected, atol=1e-3)


@pytest.mark.parametrize(("rows", "columns"), [(1, 4), (4, 1)])
def test_lerp_in_one_row_or_column_needs_only_two_ends(rows: int, columns: int, tmp_path: Path) -> None:
    ends = ends_file(tmp_path, [0.0, 0.0, -1.0], [0.0, 0.0, 0.5])
    played = run(tmp_path, Interpolation(seed=0, rows=rows, columns=columns, ends=ends))
    np.testing.assert_allclose(played[:, 2], [-1.0, -0.5, 0.0, 0.5], atol=1e-3)


def test_slerp_is_one_line_from_row_to_row(tmp_path: Path) -> None:
    ends = ends_file(tmp_path, [1.0, 0.0, 0.0], [-1.0, 0.0, 0.0])
    played = run(tmp_path, Interpolation(seed=0, mode="slerp", rows=2, columns=2, ends=ends))
    np.testing.assert_allclose(played[:, 0], np.cos(np.radians([0, 60, 120, 180])), atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(played, axis=1), 1.0, atol=2e-3)


@pytest.mark.parametrize("mode", ["lerp", "slerp"])
def test_random_ends_differ_by_run_and_repeat_by_seed(mode: Mode, tmp_path: Path) -> None:
    played = run(tmp_path / "one", Interpolation(seed=3, mode=mode, rows=2, columns=2, runs=2))
    first = heard(np.load(tmp_path / "one" / "arrays" / "fake_x" / "fake_x_0.npy"))
    assert (first[0] != played[0]).all()
    again = run(tmp_path / "two", Interpolation(seed=3, mode=mode, rows=2, columns=2))
    np.testing.assert_array_equal(first, again)
    assert first[0].min() >= 0.0
    assert first[0].max() <= 1.0
    kept = read_latents(latents_path(tmp_path / "one", 0), LATENT_DIM)
    np.testing.assert_allclose(kept, first, atol=2e-3)


@pytest.mark.parametrize(
    ("count", "mode", "rows", "columns", "message"),
    [
        (2, "lerp", 2, 2, r"2 ends came, expected for lerp in 2 x 2: three \(first, right, below\)$"),
        (4, "lerp", 1, 2, "4 ends came, expected for lerp in 1 x 2: three .*, or two"),
        (1, "lerp", 1, 2, "1 ends came"),
        (3, "slerp", 1, 2, "3 ends came, expected for slerp in 1 x 2: two"),
    ],
)
def test_another_number_of_ends_is_refused(count: int, mode: Mode, rows: int, columns: int, message: str) -> None:
    with pytest.raises(LatentsError, match=message):
        way_between(np.ones((count, 3), dtype=np.float32), mode, rows, columns)


def test_given_ends_are_played_once(tmp_path: Path) -> None:
    with pytest.raises(LatentsError, match="leave --runs out"):
        run(tmp_path, Interpolation(seed=0, runs=2, ends=ends_file(tmp_path, A, RIGHT, BELOW)))
