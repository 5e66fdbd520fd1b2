"""The OSC table as Markdown for the README, made from the requests and the settings, so that it cannot lie."""

from __future__ import annotations

from bridge.engine import mutes
from bridge.engine.mutes import MUTE
from bridge.engine.settings import SETTINGS, PlaySettings, read_setting
from bridge.playing import densities
from bridge.playing.densities import DENSITY, NO_DENSITY
from bridge.protocol.requests import ANSWERS, REQUESTS, usage


def protocol_table() -> str:
    """Two Markdown tables: requests with their arguments and answers, and settings with their ranges."""
    requests = [f"| {address} | {usage(kind)} | {ANSWERS[address]} |" for address, kind in REQUESTS.items()]
    defaults = PlaySettings(tempo=100.0)
    settings = [
        (name, one.kind, one.range_text() or "-", read_setting(defaults, name, ()), one.meaning)
        for name, one in SETTINGS.items()
    ]
    of_a_track = ((densities.PREFIX, DENSITY, NO_DENSITY), (mutes.PREFIX, MUTE, 0))
    settings += [(f"{name}<track>", one.kind, one.range_text(), first, one.meaning) for name, one, first in of_a_track]
    return "\n".join(
        [
            "| address | arguments | answer |",
            "|---|---|---|",
            *requests,
            "",
            "| setting | type | range | at first | meaning |",
            "|---|---|---|---|---|",
            *("| " + " | ".join(map(str, row)) + " |" for row in settings),
        ]
    )
