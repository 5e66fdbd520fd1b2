"""What of the log the screen shows too: warnings in one line, as ever, and nothing that is for the file alone."""

from __future__ import annotations

import logging

from bridge.logs.flood_gate import FloodGate
from bridge.logs.json_lines import FIELDS


def screen_log() -> logging.Handler:
    """Warnings on the error output. What the bridge tells of itself in fields is for the file: the screen has its own
    words for it."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(lambda record: not hasattr(record, FIELDS))
    handler.addFilter(FloodGate())
    return handler
