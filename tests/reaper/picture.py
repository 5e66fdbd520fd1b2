"""Draws the README's picture: python -m tests.reaper.picture

It shows what the actions have made of a project in the tests' Reaper, note for note, with the buttons that
`maisynth install reaper` puts onto a toolbar; roughly as Reaper shows it, but it is no picture of Reaper.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from bridge.install.reaper import BUTTONS
from tests.reaper.scene import ACTIONS, TICKS
from tests.reaper.served import served

PICTURE = ACTIONS / "arrange.png"
DRAWN_FROM = "Drawn from"  # the word under which the picture tells its source

BARS = 8
# Eight bars at 120 beats a minute, always of the same seed; then the drums are locked.
SCENE = f"""
    math.random = function() return 10 end
    stage.select(0, {2 * BARS}) stage.run('Generate')
    stage.project.tracks[1].selected = true stage.run('Lock tracks')
"""
LIT = "Lock tracks"

_SCALE = 2
_WIDTH, _PANEL, _BAR_WIDTH = 900, 108, 98
_TOOLBAR, _RULER, _LANE, _LABEL, _EDGE = 36, 20, 58, 13, 3
_GROUND, _STRIP, _FIELD, _LINE, _TEXT, _DIM = "#333333", "#414141", "#2a2a2a", "#4c4c4c", "#e0e0e0", "#a8a8a8"
_LIT, _INK, _NOTE = "#e8b04a", "#161616", "#1c2226"
_SELECTION = "#3d434a"
_ITEMS = ("#c08a56", "#6d9fb8", "#7fae7c", "#a588bd", "#c07f86")  # by the band's track

Pen = ImageDraw.ImageDraw


def draw(tracks: list[Mapping[str, Any]], lit: str = "") -> Image.Image:
    """Buttons above the tracks with their items; `tracks` as a scene tells them (stage.picture)."""
    height = _TOOLBAR + _RULER + _LANE * len(tracks) + 6
    picture = Image.new("RGB", (_WIDTH * _SCALE, height * _SCALE), _GROUND)
    pen = ImageDraw.Draw(picture)
    _toolbar(pen, lit)
    _grid(pen, height)
    for place, track in enumerate(tracks):
        _lane(pen, track, place)
    return picture


def _box(pen: Pen, left: float, top: float, width: float, height: float, fill: str, line: str = "") -> None:
    edges = [edge * _SCALE for edge in (left, top, left + width, top + height)]
    pen.rounded_rectangle(edges, 2 * _SCALE, fill, line or None)


def _write(pen: Pen, x: float, y: float, text: str, colour: str = _TEXT, anchor: str = "lm", points: int = 10) -> None:
    pen.text((x * _SCALE, y * _SCALE), text, colour, ImageFont.load_default(points * _SCALE), anchor=anchor)


def _toolbar(pen: Pen, lit: str) -> None:
    pen.rectangle((0, 0, _WIDTH * _SCALE, _TOOLBAR * _SCALE), _STRIP)
    width = (_WIDTH - 12) / len(BUTTONS)
    for place, label in enumerate(BUTTONS):
        left = 8 + place * width
        _box(pen, left, 7, width - 4, 22, _LIT if label == lit else _FIELD, _LINE)
        _write(pen, left + (width - 4) / 2, 18, label, _INK if label == lit else _TEXT, "mm")


def _grid(pen: Pen, height: int) -> None:
    selection = [_PANEL, _TOOLBAR, _PANEL + BARS * _BAR_WIDTH, height]
    pen.rectangle([edge * _SCALE for edge in selection], _SELECTION)
    for bar in range(BARS):
        x = _PANEL + bar * _BAR_WIDTH
        pen.line((x * _SCALE, _TOOLBAR * _SCALE, x * _SCALE, height * _SCALE), _LINE, _SCALE)
        _write(pen, x + 4, _TOOLBAR + _RULER / 2, f"{bar + 1}.1", _DIM, points=9)


def _lane(pen: Pen, track: Mapping[str, Any], place: int) -> None:
    top = _TOOLBAR + _RULER + place * _LANE
    _box(pen, 2, top + 1, _PANEL - 6, _LANE - 2, _STRIP, _LINE)
    _write(pen, 10, top + 14, f"{place + 1}", _DIM, points=9)
    _write(pen, 24, top + 14, str(track["name"]))
    for item in track["items"]:
        beats = [float(item[key]) * 2 for key in ("start", "length")]  # two beats a second
        left, width = _PANEL + beats[0] * _BAR_WIDTH / 4, beats[1] * _BAR_WIDTH / 4
        _box(pen, left, top + 1, width, _LANE - 2, _ITEMS[place % len(_ITEMS)])
        _write(pen, left + 5, top + 1 + _LABEL / 2, str(item["name"]), _INK, points=9)
        _notes(pen, item["notes"], left, top + _LABEL + _EDGE, _LANE - _LABEL - 2 * _EDGE)


def _notes(pen: Pen, notes: list[Mapping[str, Any]], left: float, top: float, height: float) -> None:
    """Each at its beat; the lowest pitch of the item below, the highest above."""
    pitches = [int(note["pitch"]) for note in notes]
    lowest, rows = min(pitches, default=0), max(pitches, default=0) - min(pitches, default=0) + 1
    row = height / max(rows, 8)
    for note in notes:
        x, end = (left + int(note[key]) / TICKS * _BAR_WIDTH / 4 for key in ("from", "to"))
        y = top + height - (int(note["pitch"]) - lowest + 1) * row
        right = max(end - 0.5, x + 1.5)
        pen.rectangle([edge * _SCALE for edge in (x, y, right, y + max(row - 0.5, 1.5))], _NOTE)


def source() -> str:
    """What the picture is drawn from, as hexadecimal digits: so that an older one is known as such."""
    drawn = Path(__file__).read_bytes().replace(b"\r\n", b"\n") + repr(BUTTONS).encode()
    return hashlib.sha256(drawn).hexdigest()


def main() -> None:
    """Play the scene beside a bridge with the model that comes along, and draw what has come of it."""
    with tempfile.TemporaryDirectory() as folder, served(["--library", f"{folder}/library.sqlite"]) as bridge:
        told = bridge.play(SCENE)
    if told["windows"]:
        raise SystemExit(f"the actions said: {told['windows']}")
    about = PngInfo()
    about.add_text(DRAWN_FROM, source())
    draw(told["project"]["tracks"], LIT).save(PICTURE, pnginfo=about)


if __name__ == "__main__":
    main()
