"""The Max objects that our device may use, and how many inlets and outlets each has.

Closed on purpose: Max passes over a misspelt object or a wire to an inlet that does not exist in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Words = Sequence[str]  # of an object's box: its class, then its arguments


@dataclass(frozen=True, slots=True)
class Ports:
    """Inlets, and the type that Max writes down for each outlet ("" for any)."""

    inlets: int
    outlets: tuple[str, ...]


class UnknownObject(ValueError):
    """A class that is not in the table."""


def ports_of(words: Words, scripts: Mapping[str, str]) -> Ports:
    """The ports of an object box. `scripts`: the sources of the js objects by file name. Raises UnknownObject."""
    if words[0] in SCRIPTED:
        return _script_ports(words, scripts)
    if words[0] in _FIXED:
        return _FIXED[words[0]]
    if words[0] in _BY_ARGUMENTS:
        return _BY_ARGUMENTS[words[0]](words[1:])
    raise UnknownObject(f"there is no object {words[0]!r} in the table of max_for_live/objects.py")


SCRIPTED = ("js", "jsui")

_FIXED: dict[str, Ports] = {
    "live.tab": Ports(1, ("", "", "float")),
    "live.numbox": Ports(1, ("", "float")),
    "textedit": Ports(1, ("", "int", "", "")),
    "umenu": Ports(1, ("int", "", "")),
    "pattr": Ports(1, ("", "", "")),
    "coll": Ports(1, ("", "", "", "")),
    "metro": Ports(2, ("bang",)),
    # bars, beats, units, resolution, tempo, metre, running, ticks, others
    "transport": Ports(2, ("int", "int", "float", "float", "float", "", "int", "float", "")),
    "f": Ports(2, ("float",)),
    "i": Ports(2, ("int",)),
    "/": Ports(2, ("float",)),
    "!/": Ports(2, ("float",)),
    "live.dial": Ports(1, ("", "float")),
    "live.menu": Ports(1, ("", "", "float")),
    "live.text": Ports(1, ("", "")),
    "live.comment": Ports(1, ()),
    "panel": Ports(1, ()),
    "live.thisdevice": Ports(1, ("bang", "int", "int")),
    "midiin": Ports(1, ("int",)),
    "midiout": Ports(1, ()),
    "noteout": Ports(3, ()),
    "makenote": Ports(3, ("float", "float")),
    "udpsend": Ports(1, ()),
    "udpreceive": Ports(1, ("",)),
    "send": Ports(1, ()),
    "receive": Ports(0, ("",)),
    "deferlow": Ports(1, ("",)),
    "prepend": Ports(1, ("",)),
    "message": Ports(2, ("",)),
    "gate": Ports(2, ("",)),
    "zl": Ports(2, ("", "")),
    "+": Ports(2, ("float",)),
    "*": Ports(2, ("float",)),
}

_TYPES = {"b": "bang", "i": "int", "f": "float", "l": "", "s": ""}

_BY_ARGUMENTS: dict[str, Callable[[Words], Ports]] = {
    "route": lambda arguments: Ports(len(arguments) + 1, ("",) * (len(arguments) + 1)),
    "sel": lambda arguments: Ports(2, ("bang", "")) if len(arguments) == 1 else _no_such("sel", arguments),
    "t": lambda arguments: Ports(1, tuple(_TYPES[letter] for letter in arguments)),
    "unpack": lambda arguments: Ports(1, tuple("float" if "." in number else "int" for number in arguments)),
    "pack": lambda arguments: Ports(len(arguments), ("",)),
    # The last argument and the last inlet are the delay; it has no outlet.
    "pipe": lambda arguments: Ports(len(arguments), ("",) * (len(arguments) - 1)),
    "expr": lambda arguments: Ports(max(map(int, re.findall(r"\$[if](\d)", " ".join(arguments)))), ("",)),
}


def _no_such(name: str, arguments: Words) -> Ports:
    raise UnknownObject(f"{name} with the arguments {' '.join(arguments)} is not in the table of objects.py")


def _script_ports(words: Words, scripts: Mapping[str, str]) -> Ports:
    if len(words) < 2 or words[1] not in scripts:
        raise UnknownObject(f"{' '.join(words)} has no script among {', '.join(scripts)}")
    declared = dict(re.findall(r"^(inlets|outlets) = (\d+);", scripts[words[1]], re.MULTILINE))
    return Ports(int(declared["inlets"]), ("",) * int(declared["outlets"]))
