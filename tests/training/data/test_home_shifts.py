"""Phrases brought to one key."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.training.conftest import phrase_set
from training.data import home_shifts as rooms
from training.data.device_phrases import DevicePhrases
from training.data.home_shifts import home_shifts
from training.data.phrases import PhraseBatches
from training.key_fit import MAJOR_SCALE

DRUMS_FIRST = np.array([True, False, False])
KEYS = [0, 7, 2, 11, 6]


def in_keys(keys: list[int]) -> NDArray[np.bool_]:
    """A phrase a key, of its scale over two tracks; the drums hit what is in no key."""
    cells = np.zeros((len(keys), 2, 8, 40, 3), dtype=np.bool_)
    cells[:, :, :, [1, 3, 6, 8, 10], 0] = True
    for number, key in enumerate(keys):
        for step in MAJOR_SCALE:
            cells[number, step % 2, :4, 12 + key + step - (12 if key > 6 else 0), 1 + step % 2] = True
    return cells


def test_every_phrase_moves_to_the_key_of_the_lowest_pitch_by_the_shorter_way() -> None:
    data = phrase_set(in_keys(KEYS), song=[0, 0, 1, 1, 2])
    assert home_shifts(data, DRUMS_FIRST).tolist() == [0, 5, -2, 1, -6]


def test_a_silent_phrase_stays() -> None:
    silent = phrase_set(np.zeros((2, 2, 8, 40, 3), dtype=np.bool_), song=[0, 1])
    assert home_shifts(silent, DRUMS_FIRST).tolist() == [0, 0]


def test_many_phrases_are_looked_at_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    data = phrase_set(in_keys(KEYS), song=[0, 0, 1, 1, 2])
    monkeypatch.setattr(rooms, "AT_A_TIME", 2)
    assert home_shifts(data, DRUMS_FIRST).tolist() == [0, 5, -2, 1, -6]


@pytest.mark.parametrize("random_transpose", [False, True])
def test_batches_of_phrases_at_home_are_all_in_one_key(random_transpose: bool) -> None:
    data = phrase_set(in_keys(KEYS), song=[0, 0, 1, 1, 2])
    shifts = home_shifts(data, DRUMS_FIRST)
    batches = PhraseBatches(data, np.arange(5), DRUMS_FIRST, 5, 0, random_transpose, home_shifts=shifts)
    batch = batches.batch(0) > 0
    classes = {int(pitch) % 12 for pitch in np.flatnonzero(batch[..., 1:].any(axis=(0, 1, 2, 4)))}
    assert classes == set(MAJOR_SCALE)
    assert set(np.flatnonzero(batch[..., 0].any(axis=(0, 1, 2)))) == {1, 3, 6, 8, 10}
    there = DevicePhrases(batches, 0, torch.device("cpu"))
    np.testing.assert_array_equal(there.batch(0).numpy(), batches.batch(0))
