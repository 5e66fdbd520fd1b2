"""Draws the device's face from its description, roughly as Live shows it: python max_for_live/face.py"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs from a fresh clone

from PIL import Image, ImageDraw, ImageFont

from max_for_live.description import FACE_HEIGHT, Box, Description
from max_for_live.device import describe

PICTURE = Path(__file__).resolve().with_name("face.png")

_SCALE = 2
_GROUND, _FIELD, _LINE, _TEXT, _POINTER = "#464646", "#232323", "#7a7a7a", "#e0e0e0", "#6dd6ff"
Edges = tuple[int, int, int, int]  # left, top, right, bottom


def draw(description: Description) -> Image.Image:
    """The face at twice its size in Live."""
    picture = Image.new("RGB", (description.width * _SCALE, FACE_HEIGHT * _SCALE), _GROUND)
    pen = ImageDraw.Draw(picture)
    for box in description.boxes:
        if box.face and box.text in _DRAWN:
            left, top, width, height = (edge * _SCALE for edge in box.face)
            _DRAWN[box.text](pen, box, (left, top, left + width, top + height))
    return picture


def _write(pen: ImageDraw.ImageDraw, edges: Edges, text: str) -> None:
    left, top, right, bottom = edges
    font = ImageFont.load_default(10 * _SCALE)
    pen.text(((left + right) / 2, (top + bottom) / 2), text, _TEXT, font, anchor="mm")


def _button(pen: ImageDraw.ImageDraw, box: Box, edges: Edges) -> None:
    pen.rounded_rectangle(edges, 8 * _SCALE, _FIELD, _LINE)
    _write(pen, edges, box.attributes["text"])


def _comment(pen: ImageDraw.ImageDraw, box: Box, edges: Edges) -> None:
    _write(pen, edges, box.attributes["text"])


def _menu(pen: ImageDraw.ImageDraw, box: Box, edges: Edges) -> None:
    assert box.parameter
    pen.rectangle(edges, _FIELD, _LINE)
    _write(pen, edges, box.parameter.items[0])


def _dial(pen: ImageDraw.ImageDraw, box: Box, edges: Edges) -> None:
    assert box.parameter
    left, top, right, bottom = edges
    line = 14 * _SCALE
    _write(pen, (left, top, right, top + line), box.parameter.short_name)
    _write(pen, (left, bottom - line, right, bottom), f"{box.parameter.initial:.2f}")
    x, y, radius = (left + right) / 2, (top + bottom) / 2, 9 * _SCALE
    pen.arc((x - radius, y - radius, x + radius, y + radius), 135, 45, _LINE, 2 * _SCALE)
    angle = math.radians(135)  # where a dial at its lowest value points
    pen.line((x, y, x + radius * math.cos(angle), y + radius * math.sin(angle)), _POINTER, 2 * _SCALE)


_DRAWN: dict[str, Callable[[ImageDraw.ImageDraw, Box, Edges], None]] = {
    "live.text": _button,
    "live.comment": _comment,
    "live.menu": _menu,
    "live.dial": _dial,
}

if __name__ == "__main__":
    draw(describe()).save(PICTURE)
