"""What a musician sets while the band plays (/mai/set), and what the bridge is started with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from bridge.contract import TrackSpec
from bridge.engine import mutes
from bridge.engine.clock_desk import CLOCKS
from bridge.engine.mutes import change_mute, read_mute
from bridge.library import SettingsStore
from bridge.playing import densities
from bridge.playing.densities import change_density, read_density
from bridge.playing.style import SPELLINGS, Style
from bridge.protocol.arguments import Argument, ArgumentRefused, Value, argument

OUTPUTS = ("osc", "midi", "both")
STREAM_MODES = ("loop", "wander", "hold")


@dataclass(frozen=True, slots=True)
class PlaySettings(Style):
    """The settings of /mai/set and /mai/get; replaced whole at each change."""

    tempo: float = argument("f", "quarter notes a minute of the internal clock", 20.0, 300.0, default=120.0)
    lookahead: float = argument("f", "beats by which a streamed bar is sent ahead of its time", 0.0, 16.0, default=1.0)
    morph_glide: float = argument("f", "bars over which a stream spreads a morph or a recall", 0.0, 64.0, default=0.0)
    stream_mode: str = argument(
        "s", "loop: the piece over and over; wander: every bar a small step on; hold: one bar", default="loop"
    )
    clock: str = argument(
        "s", "where the beat comes from: transport (the host, until it speaks internal), midi, link or internal",
        default="transport",
    )  # fmt: skip
    output: str = argument("s", "where notes go: osc, midi or both", default="both")
    muted: frozenset[int] = frozenset()  # tracks


SETTINGS: dict[str, Argument] = {
    entry.name: entry.metadata["argument"] for entry in fields(PlaySettings) if "argument" in entry.metadata
}


def _one_of(name: str, choices: tuple[str, ...]) -> Callable[[str], str]:
    def checked(value: str) -> str:
        if value not in choices:
            raise ArgumentRefused("out_of_range", f"{name} is {value[:60]!r}, expected one of: {', '.join(choices)}")
        return value

    return checked


_NAMES: dict[str, Callable[[str], str]] = {
    **SPELLINGS,
    **{
        name: _one_of(name, choices)
        for name, choices in (("output", OUTPUTS), ("stream_mode", STREAM_MODES), ("clock", CLOCKS))
    },
}


def change_setting(settings: PlaySettings, name: str, value: Value, tracks: Sequence[TrackSpec]) -> PlaySettings:
    """The settings with one changed. Raises ArgumentRefused for an unknown name or a value that does not fit."""
    if name.startswith(densities.PREFIX):
        return change_density(settings, name, value, tracks)
    if name.startswith(mutes.PREFIX):
        return replace(settings, muted=change_mute(settings.muted, name, value, tracks))
    read = _known(name).read(name, value)
    if isinstance(read, str):
        read = _NAMES[name](read)
    return replace(settings, **{name: read})  # type: ignore[arg-type]  # the table gives each field its type


def read_setting(settings: PlaySettings, name: str, tracks: Sequence[TrackSpec]) -> Value:
    """The value of one setting. Raises ArgumentRefused for an unknown name."""
    if name.startswith(densities.PREFIX):
        return read_density(settings, name, tracks)
    if name.startswith(mutes.PREFIX):
        return read_mute(settings.muted, name, tracks)
    _known(name)
    value: Value = getattr(settings, name)
    return value


def kept_settings(settings: PlaySettings, store: SettingsStore, tracks: Sequence[TrackSpec]) -> PlaySettings:
    """The settings with those that an earlier run left; what does not fit any more is left out. The clock is not kept:
    it may need a port or a session that is not there today. Neither is a mute: the band would not be heard."""
    kept = settings
    for name, value in store.load(lambda name, value: change_setting(settings, name, value, tracks)).items():
        if name not in ("clock", "tempo") and not name.startswith(mutes.PREFIX):
            kept = change_setting(kept, name, value, tracks)
    return kept


def _known(name: str) -> Argument:
    if name not in SETTINGS:
        known = ", ".join((*SETTINGS, f"{densities.PREFIX}<track>", f"{mutes.PREFIX}<track>"))
        raise ArgumentRefused("unknown_name", f"there is no setting {name[:60]!r}, there are: {known}")
    return SETTINGS[name]


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """What the bridge is started with."""

    model: Path
    library: Path  # the file of saved latents
    host: str = "127.0.0.1"
    allow: tuple[str, ...] = ()  # networks that a wider host lets in (bridge.doors.allow_list)
    port: int = 7771
    http_port: int | None = 7772  # of HTTP and WebSockets, on this machine alone; 0: any free one, None: closed
    page: bool = True  # whether the HTTP door serves it
    provider: str = "auto"
    midi_api: str = "auto"
    midi_port: str | None = None  # part of a port's name; None: a virtual port of our own
    clock_port: str | None = None  # part of the name of the port that MIDI clock comes from; None: one of our own
    routes: tuple[str, ...] = ()
    models: Path | None = None  # the folder of models; None: the one beside the library
    tempo: float | None = None  # None: the model's
