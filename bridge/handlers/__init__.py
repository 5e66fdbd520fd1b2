"""What the engine does for each request, and the answer."""

from bridge.handlers.table import HANDLERS

__all__ = ["HANDLERS"]
