"""Sample pictures: what sounds is coloured by its track, low pitches below, phrases in a grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from training.samples import TRACK_COLOURS, phrase_picture, write_grid

WHITE, BAR_LINE = [255, 255, 255], [210, 210, 210]


def test_a_cell_is_drawn_at_its_time_and_pitch_in_its_tracks_colour() -> None:
    cells = np.zeros((2, 6, 10, 5), dtype=np.bool_)
    cells[0, 2, 0, 0] = True  # the lowest drum
    cells[1, 3, 9, 3] = True  # the highest pitch of the bass, in the second bar
    picture = phrase_picture(cells)
    assert picture.shape == (10, 12, 3)
    assert picture[9, 2].tolist() == TRACK_COLOURS[0].tolist()
    assert picture[0, 6 + 3].tolist() == TRACK_COLOURS[3].tolist()
    coloured = (picture != picture[..., :1]).any(axis=2)
    assert coloured.sum() == 2


def test_bars_begin_with_a_line() -> None:
    picture = phrase_picture(np.zeros((2, 6, 10, 5), dtype=np.bool_))
    columns = [picture[0, column].tolist() for column in range(12)]
    assert columns == [BAR_LINE, *[WHITE] * 5, BAR_LINE, *[WHITE] * 5]


def test_a_grid_is_read_row_by_row(tmp_path: Path) -> None:
    cells = np.zeros((6, 1, 4, 3, 5), dtype=np.bool_)
    for phrase in range(6):
        cells[phrase, 0, 1, 1, phrase % 5] = True
    path = tmp_path / "not" / "there" / "grid.png"
    write_grid(path, cells, rows=2, columns=3)
    with Image.open(path) as image:
        picture = np.asarray(image)
    height, width = 3 + 4, 4 + 4  # two pixels of frame all around
    assert picture.shape == (2 * height, 3 * width, 3)
    for phrase in range(6):
        row, column = divmod(phrase, 3)
        dot = picture[row * height + 2 + 1, column * width + 2 + 1]
        assert dot.tolist() == TRACK_COLOURS[phrase % 5].tolist()
