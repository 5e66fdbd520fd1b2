"""The words in which a device is described: boxes with their places, parameters, and the wires between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

FACE_HEIGHT = 169  # pixels: Live cuts off what is below
# Whether Live automates and maps a parameter, only keeps it in the set, or does neither.
AUTOMATED, STORED, HIDDEN = 0, 1, 2
PLAIN, PERCENT, CUSTOM = 1, 5, 9  # how Live prints a number


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that Live keeps in the set. A number from `low` to `high`, one of `items`, or a `blob` of anything."""

    name: str
    short_name: str  # what Live and Push show in their lists: at most 8 characters
    info: str  # for Live's info view
    items: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    unit: int = PLAIN
    printed: str = ""  # with the unit CUSTOM: the number's place and what follows it, such as "%.2f beats"
    initial: float = 0
    visibility: int = AUTOMATED
    blob: bool = False


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
class Bank:
    """Up to eight parameters, by long name, that Push shows together; "-" leaves a place empty."""

    name: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A MIDI effect device: its face is `width` x 169 pixels; `scripts` are the sources of its js objects by file."""

    width: int
    boxes: Sequence[Box]
    wires: Sequence[Wire]
    scripts: Mapping[str, str]
    banks: Sequence[Bank] = ()
