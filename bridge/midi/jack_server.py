"""Whether the JACK server of one of our clients still runs. libjack does not say so, and must not be asked after that.

The server's death ends one of the threads that libjack started in this process; so a look at these tells. Linux lists
them; elsewhere a server counts as alive for ever.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

_SETTLING_SECONDS = 0.02


class JackServer:
    """The server at which a client was opened a moment ago. `before`: foreign_threads() before that."""

    def __init__(self, before: frozenset[int]) -> None:
        started = foreign_threads() - before
        # A thread that Python is about to start or has just ended looks foreign for a moment; libjack's stay.
        time.sleep(_SETTLING_SECONDS)
        self._threads = started & foreign_threads()
        self._is_gone = False

    def is_gone(self) -> bool:
        """Whether the server has ended since. Once it has, it stays so."""
        self._is_gone = self._is_gone or not self._threads <= foreign_threads()
        return self._is_gone


def foreign_threads() -> frozenset[int]:
    """The process's threads that Python did not start; none where the system does not list them (Linux does)."""
    with suppress(OSError):
        tasks = frozenset(int(task.name) for task in Path("/proc/self/task").iterdir())
        return tasks - {thread.native_id for thread in threading.enumerate()}
    return frozenset()
