"""A bridge that runs with its log open, and knows whom it lets in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bridge.daemon import Bridge
from bridge.doors.allow_list import allow_list
from bridge.engine.settings import BridgeSettings
from bridge.logs.flight_recorder import FlightRecorder


@contextmanager
def recorded_bridge(
    settings: BridgeSettings, expected: tuple[type[Exception], ...]
) -> Iterator[tuple[Bridge, FlightRecorder]]:
    """An open bridge and what keeps its log; `expected` keeps it from starting without being a crash.

    Raises what Bridge raises, and NotAllowed for a host beyond this machine where nobody is named who may come in.
    """
    with FlightRecorder(settings, expected) as recorder:
        warning = allow_list(settings.host, settings.allow).warning
        with Bridge(settings) as bridge:
            bridge.notices[:0] = [notice for notice in (warning, *recorder.notices) if notice is not None]
            recorder.watch(bridge)
            yield bridge, recorder
