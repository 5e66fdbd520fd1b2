"""Settings that each track has for itself, as `density/3` or `density/Bass`: which track is meant."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.contract import TrackSpec
from bridge.protocol.arguments import ArgumentRefused


def named_track(name: str, tracks: Sequence[TrackSpec]) -> int:
    """The track, from 0, that `name` (a setting, a slash, and a track's number or name) is about.

    Raises ArgumentRefused, with the tracks there are.
    """
    wanted = name.partition("/")[2].strip().casefold()
    by_name = {track.name.casefold(): index for index, track in enumerate(tracks)}
    by_number = {str(index): index for index in range(len(tracks))}
    found = by_number.get(wanted, by_name.get(wanted))
    if found is not None:
        return found
    known = ", ".join(f"{index} ({track.name})" for index, track in enumerate(tracks))
    raise ArgumentRefused("unknown_name", f"there is no track for {name[:60]!r}, there are: {known}")


def plain_name(name: str, tracks: Sequence[TrackSpec]) -> str:
    """The one spelling in which a change is told to all clients, as `density/3`; other settings keep their names."""
    setting, slash, _ = name.partition("/")
    return f"{setting}/{named_track(name, tracks)}" if slash else name
