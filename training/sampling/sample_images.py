"""Pictures of phrases as the original draws them: time to the right, pitch up, black lines, a grid of phrases.

Phrases are (n, bars, steps, pitches, tracks), 0 (silent) to 1 (sounding) or bool. A line of one pixel parts bars,
and in a plain picture the tracks; three pixels part and frame the phrases. A 5 x 5 grid of phrases of 4 bars is
2138 pixels high and 993 wide when plain, 438 high when coloured.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Colour = Sequence[float]
Phrases = NDArray[Any]
Pixels = NDArray[np.uint8]

# red, green, blue in 0-1: drums red, piano orange, guitar green, bass blue, strings sky
TRACK_COLOURS: tuple[Colour, ...] = ((1, 0, 0), (1, 0.5, 0), (0, 1, 0), (0, 0, 1), (0, 0.5, 1))
LINE = 0  # black
LINE_WIDTH, GRID_WIDTH = 1, 3


def plain_images(phrases: Phrases) -> Pixels:
    """(n, height, width, 1): black on white, the tracks below each other from the first."""
    lanes = _ruled(_quantised(_pitch_up(phrases)))
    count, bars, steps, pitches, tracks = lanes.shape
    stacked = lanes.transpose(0, 4, 3, 1, 2).reshape(count, tracks * pitches, bars * steps, 1)
    return stacked[:, LINE_WIDTH:, LINE_WIDTH:]


def coloured_images(phrases: Phrases, colours: Sequence[Colour] = TRACK_COLOURS) -> Pixels:
    """(n, height, width, 3): all tracks over each other on white, their colours mixed as paint is.

    Tracks beyond the last colour begin again with the first.
    """
    tracks = phrases.shape[-1]
    absorbed = 1.0 - np.array([colours[track % len(colours)] for track in range(tracks)], dtype=np.float32)
    lanes = _ruled(_quantised((_pitch_up(phrases) @ absorbed).clip(0.0, 1.0)))
    count, bars, steps, pitches, _ = lanes.shape
    overlaid = lanes.transpose(0, 3, 1, 2, 4).reshape(count, pitches, bars * steps, 3)
    return overlaid[:, LINE_WIDTH:, LINE_WIDTH:]


def image_grid(images: Pixels, rows: int, columns: int) -> Pixels:
    """(n, height, width, channels), n = rows * columns, to one framed picture, read row by row."""
    if len(images) != rows * columns:
        raise ValueError(f"{len(images)} pictures do not fill a grid of {rows} x {columns}")
    tiles = _bordered(images, axes=(1, 2), width=GRID_WIDTH, after=False)
    _, height, width, channels = tiles.shape
    grid = tiles.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return _bordered(
        grid.reshape(rows * height, columns * width, channels), axes=(0, 1), width=GRID_WIDTH, before=False
    )


def write_image(path: Path, image: Pixels) -> None:
    """A PNG from (height, width, 1 or 3); the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(path)


def _pitch_up(phrases: Phrases) -> NDArray[np.float32]:
    return phrases[:, :, :, ::-1].astype(np.float32)


def _quantised(absorbed: NDArray[np.float32]) -> Pixels:
    """The share of light that paint takes, 0-1, to what is left of it, 255-0; a half is 127, as in the original."""
    left: Pixels = np.ceil(255.0 - 256.0 * absorbed).clip(0, 255).astype(np.uint8)
    return left


def _ruled(lanes: Pixels) -> Pixels:
    """A line before each bar, and above each track."""
    return _bordered(lanes, axes=(2, 3), width=LINE_WIDTH, after=False)


def _bordered(pixels: Pixels, axes: tuple[int, ...], width: int, before: bool = True, after: bool = True) -> Pixels:
    borders = [(width * before, width * after) if axis in axes else (0, 0) for axis in range(pixels.ndim)]
    return np.pad(pixels, borders, constant_values=LINE)
