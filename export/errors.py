"""What can go wrong with an export."""

from __future__ import annotations


class ExportError(ValueError):
    """There is no model file, or no new one; the message says what failed and what to do."""
