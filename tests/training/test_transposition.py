"""Phrases in another key."""

from __future__ import annotations

import numpy as np
import torch

from training.data.phrases import transpose
from training.transposition import transposed


def test_each_phrase_moves_by_its_own_semitones_as_the_processor_moves_one() -> None:
    cells = torch.rand(5, 2, 3, 14, 2, generator=torch.Generator().manual_seed(0)) < 0.5
    shifts = [0, 3, -4, 14, -20]
    moved = transposed(cells.float() * 2.0 - 1.0, torch.tensor(shifts), -1.0)
    for phrase, shift, found in zip(cells.numpy(), shifts, moved.numpy(), strict=True):
        expected = transpose(phrase, shift, np.zeros(2, dtype=np.bool_))
        np.testing.assert_array_equal(found, np.where(expected, 1.0, -1.0))


def test_the_gradient_goes_to_where_a_cell_came_from() -> None:
    roll = torch.zeros(1, 1, 1, 6, 1, requires_grad=True)
    torch.autograd.backward(transposed(roll, torch.tensor([2]), -1.0)[0, 0, 0, 4, 0])
    assert roll.grad is not None
    assert roll.grad.flatten().tolist() == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
