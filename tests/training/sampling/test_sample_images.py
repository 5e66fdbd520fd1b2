"""Sample pictures: the original's layout, to the pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from training.sampling.sample_images import coloured_images, image_grid, plain_images, write_image

WHITE, BLACK, RED, ORANGE = (255, 255, 255), (0, 0, 0), (255, 0, 0), (255, 127, 0)
BLUE, SKY = (0, 0, 255), (0, 127, 255)


def silence(count: int, *shape: int) -> NDArray[np.float32]:
    return np.zeros((count, *shape), dtype=np.float32)


def test_a_grid_of_five_by_five_has_the_originals_size() -> None:
    phrases = silence(25, 4, 48, 84, 5)
    assert image_grid(plain_images(phrases), 5, 5).shape == (2138, 993, 1)
    assert image_grid(coloured_images(phrases), 5, 5).shape == (438, 993, 3)


def test_a_plain_picture_has_the_tracks_below_each_other_and_pitch_up() -> None:
    phrase = silence(1, 2, 6, 10, 3)
    phrase[0, 0, 2, 0, 0] = 1.0  # the lowest pitch of the first track
    phrase[0, 1, 3, 9, 2] = 1.0  # the highest of the third, in the second bar
    picture = plain_images(phrase)[0, :, :, 0]
    assert picture.shape == (3 * 11 - 1, 2 * 7 - 1)
    lines = np.zeros_like(picture, dtype=np.bool_)
    lines[[10, 21], :] = True  # between tracks
    lines[:, 6] = True  # between bars
    assert (picture[lines] == 0).all()
    dark = {(int(row), int(column)) for row, column in np.argwhere((picture == 0) & ~lines)}
    assert dark == {(9, 2), (22, 7 + 3)}
    assert set(np.unique(picture).tolist()) == {0, 255}


def test_a_coloured_picture_has_the_tracks_over_each_other_in_the_originals_colours() -> None:
    phrase = silence(1, 1, 8, 4, 5)
    for track in range(5):
        phrase[0, 0, track, 0, track] = 1.0
    phrase[0, 0, 6, 0, [0, 3]] = 1.0  # drums and bass together
    picture = coloured_images(phrase)[0]
    assert picture.shape == (4, 8, 3)
    assert [tuple(pixel) for pixel in picture[3].tolist()] == [RED, ORANGE, (0, 255, 0), BLUE, SKY, WHITE, BLACK, WHITE]
    assert (picture[:3] == 255).all()


def test_a_sixth_track_has_the_first_colour_again() -> None:
    phrase = silence(1, 1, 1, 1, 6)
    phrase[..., 5] = 1.0
    assert tuple(coloured_images(phrase)[0, 0, 0].tolist()) == RED


def test_what_sounds_by_half_is_grey() -> None:
    phrase = silence(1, 1, 3, 1, 1)
    phrase[0, 0, :, 0, 0] = [0.25, 0.5, 0.75]
    assert plain_images(phrase)[0, 0, :, 0].tolist() == [191, 127, 63]


@pytest.mark.parametrize(("rows", "columns"), [(2, 3), (1, 6), (6, 1)])
def test_a_grid_is_read_row_by_row_between_lines_of_three_pixels(rows: int, columns: int, tmp_path: Path) -> None:
    images = np.zeros((6, 4, 5, 1), dtype=np.uint8)
    images[:] = np.arange(40, 100, 10, dtype=np.uint8)[:, None, None, None]
    path = tmp_path / "not" / "there" / "grid.png"
    write_image(path, image_grid(images, rows, columns))
    with Image.open(path) as image:
        assert image.mode == "L"
        picture = np.asarray(image)
    assert picture.shape == (3 + rows * 7, 3 + columns * 8)
    for number in range(6):
        row, column = divmod(number, columns)
        top, left = 3 + row * 7, 3 + column * 8
        tile = picture[top - 3 : top + 7, left - 3 : left + 8]
        assert (tile[3:-3, 3:-3] == 40 + 10 * number).all()
        assert tile.sum() == 4 * 5 * (40 + 10 * number), "the frame is not black all around"


def test_coloured_pictures_are_written_in_colour(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", np.full((2, 3, 3), (255, 127, 0), dtype=np.uint8))
    with Image.open(tmp_path / "a.png") as image:
        assert (image.mode, image.size, image.getpixel((2, 1))) == ("RGB", (3, 2), ORANGE)


def test_pictures_that_do_not_fill_the_grid_are_refused() -> None:
    with pytest.raises(ValueError, match="5 pictures do not fill a grid of 2 x 3"):
        image_grid(np.zeros((5, 1, 1, 1), dtype=np.uint8), 2, 3)
