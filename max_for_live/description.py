"""The words in which a device is described: boxes with their places, parameters, and the wires between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

FACE_HEIGHT = 169  # pixels: Live cuts off what is below
AUTOMATED, STORED = 0, 1  # parameter visibility: in automation lanes and on controllers, or in the set alone


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that Live keeps in the set. A number from `low` to `high`, or one of `items`."""

    name: str
    short_name: str  # what Live shows in its lists: about 7 characters
    info: str  # for Live's info view
    items: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    initial: float = 0
    visibility: int = AUTOMATED


@dataclass(frozen=True, slots=True)
class Box:
    """An object in the patch. `text` is what one would type in Max; for a control, its class alone.

    `at`: its place in the patching view. `face`: left, top, width and height on the device's face, in whole pixels.
    """

    key: str
    text: str
    at: tuple[int, int]
    face: tuple[int, int, int, int] | None = None
    parameter: Parameter | None = None
    attributes: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wire:
    """From an outlet to an inlet, both counted from 0."""

    source: str
    outlet: int
    destination: str
    inlet: int


@dataclass(frozen=True, slots=True)
class Description:
    """A MIDI effect device: its face is `width` x 169 pixels; `script_name` is the file of its js object."""

    width: int
    boxes: Sequence[Box]
    wires: Sequence[Wire]
    script_name: str
    script: str
