"""The OSC table as Markdown, for the README: made from bridge.requests and bridge.settings, so that it cannot lie."""

from __future__ import annotations

from bridge.requests import ANSWERS, REQUESTS, usage
from bridge.settings import SETTINGS, PlaySettings, read_setting


def protocol_table() -> str:
    """Two Markdown tables: requests with their arguments and answers, and settings with their ranges."""
    requests = [f"| {address} | {usage(kind)} | {ANSWERS[address]} |" for address, kind in REQUESTS.items()]
    defaults = PlaySettings(tempo=100.0)
    settings = [
        f"| {name} | {one.kind} | {one.range_text() or '-'} | {read_setting(defaults, name)} | {one.meaning} |"
        for name, one in SETTINGS.items()
    ]
    return "\n".join(
        [
            "| address | arguments | answer |",
            "|---|---|---|",
            *requests,
            "",
            "| setting | type | range | at first | meaning |",
            "|---|---|---|---|---|",
            *settings,
        ]
    )
