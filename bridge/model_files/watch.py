"""The thread that looks into the models folder.

A thread of its own, not the engine's idle time: a folder may lie on a disk that has to wake up or on a network, and a
look at it may take seconds, in which the engine must go on answering.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from bridge.clock import Now
from bridge.clock import now as clock_now
from bridge.model_files.catalogue import Changes, ModelCatalogue

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.5  # a file is taken at the second look that finds it the same: within a second


class ModelWatch:
    """Refreshes a catalogue and calls `on_change` with what changed, in the watching thread."""

    def __init__(
        self,
        catalogue: ModelCatalogue,
        on_change: Callable[[Changes], None],
        now: Now = clock_now,
        every_seconds: float = LOOK_EVERY_SECONDS,
    ) -> None:
        self._catalogue, self._on_change, self._now, self._every = catalogue, on_change, now, every_seconds
        self._closing = threading.Event()
        # A daemon thread, so that a folder that hangs cannot keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="models", daemon=True)

    def start(self) -> None:
        """Look from now on. Called once."""
        self._thread.start()

    def close(self) -> None:
        """Look no more; waits for a look that is under way, a second at most."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while not self._closing.wait(self._every):
            try:
                changes = self._catalogue.refresh(self._now())
                if changes:
                    self._on_change(changes)
            except Exception:  # whatever a folder holds, the next look may be better
                log.exception("looking into the models folder failed")
