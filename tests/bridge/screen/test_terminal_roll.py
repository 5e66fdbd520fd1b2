"""The phrase in the terminal, as rich prints it to consoles of several widths and encodings."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from bridge.contract import ModelContract
from bridge.pianoroll import Roll
from bridge.screen.terminal_roll import roll_to_text


def silent_roll(bars: int = 4) -> Roll:
    return np.zeros((bars, 5, 48, 84), dtype=bool)


def printed(roll: Roll, contract: ModelContract, width: int = 80, encoding: str = "utf-8") -> list[str]:
    """The lines that reach a terminal without colour."""
    screen = io.BytesIO()
    console = Console(file=io.TextIOWrapper(screen, encoding=encoding, write_through=True), width=width)
    console.print(roll_to_text(roll, contract, width))
    return screen.getvalue().decode(encoding).splitlines()


def lane(lines: list[str], name: str) -> list[str]:
    """The rows of one lane, without their labels."""
    first = next(index for index, line in enumerate(lines) if line.startswith(name))
    rows = []
    for line in lines[first:]:
        if not line:
            break
        rows.append(line[line.index("│" if "│" in line else "|") :])
    return rows


@pytest.mark.parametrize("width", [60, 80, 132, 220])
def test_four_bars_fit_the_width(band: ModelContract, width: int) -> None:
    roll = np.random.default_rng(1).random((4, 5, 48, 84)) > 0.99
    lines = printed(roll, band, width)
    assert max(len(line) for line in lines) <= width
    assert len({len(line) for line in lines if line}) == 1


def test_at_eighty_columns_three_steps_share_a_column_and_none_is_lost(band: ModelContract) -> None:
    roll = silent_roll()
    roll[0, 1, 0, 36] = True
    roll[1, 1, 5, 36] = True  # one step, in the middle of no column's start
    roll[3, 1, 45:, 36] = True
    (row, *_) = lane(printed(roll, band), "Piano")
    assert row == f"│▀{' ' * 15}│ ▀{' ' * 14}│{' ' * 16}│{' ' * 15}▀│"


def test_two_pitches_share_a_row_the_higher_one_above(band: ModelContract) -> None:
    roll = silent_roll(1)
    roll[0, 3, 0:12, 20] = True
    roll[0, 3, 12:24, 21] = True
    roll[0, 3, 24:36, 20:22] = True
    (row,) = lane(printed(roll, band, width=8 + 2 + 4), "Bass")[:1]
    assert row == "│▄▀█ │"


def test_a_lane_runs_from_its_lowest_to_its_highest_pitch_and_says_so(band: ModelContract) -> None:
    roll = silent_roll()
    roll[0, 4, 0, 36] = True  # C4
    roll[0, 4, 0, 45] = True  # A4
    lines = printed(roll, band)
    assert len(lane(lines, "Strings")) == 5
    assert lines[[line.startswith("Strings") for line in lines].index(True) + 1].startswith("C4-A4 ")


def test_a_drum_lane_shows_only_the_drums_that_are_hit(band: ModelContract) -> None:
    roll = silent_roll()
    roll[:, 0, ::12, 12] = True  # bass drum
    roll[:, 0, 12::24, 14] = True  # snare
    roll[:, 0, ::6, 57] = True  # far above
    rows = lane(printed(roll, band), "Drums")
    assert len(rows) == 2
    assert rows[1].startswith("│▀   ▀   ▀   ▀   │")


def test_a_silent_phrase_still_shows_every_lane(band: ModelContract) -> None:
    lines = printed(silent_roll(), band)
    assert [line.split("│")[0].strip() for line in lines if line] == ["Drums", "Piano", "Guitar", "Bass", "Strings"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_console_without_blocks_gets_plain_ascii(band: ModelContract, encoding: str) -> None:
    roll = silent_roll(1)
    roll[0, 3, 0:12, 20] = True
    roll[0, 3, 12:24, 21] = True
    roll[0, 3, 24:36, 20:22] = True
    lines = printed(roll, band, width=14, encoding=encoding)
    assert lane(lines, "Bass")[0] == "|.': |"
    assert "".join(lines).isascii()


def test_a_dos_console_has_the_blocks(band: ModelContract) -> None:
    roll = silent_roll(1)
    roll[0, 3, :, 20:22] = True
    assert lane(printed(roll, band, width=14, encoding="cp437"), "Bass")[0] == "│████│"


def test_each_lane_has_its_tracks_colour(band: ModelContract) -> None:
    roll = silent_roll()
    roll[0, :, 0, 36] = True
    screen = io.StringIO()
    console = Console(file=screen, width=80, force_terminal=True, color_system="truecolor", legacy_windows=False)
    console.print(roll_to_text(roll, band, 80))
    assert "\x1b[38;2;226;48;44m▀" in screen.getvalue()  # drums are red
    assert "\x1b[38;2;38;164;232m▀" in screen.getvalue()  # strings are sky
