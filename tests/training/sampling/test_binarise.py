"""A generator's values to cells: the threshold and the draw."""

from __future__ import annotations

import numpy as np

from training.sampling.binarise import BERNOULLI_SAMPLING, HARD_THRESHOLDING, binarise, hard_threshold, sample_bernoulli


def test_what_is_above_zero_sounds() -> None:
    output = np.array([-1.0, -0.01, 0.0, 0.01, 1.0], dtype=np.float32)
    assert hard_threshold(output).tolist() == [False, False, False, True, True]


def test_a_cell_sounds_as_often_as_its_value_says() -> None:
    chances = np.array([0.0, 0.1, 0.5, 0.9, 1.0], dtype=np.float32)
    output = np.repeat(2.0 * chances[:, None] - 1.0, 20_000, axis=1).astype(np.float32)
    share = sample_bernoulli(output, (0,)).mean(axis=1)
    np.testing.assert_allclose(share, chances, atol=0.015)
    assert (share[0], share[-1]) == (0.0, 1.0)


def test_the_draw_repeats_with_its_seed() -> None:
    output = np.zeros((8, 8, 8), dtype=np.float32)
    first = sample_bernoulli(output, (3, 1))
    np.testing.assert_array_equal(first, sample_bernoulli(output, (3, 1)))
    assert (first != sample_bernoulli(output, (3, 2))).any()


def test_both_have_the_originals_names() -> None:
    output = np.array([-1.0, 1.0], dtype=np.float32)
    assert {name: cells.tolist() for name, cells in binarise(output, (0,)).items()} == {
        HARD_THRESHOLDING: [False, True],
        BERNOULLI_SAMPLING: [False, True],
    }
