"""A phrase as a piano roll in the terminal: one lane a track, two pitches a row in half blocks, in colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from bridge.contract import ModelContract
from bridge.pianoroll import Roll
from bridge.screen.picture import TRACK_COLOURS


@dataclass(frozen=True, slots=True)
class _Signs:
    """What a roll is drawn with: a cell by (upper pitch sounds, lower pitch sounds), and the bar line."""

    cells: dict[tuple[bool, bool], str]
    bar_line: str


_BLOCKS = _Signs({(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}, "│")
_ASCII = _Signs({(False, False): " ", (True, False): "'", (False, True): ".", (True, True): ":"}, "|")
_ALL_BLOCKS = "".join(_BLOCKS.cells.values()) + _BLOCKS.bar_line
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True, slots=True)
class TerminalRoll:
    """A phrase that a rich console can print, in blocks where the console's encoding has them, else in ASCII."""

    roll: Roll
    contract: ModelContract
    width: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield _draw(self.roll, self.contract, self.width, _BLOCKS if _has_blocks(options.encoding) else _ASCII)


def roll_to_text(roll: Roll, contract: ModelContract, width: int) -> TerminalRoll:
    """The phrase `roll` (bars, tracks, steps_per_bar, pitches) bool, at most `width` columns wide, for console.print.

    Each lane has the pitches from its track's lowest to its highest, a drum lane only those that are hit. Steps are
    merged, a column sounds where one of its steps does, until the bars fit; a bar is never under one column.
    """
    return TerminalRoll(roll, contract, width)


def _has_blocks(encoding: str) -> bool:
    try:
        _ALL_BLOCKS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _draw(roll: Roll, contract: ModelContract, width: int, signs: _Signs) -> Text:
    bars, tracks, steps, pitches = roll.shape
    labels = [_labels(roll[:, track], contract, track) for track in range(tracks)]
    label_width = max(len(label) for pair in labels for label in pair) + 1
    merged = _steps_per_column(steps, (width - label_width - bars - 1) // bars)
    columns = np.any(roll.reshape(bars, tracks, steps // merged, merged, pitches), axis=3)
    text = Text(no_wrap=True, overflow="crop")
    for track in range(tracks):
        style = "rgb({},{},{})".format(*TRACK_COLOURS[track % len(TRACK_COLOURS)])
        rows = _rows(_crop(columns[:, track], contract.tracks[track].is_drum), signs)
        rows += [[" " * (steps // merged)] * bars] * (len(labels[track]) - len(rows))
        if track:
            text.append("\n")
        for index, row in enumerate(rows):
            label = labels[track][index] if index < len(labels[track]) else ""
            text.append(label.ljust(label_width), style=f"bold {style}" if index == 0 else "dim")
            text.append(signs.bar_line, style="dim")
            for bar in row:
                text.append(bar, style=style)
                text.append(signs.bar_line, style="dim")
            text.append("\n")
    text.right_crop()  # the last line's end: console.print adds its own
    return text


def _labels(lane: Roll, contract: ModelContract, track: int) -> list[str]:
    """The track's name and, but for drums, the lowest and highest note that it plays."""
    spec = contract.tracks[track]
    used = contract.lowest_pitch + np.nonzero(lane.any(axis=(0, 1)))[0]
    if spec.is_drum or not len(used):
        return [spec.name]
    return [spec.name, "-".join(_NAMES[pitch % 12] + str(pitch // 12 - 1) for pitch in (used[0], used[-1]))]


def _steps_per_column(steps: int, columns: int) -> int:
    """The fewest steps a column, of those that divide a bar evenly, that fit a bar into `columns`."""
    fits = (merged for merged in range(1, steps + 1) if steps % merged == 0 and steps // merged <= columns)
    return next(fits, steps)


def _crop(lane: Roll, is_drum: bool) -> Roll:
    """The lane (bars, columns, pitches) with the pitches that are shown."""
    used = np.nonzero(lane.any(axis=(0, 1)))[0]
    if is_drum or not len(used):
        return lane[:, :, used]
    return lane[:, :, used[0] : used[-1] + 1]


def _rows(lane: Roll, signs: _Signs) -> list[list[str]]:
    """Rows from the top, each a string a bar; an odd pitch count leaves the bottom row's lower half empty."""
    falling = lane[:, :, ::-1]
    if falling.shape[2] % 2:
        falling = np.pad(falling, ((0, 0), (0, 0), (0, 1)))
    return [
        ["".join(signs.cells[bool(upper), bool(lower)] for upper, lower in bar[:, row : row + 2]) for bar in falling]
        for row in range(0, falling.shape[2], 2)
    ]
