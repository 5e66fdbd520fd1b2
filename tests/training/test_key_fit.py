"""Which major key notes fit best."""

from __future__ import annotations

import numpy as np
import pytest

from training.key_fit import MAJOR_SCALE, key_fit, semitones
from training.measures.chroma import CLASSES


def best(classes: dict[int, float]) -> int:
    counts = np.zeros(CLASSES)
    for pitch_class, steps in classes.items():
        counts[pitch_class % CLASSES] = steps
    return int(np.argmax(key_fit() @ counts))


@pytest.mark.parametrize("key", range(CLASSES))
def test_a_whole_scale_fits_its_own_key(key: int) -> None:
    assert best({key + step: 1.0 for step in MAJOR_SCALE}) == key


@pytest.mark.parametrize("key", range(CLASSES))
def test_a_triad_fits_the_key_on_its_root_though_two_others_hold_it_too(key: int) -> None:
    assert best({key: 2.0, key + 4: 1.0, key + 7: 1.0}) == key


@pytest.mark.parametrize("key", range(CLASSES))
def test_a_minor_triad_fits_the_key_of_which_its_own_is_the_relative_minor(key: int) -> None:
    assert best({key + 9: 2.0, key: 1.0, key + 4: 1.0}) == key


@pytest.mark.parametrize("key", range(CLASSES))
def test_a_note_outside_weighs_more_than_any_profile(key: int) -> None:
    strange = {key + 2: 30.0, key + 5: 30.0, key + 9: 30.0, key + 11: 10.0}  # B, in C and not in F
    assert best(strange) == key


def test_every_key_is_reached_by_the_shorter_way() -> None:
    ways = [semitones(key) for key in range(CLASSES)]
    assert sorted(ways) == list(range(-5, 7))
    assert all(way % CLASSES == key for key, way in enumerate(ways))
    assert semitones(-1) == -1
