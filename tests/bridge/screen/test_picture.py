"""The picture of a phrase, read back pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from bridge.contract import ModelContract
from bridge.pianoroll import Roll
from bridge.screen.picture import PIXELS_PER_PITCH, PIXELS_PER_STEP, TRACK_COLOURS, octaves_in_use, write_picture


def silent_roll(bars: int = 4) -> Roll:
    return np.zeros((bars, 5, 48, 84), dtype=bool)


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB"))


def where(picture: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.intp]:
    """(found, 2) rows and columns of the pixels of exactly that colour."""
    return np.argwhere((picture == np.array(colour, dtype=np.uint8)).all(axis=2))


def test_each_track_has_a_colour_of_its_own_and_drums_are_on_top(tmp_path: Path, band: ModelContract) -> None:
    roll = silent_roll()
    roll[1, :, 4:20, 36] = True
    write_picture(tmp_path / "phrase.png", roll, band)
    picture = pixels(tmp_path / "phrase.png")
    assert tuple(picture[0, 0]) == (255, 255, 255)
    # The stripe beside the name has the lane's colour, so look to the right of it.
    right = picture.copy()
    right[:, :60] = 255
    rows = [where(right, colour)[:, 0].mean() for colour in TRACK_COLOURS]
    assert rows == sorted(rows)
    assert len(set(TRACK_COLOURS)) == 5


def test_time_goes_right_and_pitch_goes_up(tmp_path: Path, band: ModelContract) -> None:
    roll = silent_roll()
    roll[0, 1, 8:12, 36] = True  # bar 0, C4
    roll[2, 1, 8:12, 43] = True  # bar 2, G4
    write_picture(tmp_path / "phrase.png", roll, band)
    picture = pixels(tmp_path / "phrase.png")
    picture = picture.copy()
    picture[:, :60] = 255
    found = where(picture, TRACK_COLOURS[1])
    low, high = found[found[:, 1] < found[:, 1].mean()], found[found[:, 1] > found[:, 1].mean()]
    assert high[:, 1].min() - low[:, 1].min() == 2 * 48 * PIXELS_PER_STEP
    assert low[:, 0].max() - high[:, 0].max() == 7 * PIXELS_PER_PITCH
    assert np.ptp(low[:, 0]) + 1 == PIXELS_PER_PITCH


def test_the_lowest_note_of_a_lane_lies_on_its_bottom_line(tmp_path: Path, band: ModelContract) -> None:
    roll = silent_roll()
    roll[0, 4, 8:12, 36] = True
    write_picture(tmp_path / "phrase.png", roll, band)
    found = where(pixels(tmp_path / "phrase.png"), TRACK_COLOURS[4])
    stripe, notes = found[found[:, 1] < 60], found[found[:, 1] >= 60]
    assert notes[:, 0].max() == stripe[:, 0].max() - 1


def test_the_picture_is_as_wide_as_the_bars_and_as_high_as_the_octaves_in_use(
    tmp_path: Path, band: ModelContract
) -> None:
    sizes = {}
    for name, bars, top in (("short", 2, 40), ("long", 4, 40), ("high", 4, 83)):
        roll = silent_roll(bars)
        roll[0, 1, 0, [36, top]] = True
        write_picture(tmp_path / f"{name}.png", roll, band)
        sizes[name] = pixels(tmp_path / f"{name}.png").shape[:2]
    assert sizes["long"][1] - sizes["short"][1] == 2 * 48 * PIXELS_PER_STEP
    assert sizes["high"][0] - sizes["long"][0] == 2 * 12 * PIXELS_PER_PITCH  # four octaves instead of two


@pytest.mark.parametrize(
    ("pitches", "octaves"),
    [
        ([], (60, 84)),  # an empty lane: from middle C up
        ([36, 47], (60, 84)),
        ([35, 36], (48, 72)),
        ([0], (24, 48)),
        ([83], (84, 108)),  # no octave above: one below
        ([0, 83], (24, 108)),
    ],
)
def test_a_lane_shows_the_octaves_in_use_and_at_least_two(
    band: ModelContract, pitches: list[int], octaves: tuple[int, int]
) -> None:
    lane = np.zeros((192, 84), dtype=bool)
    lane[7, pitches] = True
    low, high = octaves_in_use(lane, band)
    assert (low + 24, high + 24) == octaves


def test_bar_lines_are_stronger_than_beat_lines(tmp_path: Path, band: ModelContract) -> None:
    write_picture(tmp_path / "phrase.png", silent_roll(), band)
    picture = pixels(tmp_path / "phrase.png").astype(int)
    lane_row = picture[40].sum(axis=1)  # through the drum lane, where no note is
    right = len(lane_row) - 1 - int(np.argmax(lane_row[::-1] < 500))  # the last bar line
    beat = 12 * PIXELS_PER_STEP
    bar_lines = [lane_row[right - bar * 4 * beat] for bar in range(5)]
    beat_lines = [lane_row[right - n * beat] for n in range(16) if n % 4]
    assert max(bar_lines) < 500 < min(beat_lines)
    assert max(beat_lines) < 3 * 255


def test_a_drum_hit_stays_a_hit_and_a_held_note_is_one_bar_of_colour(tmp_path: Path, band: ModelContract) -> None:
    roll = silent_roll()
    roll[0, 0, 2:6, 36] = True  # four hits
    roll[0, 1, 2:6, 36] = True  # one note
    write_picture(tmp_path / "phrase.png", roll, band)
    picture = pixels(tmp_path / "phrase.png").copy()
    picture[:, :60] = 255
    widths = [len(set(where(picture, colour)[:, 1])) for colour in TRACK_COLOURS[:2]]
    # A pixel of each note is its darker attack, another the gap before the next.
    assert widths == [4 * (PIXELS_PER_STEP - 2), 4 * PIXELS_PER_STEP - 2]
