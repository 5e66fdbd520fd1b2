"""What a musician sets while the band plays (/mai/set), and what the bridge is started with."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

from bridge.protocol.arguments import Argument, ArgumentRefused, Value, argument

OUTPUTS = ("osc", "midi", "both")


@dataclass(frozen=True, slots=True)
class PlaySettings:
    """The settings of /mai/set and /mai/get; replaced whole at each change."""

    threshold: float = argument("f", "share of a cell's range above which it sounds", 0.0, 1.0, default=0.5)
    velocity: int = argument("i", "MIDI velocity of every note", 1, 127, default=100)
    tempo: float = argument("f", "quarter notes a minute of the internal clock", 20.0, 300.0, default=120.0)
    lookahead: float = argument("f", "beats by which a streamed bar is sent ahead of its time", 0.0, 16.0, default=1.0)
    output: str = argument("s", "where notes go: osc, midi or both", default="both")


SETTINGS: dict[str, Argument] = {entry.name: entry.metadata["argument"] for entry in fields(PlaySettings)}


def change_setting(settings: PlaySettings, name: str, value: Value) -> PlaySettings:
    """The settings with one changed. Raises ArgumentRefused for an unknown name or a value that does not fit."""
    read = _known(name).read(name, value)
    if name == "output" and read not in OUTPUTS:
        raise ArgumentRefused("out_of_range", f"output is {read!r}, expected one of: {', '.join(OUTPUTS)}")
    return replace(settings, **{name: read})  # type: ignore[arg-type]  # the table gives each field its type


def read_setting(settings: PlaySettings, name: str) -> Value:
    """The value of one setting. Raises ArgumentRefused for an unknown name."""
    _known(name)
    value: Value = getattr(settings, name)
    return value


def _known(name: str) -> Argument:
    if name not in SETTINGS:
        raise ArgumentRefused("unknown_name", f"there is no setting {name!r}, there are: {', '.join(SETTINGS)}")
    return SETTINGS[name]


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """What the bridge is started with."""

    model: Path
    library: Path  # the file of saved latents
    host: str = "127.0.0.1"
    port: int = 7771
    provider: str = "auto"
    midi_api: str = "auto"
    midi_port: str | None = None  # part of a port's name; None: a virtual port of our own
    tempo: float | None = None  # None: the model's
