"""Sample phrases as a training run goes: arrays, pictures, piano rolls and MIDI."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TRACK_COLOURS = np.array(
    [[255, 0, 0], [255, 128, 0], [0, 170, 0], [0, 0, 255], [0, 128, 255]], dtype=np.uint8
)  # drums, piano, guitar, bass, strings: the original's, the green darker to be seen on white


def phrase_picture(cells: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(bars, steps, pitches, tracks) bool to (pitches, bars * steps, 3): all tracks over each other, pitch up."""
    bars, steps, pitches, tracks = cells.shape
    lanes = cells.reshape(bars * steps, pitches, tracks).transpose(1, 0, 2)[::-1]
    picture = np.full((pitches, bars * steps, 3), 255, dtype=np.uint8)
    picture[:, ::steps] = 210
    for track in range(tracks):
        picture[lanes[..., track]] = TRACK_COLOURS[track % len(TRACK_COLOURS)]
    return picture


def write_grid(path: Path, cells: NDArray[np.bool_], rows: int, columns: int) -> None:
    """A PNG of rows x columns phrases from (rows * columns, bars, steps, pitches, tracks) bool."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tiles = [np.pad(phrase_picture(phrase), ((2, 2), (2, 2), (0, 0)), constant_values=128) for phrase in cells]
    lines = [np.concatenate(tiles[row * columns : (row + 1) * columns], axis=1) for row in range(rows)]
    Image.fromarray(np.concatenate(lines, axis=0)).save(path)
