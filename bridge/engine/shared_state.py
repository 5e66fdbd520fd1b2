"""What all clients show of the one band, told to those that watch when it has changed: /mai/state name, value.

Settings are not among it (/mai/changed), nor is the music (/mai/bar): all clients are told both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bridge.protocol.arguments import Value
from bridge.protocol.osc_packet import OscMessage

if TYPE_CHECKING:
    from bridge.engine.engine import Engine

EVERY_SECONDS = 0.05  # at most: a client that saves in a loop is no flood for fifty others


def shared_state(engine: Engine) -> dict[str, Value]:
    """The values by name; each is an int or a text."""
    undo, redo = engine.around.memory.steps
    return {
        "locks": " ".join(str(track) for track in sorted(engine.locked)),
        "latents": engine.library.changes,
        "model": (engine.models.playing or engine.contract.name)[:80],
        "stream": int(engine.conductor.stream is not None),
        "undo": undo,
        "redo": redo,
    }


def state_messages(state: Mapping[str, Value]) -> list[OscMessage]:
    return [OscMessage("/mai/state", (name, value)) for name, value in state.items()]


class StateNews:
    """What is new since it was last told. One thread uses it."""

    def __init__(self) -> None:
        self._told: Mapping[str, Value] | None = None
        self._told_at = -math.inf

    def take(self, state: Mapping[str, Value], now: float) -> list[OscMessage]:
        """The messages that tell what is new; none where it has to wait, or the first time: who begins to watch is told
        all."""
        if self.waits_until(state, now) != now:
            return []
        before, self._told, self._told_at = self._told, state, now
        if before is None:
            return []
        return state_messages({name: value for name, value in state.items() if before[name] != value})

    def waits_until(self, state: Mapping[str, Value], now: float) -> float | None:
        """When there is something to tell; None: nothing is new."""
        return None if state == self._told else max(now, self._told_at + EVERY_SECONDS)
