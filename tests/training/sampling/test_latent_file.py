"""Latents in a file: back as they were, and refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from training.sampling.latent_file import LatentsError, read_latents, save_latents


def test_latents_come_back_as_they_were(tmp_path: Path) -> None:
    latents = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    path = tmp_path / "not" / "there" / "latents.npy"
    save_latents(path, latents)
    found = read_latents(path, 4)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, latents)


def test_a_single_latent_may_be_a_plain_row_of_any_numbers(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.array([1, 2, 3]))
    found = read_latents(tmp_path / "one.npy", 3)
    assert found.dtype == np.float32
    assert found.tolist() == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (Path.exists, "cannot be read: No such file"),
        (lambda path: path.write_bytes(b""), "is no .npy of numbers"),
        (lambda path: path.write_bytes(b"noise"), "is no .npy of numbers"),
        (lambda path: np.save(path, np.array([{}], dtype=object), allow_pickle=True), "is no .npy of numbers"),
        (lambda path: np.savez(path.open("wb"), a=np.zeros(4)), "holds several arrays"),
        (lambda path: np.save(path, np.zeros((2, 5))), r"shape \[2, 5\] of float64, expected a row of 4 numbers"),
        (lambda path: np.save(path, np.zeros((0, 4))), r"shape \[0, 4\]"),
        (lambda path: np.save(path, np.zeros((1, 1, 4))), r"shape \[1, 1, 4\]"),
        (lambda path: np.save(path, np.float64(1.0)), r"shape \[\]"),
        (lambda path: np.save(path, np.array([["a"] * 4])), "of <U1, expected"),
        (lambda path: np.save(path, np.array([0.0, np.nan, 0.0, 0.0])), "values that are no numbers"),
        (lambda path: np.save(path, np.full((1, 4), 1e300)), "values that are no numbers"),
    ],
)
def test_what_is_no_latents_is_named(write: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    path = tmp_path / "latents.npy"
    write(path)
    with pytest.raises(LatentsError, match=message) as raised:
        read_latents(path, 4)
    assert str(path) in str(raised.value)
