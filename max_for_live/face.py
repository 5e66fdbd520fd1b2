"""Draws the device's face from its description, roughly as Live shows it: python max_for_live/face.py"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs from a fresh clone

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from max_for_live.controls import CENTRE, LEFT, RIGHT
from max_for_live.description import FACE_HEIGHT, PERCENT, Box, Description, Parameter
from max_for_live.device import describe

PICTURES = Path(__file__).resolve().parent
DRAWN_FROM = "Drawn from"  # the word under which a picture tells its source

_SCALE = 2
_TITLE_BAR = 18  # Live's own, above the face
_GROUND, _BAR, _FIELD, _LINE, _TEXT = "#464646", "#5b5b5b", "#262626", "#6a6a6a", "#e0e0e0"
_DIM, _DOWN, _POINTER, _INK = "#a8a8a8", "#f0a63c", "#6dd6ff", "#141414"
_PAD, _PAD_LINE = "#242424", "#454545"
Edges = tuple[int, int, int, int]  # left, top, right, bottom
Pen = ImageDraw.ImageDraw


@dataclass(frozen=True, slots=True)
class Shown:
    """What the script and the musician have made of the face: texts by key, values by parameter name."""

    texts: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    lamp: str = "#f2b840"
    corners: tuple[str, ...] = ("1", "2", "3", "4")
    morphs: bool = False

    def text(self, box: Box) -> str:
        return self.texts.get(box.key, str(box.attributes.get("text", "")))

    def value(self, parameter: Parameter) -> float:
        return self.values.get(parameter.name, parameter.initial)


_SLOT_NAMES = {"slot_1": "Verse", "slot_2": "Chorus", "slot_3": "Break", "slot_4": "Outro"}
# The pictures of the README.
STATES: Mapping[str, Shown] = {
    "face.png": Shown(
        {
            "lamp_word": "Connected",
            "track_name": "Drums",
            "status": "A new phrase for the whole band",
            "model": "Free band",
            "slot_name": "Verse",
            **_SLOT_NAMES,
        },
        {
            "Morph X": 30.0,
            "Morph Y": 70.0,
            "Morph": 20.0,
            "Lock": 1,
            "Key": 1,
            "Live's Scale": 1,
            "Swing": 18.0,
            "Humanize": 12.0,
            "Min Note": 0.25,
        },
        "#66d16b",
        ("Verse", "Chorus", "Break", "Outro"),
        morphs=True,
    ),
    "face-no-bridge.png": Shown(
        {"lamp_word": "No bridge", "status": "No bridge. Open a terminal and start: maisynth serve"}, lamp="#e04d45"
    ),
}


def draw(description: Description, shown: Shown) -> Image.Image:
    """The face at twice its size in Live, under the bar that Live puts above a device."""
    size = (description.width * _SCALE, (FACE_HEIGHT + _TITLE_BAR) * _SCALE)
    picture = Image.new("RGB", size, _GROUND)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, size[0], _TITLE_BAR * _SCALE), _BAR)
    pen.ellipse((8 * _SCALE, 5 * _SCALE, 16 * _SCALE, 13 * _SCALE), _DOWN)
    _write(pen, (22 * _SCALE, 0, size[0], _TITLE_BAR * _SCALE), "MAIsynthesizer", LEFT)
    for box in description.boxes:
        if box.face:
            left, top, width, height = box.face
            edges = (left, top + _TITLE_BAR, left + width, top + _TITLE_BAR + height)
            on_picture = tuple(edge * _SCALE for edge in edges)
            _DRAWN[box.text.split()[0]](pen, box, on_picture, shown)  # type: ignore[arg-type]
    return picture


def _write(pen: Pen, edges: Edges, text: str, justified: int = CENTRE, colour: str = _TEXT, points: int = 10) -> None:
    left, top, right, bottom = edges
    x, anchor = {LEFT: (left, "lm"), CENTRE: ((left + right) / 2, "mm"), RIGHT: (right, "rm")}[justified]
    pen.text((x, (top + bottom) / 2), text, colour, ImageFont.load_default(points * _SCALE), anchor=anchor)


def _button(pen: Pen, box: Box, edges: Edges, shown: Shown) -> None:
    assert box.parameter
    is_down = bool(box.attributes["mode"] and shown.value(box.parameter))
    pen.rounded_rectangle(edges, 3 * _SCALE, _DOWN if is_down else _FIELD, _LINE)
    _write(pen, edges, shown.text(box), colour=_INK if is_down else _TEXT)


def _comment(pen: Pen, box: Box, edges: Edges, shown: Shown) -> None:
    colour = _DIM if box.key.endswith("_title") else _TEXT
    _write(pen, edges, shown.text(box), int(box.attributes["textjustification"]), colour)


def _lamp(pen: Pen, _box: Box, edges: Edges, shown: Shown) -> None:
    pen.ellipse(edges, shown.lamp)


def _menu(pen: Pen, box: Box, edges: Edges, shown: Shown) -> None:
    items = box.parameter.items if box.parameter else ()
    text = items[int(shown.value(box.parameter))] if box.parameter else shown.text(box)
    left, top, right, bottom = edges
    pen.rectangle(edges, _FIELD, _LINE)
    _write(pen, (left + 3 * _SCALE, top, right, bottom), text, LEFT)
    x, y, half = right - 7 * _SCALE, (top + bottom) // 2, 3 * _SCALE
    pen.polygon([(x - half, y - half // 2), (x + half, y - half // 2), (x, y + half)], _DIM)


def _tab(pen: Pen, box: Box, edges: Edges, shown: Shown) -> None:
    assert box.parameter
    left, top, right, bottom = edges
    width = (right - left) / len(box.parameter.items)
    for place, item in enumerate(box.parameter.items):
        is_chosen = place == shown.value(box.parameter)
        part = (round(left + place * width), top, round(left + (place + 1) * width) - _SCALE, bottom)
        pen.rectangle(part, _DOWN if is_chosen else _FIELD, _LINE)
        _write(pen, part, item, colour=_INK if is_chosen else _TEXT)


def _number_text(parameter: Parameter, value: float) -> str:
    if parameter.unit == PERCENT:
        return f"{value:.0f} %"
    return parameter.printed % value if parameter.printed else f"{value:.2f}"


def _numbox(pen: Pen, box: Box, edges: Edges, shown: Shown) -> None:
    assert box.parameter
    pen.rectangle(edges, _FIELD, _LINE)
    _write(pen, edges, _number_text(box.parameter, shown.value(box.parameter)))


def _dial(pen: Pen, box: Box, edges: Edges, shown: Shown) -> None:
    assert box.parameter
    left, top, right, bottom = edges
    line = 13 * _SCALE
    value = shown.value(box.parameter)
    _write(pen, (left, top, right, top + line), box.parameter.short_name)
    _write(pen, (left, bottom - line, right, bottom), _number_text(box.parameter, value))
    x, y, radius = (left + right) / 2, (top + bottom) / 2 + _SCALE, 9 * _SCALE
    share = (value - box.parameter.low) / (box.parameter.high - box.parameter.low)
    ring = (x - radius, y - radius, x + radius, y + radius)
    pen.arc(ring, 135, 45, _LINE, 2 * _SCALE)
    pen.arc(ring, 135, 135 + 270 * share, _POINTER, 2 * _SCALE)
    angle = math.radians(135 + 270 * share)
    pen.line((x, y, x + radius * math.cos(angle), y + radius * math.sin(angle)), _POINTER, 2 * _SCALE)


def _textedit(pen: Pen, box: Box, edges: Edges, shown: Shown) -> None:
    pen.rectangle(edges, _FIELD, _LINE)
    _write(pen, (edges[0] + 4 * _SCALE, *edges[1:]), shown.text(box), LEFT)


def _pad(pen: Pen, _box: Box, edges: Edges, shown: Shown) -> None:
    """As pad.js paints it."""
    left, top, right, bottom = edges
    margin, line = 5 * _SCALE, 12 * _SCALE
    pen.rectangle(edges, _PAD)
    pen.line(((left + right) / 2, top + margin, (left + right) / 2, bottom - margin), _PAD_LINE, _SCALE)
    pen.line((left + margin, (top + bottom) / 2, right - margin, (top + bottom) / 2), _PAD_LINE, _SCALE)
    font = ImageFont.load_default(9 * _SCALE)
    for corner, name in enumerate(shown.corners):
        x, anchor = (right - margin, "r") if corner % 2 else (left + margin, "l")
        y = top + margin + line // 2 if corner < 2 else bottom - margin - line // 2
        pen.text((x, y), name, _DIM, font, anchor=f"{anchor}m")
    x_share, y_share = (shown.values.get(name, start) / 100 for name, start in (("Morph X", 50.0), ("Morph Y", 50.0)))
    across = left + margin + x_share * (right - left - 2 * margin)
    down = top + margin + (1 - y_share) * (bottom - top - 2 * margin)
    half = 4 * _SCALE
    pen.ellipse((across - half, down - half, across + half, down + half), _POINTER if shown.morphs else "#737373")


_DRAWN: dict[str, Callable[[Pen, Box, Edges, Shown], None]] = {
    "live.text": _button,
    "live.comment": _comment,
    "live.menu": _menu,
    "live.tab": _tab,
    "live.dial": _dial,
    "live.numbox": _numbox,
    "textedit": _textedit,
    "umenu": _menu,
    "panel": _lamp,
    "jsui": _pad,
}


def source_of(description: Description, shown: Shown) -> str:
    """What a picture is drawn from, as hexadecimal digits: so that a picture of another face is known as such."""
    faces = [box for box in description.boxes if box.face]
    drawn = f"{description.width} {faces} {shown}".encode() + Path(__file__).read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(drawn).hexdigest()


def main() -> None:
    """Draw the pictures of the README."""
    for name, state in STATES.items():
        told = PngInfo()
        told.add_text(DRAWN_FROM, source_of(describe(), state))
        draw(describe(), state).save(PICTURES / name, pnginfo=told)


if __name__ == "__main__":
    main()
