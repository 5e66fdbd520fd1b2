"""Batches looked up where the networks are: the same ones as those that the processor unpacks."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.conftest import phrase_set, random_cells
from training.data.device_phrases import DevicePhrases, coming_batches
from training.data.phrases import PhraseBatches, Prefetch

CPU = torch.device("cpu")
DRUMS_FIRST = np.array([True, False, False])


def batches_of(shape: tuple[int, int, int, int], transposed: bool, share: tuple[int, int] | None) -> PhraseBatches:
    data = phrase_set(random_cells(7, shape), list(range(7)))
    return PhraseBatches(data, np.array([6, 1, 2, 5]), DRUMS_FIRST, 3, 4, transposed, share=share)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("share", [None, (1, 3)])
@pytest.mark.parametrize("shape", [(2, 4, 24, 3), (1, 3, 13, 3)])  # the second fills no whole bytes
def test_a_batch_is_the_one_that_the_processor_makes(
    shape: tuple[int, int, int, int], transposed: bool, share: tuple[int, int] | None
) -> None:
    batches = batches_of(shape, transposed, share)
    there = DevicePhrases(batches, 0, CPU)
    for step in range(6):
        found = there.batch(step)
        assert found.dtype == torch.float32
        np.testing.assert_array_equal(found.numpy(), batches.batch(step))


def test_they_come_in_order_from_the_first_asked() -> None:
    batches = batches_of((2, 4, 24, 3), True, None)
    with closing(DevicePhrases(batches, 5, CPU)) as there:
        for step in (5, 6, 7):
            np.testing.assert_array_equal(there.take().numpy(), batches.batch(step))


def test_on_a_processor_threads_make_them_ready() -> None:
    batches = replace(batches_of((2, 4, 24, 3), True, None), seed=9)
    with closing(coming_batches(batches, 3, CPU, threads=2)) as coming:
        assert isinstance(coming, Prefetch)
        np.testing.assert_array_equal(coming.take().numpy(), batches.batch(3))
