"""The ways between latents, at points that are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from training.sampling.latent_ways import lerp_grid, slerp_line

Row = NDArray[np.float32]


def latent(*values: float) -> Row:
    return np.array(values, dtype=np.float32)


A, B1, B2 = latent(0.0, 0.0, 1.0), latent(1.0, 0.0, 1.0), latent(0.0, 2.0, 1.0)


@pytest.mark.parametrize(("rows", "columns"), [(5, 5), (2, 4), (4, 2), (3, 1), (1, 3), (1, 1)])
def test_a_grid_goes_right_to_one_end_and_down_to_the_other(rows: int, columns: int) -> None:
    grid = lerp_grid(A, B1, B2, rows, columns)
    assert grid.shape == (rows * columns, 3)
    assert grid.dtype == np.float32
    for row in range(rows):
        for column in range(columns):
            right, down = column / max(columns - 1, 1), row / max(rows - 1, 1)
            np.testing.assert_allclose(grid[row * columns + column], [right, 2.0 * down, 1.0], atol=1e-6)


def test_the_corners_of_a_grid_are_the_ends_and_the_originals_fourth() -> None:
    a, b1, b2 = np.random.default_rng(0).normal(size=(3, 16)).astype(np.float32)
    grid = lerp_grid(a, b1, b2, 3, 4)
    np.testing.assert_allclose(grid[[0, 3, 8, 11]], [a, b1, b2, b2 + b1 - a], atol=1e-6)


def test_slerp_goes_in_equal_angles_from_end_to_end() -> None:
    line = slerp_line(latent(2.0, 0.0), latent(0.0, 2.0), 4)
    angles = np.radians([0.0, 30.0, 60.0, 90.0])
    np.testing.assert_allclose(line, 2.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1), atol=1e-6)


def test_slerp_takes_the_shorter_way() -> None:
    line = slerp_line(latent(1.0, 0.0), latent(-0.6, -0.8), 3)  # 126.9 degrees one way, 233.1 the other
    middle = latent(0.4, -0.8) / np.linalg.norm([0.4, -0.8])
    np.testing.assert_allclose(line[1], middle, atol=1e-6)


def test_slerp_changes_the_length_evenly() -> None:
    line = slerp_line(latent(1.0, 0.0, 0.0), latent(0.0, 0.0, 3.0), 5)
    np.testing.assert_allclose(np.linalg.norm(line, axis=1), [1.0, 1.5, 2.0, 2.5, 3.0], atol=1e-6)


def test_slerp_is_the_originals_formula_where_the_ends_are_as_long() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 128))
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    angle = np.arccos(a @ b / (a @ a))
    share = np.linspace(0.0, 1.0, 7)[:, None]
    expected = (np.sin((1.0 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
    np.testing.assert_allclose(slerp_line(a.astype(np.float32), b.astype(np.float32), 7), expected, atol=1e-5)


@pytest.mark.parametrize("tilt", [0.0, 1e-9, 1e-5])
def test_slerp_between_opposite_ends_goes_round_and_not_through_the_middle(tilt: float) -> None:
    a = np.random.default_rng(2).normal(size=16).astype(np.float32)
    b = (-2.0 * a).astype(np.float32)
    b[3] += np.float32(tilt)
    line = slerp_line(a, b, 9).astype(np.float64)
    np.testing.assert_allclose(line[[0, -1]], [a, b], atol=1e-4)
    lengths = np.linalg.norm(line, axis=1)
    np.testing.assert_allclose(lengths, np.linspace(1.0, 2.0, 9) * np.linalg.norm(a), rtol=1e-5)
    turns = (line[1:] * line[:-1]).sum(axis=1) / (lengths[1:] * lengths[:-1])
    np.testing.assert_allclose(turns, np.cos(np.pi / 8), atol=1e-4)


@pytest.mark.parametrize(
    ("a", "b", "middle"),
    [
        (latent(1.0, 1.0), latent(1.0, 1.0), [1.0, 1.0]),  # the same
        (latent(1.0, 1.0), latent(3.0, 3.0), [2.0, 2.0]),  # in the same direction
        (latent(0.0, 0.0), latent(2.0, 0.0), [1.0, 0.0]),  # from nowhere
        (latent(1.0), latent(-1.0), [0.0]),  # there is only one direction
    ],
)
def test_slerp_goes_straight_where_there_is_no_arc(a: Row, b: Row, middle: list[float]) -> None:
    np.testing.assert_allclose(slerp_line(a, b, 3), np.stack([a, latent(*middle), b]), atol=1e-6)


def test_one_point_is_the_first_end() -> None:
    np.testing.assert_allclose(slerp_line(latent(1.0, 0.0), latent(0.0, 1.0), 1), [[1.0, 0.0]])
