"""Where each track's notes go: which MIDI port, which channel, which program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bridge.contract import TrackSpec

ROUTE_HELP = (
    "TRACK=PORT:CHANNEL:PROGRAM, for instance 'bass=IAC Bus 2:3:34': a track's name or number (from 0), part of a MIDI "
    "output's name, channel 1-16, General MIDI program 1-128; empty parts stay as they are"
)


class BadRoute(ValueError):
    """A route that cannot be read or followed; the message says what came and what was expected."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a track goes. `port` is part of an output's name, None the bridge's own port; `channel` 0-15.

    `program` 0-127 is sent when the port opens; None: the instrument stays as the musician has set it.
    """

    port: str | None
    channel: int
    program: int | None = None


@dataclass(frozen=True, slots=True)
class RouteChange:
    """What a musician asks of one track's route; None: as it is. Channel and program count from 0 here."""

    track: str  # name, or number from 0
    port: str | None = None
    channel: int | None = None
    program: int | None = None

    def names(self, number: int, spec: TrackSpec) -> bool:
        """Whether this track is meant."""
        return self.track.casefold() == spec.name.casefold() or self.track == str(number)


def parse_route(text: str) -> RouteChange:
    """Reads a route as ROUTE_HELP describes it. Raises BadRoute.

    A port's name may hold colons: what follows its last two is channel and program only where it is a number or empty.
    """
    track, equals, target = (part.strip() for part in text.partition("="))
    if not (track and equals and target):
        raise BadRoute(f"the route is {text!r}, expected {ROUTE_HELP}")
    parts = [part.strip() for part in target.split(":")]
    numbers: list[str] = []
    while len(parts) > 1 and len(numbers) < 2 and (parts[-1] == "" or _is_number(parts[-1])):
        numbers.insert(0, parts.pop())
    channel, program = [*numbers, "", ""][:2]
    return RouteChange(
        track, ":".join(parts) or None, _counted(text, "channel", channel, 16), _counted(text, "program", program, 128)
    )


def band_routes(
    tracks: Sequence[TrackSpec], changes: Iterable[RouteChange], port: str | None = None, programs: bool = False
) -> tuple[Route, ...]:
    """A route for each track: on `port` and on the model's channel, but for the changes, of which the last holds.

    `programs`: each track also asks for the model's General MIDI program. Changes for other tracks are left out.
    """
    routes = [Route(port, spec.channel, spec.program if programs else None) for spec in tracks]
    for change in changes:
        for number, spec in enumerate(tracks):
            if change.names(number, spec):
                asked = {"port": change.port, "channel": change.channel, "program": change.program}
                routes[number] = replace(routes[number], **{n: v for n, v in asked.items() if v is not None})  # type: ignore[arg-type]
                break
    return tuple(routes)


def unknown_tracks(tracks: Sequence[TrackSpec], changes: Iterable[RouteChange]) -> str | None:
    """One sentence when changes name tracks that the band does not have."""
    unknown = [c.track for c in changes if not any(c.names(number, spec) for number, spec in enumerate(tracks))]
    if not unknown:
        return None
    return (
        f"no track is called {', '.join(map(repr, unknown))}: the band has "
        f"{', '.join(spec.name for spec in tracks)} (or 0 to {len(tracks) - 1})"
    )


def _is_number(text: str) -> bool:
    return text.lstrip("+-").isdecimal()


def _counted(route: str, name: str, text: str, highest: int) -> int | None:
    """A number that musicians count from 1, from 0."""
    if not text:
        return None
    if not 1 <= int(text) <= highest:
        raise BadRoute(f"route {route!r} has {name} {text}, expected 1 to {highest}")
    return int(text) - 1
