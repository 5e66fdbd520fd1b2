"""The setting `density/<track>`: one value a track, by its number from 0 or its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from bridge.contract import TrackSpec
from bridge.playing.style import Style
from bridge.playing.track_settings import named_track
from bridge.protocol.arguments import Argument, ArgumentRefused, Value

AnyStyle = TypeVar("AnyStyle", bound=Style)

PREFIX = "density/"
NO_DENSITY = -1.0

DENSITY = Argument("f", "share of the bar's steps in which the track sounds; -1: the threshold decides", -1.0, 1.0)


def change_density(style: AnyStyle, name: str, value: Value, tracks: Sequence[TrackSpec]) -> AnyStyle:
    """The style with `name` (density/<track>) set to 0-1, or to -1 for off.

    Raises ArgumentRefused for a track that the band lacks or a value that does not fit.
    """
    track = named_track(name, tracks)
    density = DENSITY.read(name, value)
    if not isinstance(density, float) or (density < 0 and density != NO_DENSITY):
        raise ArgumentRefused("out_of_range", f"{name} is {value}, expected 0 to 1, or -1 (off: the threshold decides)")
    densities = [_density(style, one) for one in range(len(tracks))]
    densities[track] = density
    return replace(style, densities=tuple(densities))


def read_density(style: Style, name: str, tracks: Sequence[TrackSpec]) -> float:
    """The value of `name` (density/<track>), -1 where it is off. Raises ArgumentRefused for an unknown track."""
    return _density(style, named_track(name, tracks))


def _density(style: Style, track: int) -> float:
    return style.densities[track] if track < len(style.densities) else NO_DENSITY
