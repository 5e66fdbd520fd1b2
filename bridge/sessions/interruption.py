"""Ending a run of a model that nobody waits for any more."""

from __future__ import annotations

from bridge.sessions.opening import run_options


class Interrupted(Exception):
    """What was computed is not wanted any more."""


class Interruption:
    """Of the runs that are given it. A run ends within a few of its steps: of a phrase of 3 ms after 0.2."""

    def __init__(self) -> None:
        self.options = run_options()  # the runs' own

    @property
    def happened(self) -> bool:
        return bool(self.options.terminate)

    def interrupt(self) -> None:
        """Any thread may call it, also when the runs are over or have not begun."""
        self.options.terminate = True

    def check(self) -> None:
        """Raises Interrupted if it has happened."""
        if self.happened:
            raise Interrupted
