from __future__ import annotations

import numpy as np
import pytest

from training.measures.keys import key_of
from training.measures.track_measures import Cells

LOWEST = 24  # a C


def phrase(*chords: tuple[int, ...]) -> Cells:
    """A bar a chord of MIDI pitches, in the second of two tracks; the first, drums, hits everything."""
    cells = np.zeros((len(chords), 4, 60, 2), dtype=np.bool_)
    cells[..., 0] = True
    for bar, chord in enumerate(chords):
        cells[bar, :, [pitch - LOWEST for pitch in chord], 1] = True
    return cells


@pytest.mark.parametrize(
    ("chords", "expected"),
    [
        (((48, 64, 67), (41, 65, 69), (43, 62, 71), (48, 64, 67)), "C major"),
        (((45, 60, 64), (38, 62, 65), (40, 59, 67), (45, 60, 64)), "A minor"),
        (((50, 66, 69), (43, 62, 71), (45, 61, 64), (50, 66, 69)), "D major"),
        (((44, 63, 68), (49, 61, 64), (51, 58, 66), (44, 59, 63)), "Ab minor"),
    ],
)
def test_a_cadence_tells_its_key(chords: tuple[tuple[int, ...], ...], expected: str) -> None:
    key = key_of(phrase(*chords), [1], LOWEST)
    assert key is not None
    assert str(key) == expected


def test_the_share_is_of_all_that_sounds() -> None:
    key = key_of(phrase((48, 64, 67), (41, 65, 69), (43, 62, 71), (48, 64, 66)), [1], LOWEST)
    assert key is not None
    assert key.share == pytest.approx(11 / 12)


def test_it_does_not_hang_on_where_the_grid_begins() -> None:
    cells = phrase((48, 64, 67), (41, 65, 69), (43, 62, 71), (48, 64, 67))
    moved = np.roll(cells, 5, axis=2)
    moved[..., 0] = True
    assert str(key_of(moved, [1], LOWEST)) == "F major"
    assert str(key_of(moved, [1], LOWEST - 5)) == "C major"


def test_drums_alone_have_no_key() -> None:
    assert key_of(phrase(()), [1], LOWEST) is None
