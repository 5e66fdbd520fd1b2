"""Inference with a model that plays its latents: what is drawn, what is given, and where it lands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pypianoroll
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.training.echo import LATENT_DIM, echo, heard
from training.experiment import Experiment
from training.sampling.inference import Inference, grid_shape, infer
from training.sampling.latent_file import LatentsError, read_latents, save_latents
from training.sampling.sampling_runs import draw_between, latents_path


class Played(Experiment):
    """Results in the folder itself."""

    @property
    def inference(self) -> Path:
        return self.folder


def run(folder: Path, asked: Inference) -> list[str]:
    said: list[str] = []
    infer(Played(folder), echo(), asked, said.append)
    return said


def fake_x(folder: Path, number: int = 0) -> NDArray[np.float16]:
    found: NDArray[np.float16] = np.load(folder / "arrays" / "fake_x" / f"fake_x_{number}.npy")
    return found


def test_every_run_has_files_of_its_number_and_other_latents(tmp_path: Path) -> None:
    said = run(tmp_path, Inference(seed=0, rows=2, columns=1, runs=2))
    assert len(said) == 2
    assert "2 x 1 phrases of step 7" in said[0]
    assert sorted(path.name for path in (tmp_path / "arrays" / "fake_x").iterdir()) == ["fake_x_0.npy", "fake_x_1.npy"]
    first, second = heard(fake_x(tmp_path, 0)), heard(fake_x(tmp_path, 1))
    assert first.shape == (2, LATENT_DIM)
    assert (first != second).all()


def test_the_same_seed_plays_the_same_to_the_last_file(tmp_path: Path) -> None:
    for folder, seed in (("one", 4), ("same", 4), ("other", 5)):
        run(tmp_path / folder, Inference(seed=seed, rows=1, columns=2))
    one, same, other = (
        {
            path.relative_to(tmp_path / folder): path.read_bytes()
            for path in (tmp_path / folder).rglob("*")
            if path.is_file() and path.suffix != ".npz"  # which hold the time of day
        }
        for folder in ("one", "same", "other")
    )
    assert one == same
    assert one.keys() == other.keys()
    assert one != other


def test_random_latents_lie_between_the_bounds() -> None:
    drawn = draw_between(200, 100, -0.5, 1.5, (0,))
    assert drawn.shape == (200, 100)
    assert drawn.dtype == np.float32
    assert -0.5 <= drawn.min() < -0.45
    assert 1.4 < drawn.max() <= 1.5
    assert abs(float(drawn.mean()) - 0.356) < 0.02  # of a normal distribution cut there
    far = draw_between(200, 10, 3.0, 4.0, (0,))
    assert 3.0 <= far.min() < 3.1 < far.max() <= 4.0


@pytest.mark.parametrize(("lower", "upper"), [(1.0, 1.0), (2.0, -2.0), (-9.0, 0.0), (0.0, float("nan"))])
def test_bounds_that_leave_no_room_are_refused(lower: float, upper: float, tmp_path: Path) -> None:
    with pytest.raises(LatentsError, match="--lower must be below --upper"):
        run(tmp_path, Inference(seed=0, lower=lower, upper=upper))


@pytest.mark.parametrize(("rows", "columns"), [(2, 3), (1, 6), (6, 1)])
def test_given_latents_fill_the_grid_row_by_row(rows: int, columns: int, tmp_path: Path) -> None:
    latents = np.full((6, LATENT_DIM), -1.0, dtype=np.float32)
    for number in range(6):
        latents[number, number % LATENT_DIM] = 1.0
    latents[3:, 0] = 1.0
    save_latents(tmp_path / "given.npy", latents)
    run(tmp_path, Inference(seed=0, rows=rows, columns=columns, latents=tmp_path / "given.npy"))
    np.testing.assert_array_equal(heard(fake_x(tmp_path)), latents)

    name = "fake_x_hard_thresholding_colored"
    with Image.open(tmp_path / "images" / name / f"{name}_0.png") as image:
        picture = np.asarray(image)
    assert picture.shape == (3 + rows * (2 + 3), 3 + columns * (48 + 3), 3)
    for number in range(6):
        row, column = divmod(number, columns)
        bottom, left = 3 + row * 5 + 1, 3 + column * 51
        red = (picture[bottom, left : left + 48] == (255, 0, 0)).all(axis=-1)
        assert np.flatnonzero(red).tolist() == np.flatnonzero(latents[number] > 0).tolist()
    loaded = pypianoroll.load(tmp_path / "pianorolls" / "fake_x_hard_thresholding" / "fake_x_hard_thresholding_0.npz")
    drums = np.asarray(loaded.tracks[0].pianoroll)[:, 24].reshape(6, 48)
    np.testing.assert_array_equal(drums[:, :LATENT_DIM], latents > 0)


def test_the_latents_are_kept_and_play_the_same_again(tmp_path: Path) -> None:
    run(tmp_path / "one", Inference(seed=1, rows=1, columns=3, runs=2))
    kept = latents_path(tmp_path / "one", 1)
    assert kept == tmp_path / "one" / "arrays" / "latents" / "latents_1.npy"
    assert len(read_latents(kept, LATENT_DIM)) == 3
    run(tmp_path / "two", Inference(seed=9, latents=kept))
    np.testing.assert_array_equal(fake_x(tmp_path / "two", 0), fake_x(tmp_path / "one", 1))


def test_given_latents_are_played_once(tmp_path: Path) -> None:
    save_latents(tmp_path / "given.npy", np.zeros((1, LATENT_DIM), dtype=np.float32))
    with pytest.raises(LatentsError, match="leave --runs out"):
        run(tmp_path, Inference(seed=0, runs=2, latents=tmp_path / "given.npy"))


@pytest.mark.parametrize(
    ("asked", "grid"),
    [
        ((None, None, None), (5, 5)),
        ((2, None, None), (2, 5)),
        ((None, 3, None), (5, 3)),
        ((2, 3, None), (2, 3)),
        ((None, None, 7), (1, 7)),
        ((2, None, 6), (2, 3)),
        ((None, 2, 6), (3, 2)),
        ((6, 1, 6), (6, 1)),
    ],
)
def test_the_grid_is_as_asked_or_as_the_latents_fill_it(
    asked: tuple[int | None, int | None, int | None], grid: tuple[int, int]
) -> None:
    assert grid_shape(*asked) == grid


@pytest.mark.parametrize(("rows", "columns", "latents"), [(5, 5, 6), (4, None, 6), (None, 4, 6), (None, 9, 6)])
def test_latents_that_do_not_fill_the_grid_are_refused(rows: int | None, columns: int | None, latents: int) -> None:
    with pytest.raises(LatentsError, match=r"6 latents do not fill \d rows of \d"):
        grid_shape(rows, columns, latents)
