"""When this machine kept a sleeping thread from waking: what came late then says nothing about who sent it."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from bridge.clock import now

_NAP_SECONDS = 0.002
STALL_SECONDS = 0.005  # a bar is sent anew until a hundredth of a second before its time


class StallLog:
    """Listens to the machine while it is entered."""

    def __init__(self) -> None:
        self._stalls: list[tuple[float, float]] = []  # from, to
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stall log", daemon=True)

    def __enter__(self) -> StallLog:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """For how long the machine stood still, in all."""
        return sum((end - begin for begin, end in self._stalls), 0.0)

    def forget(self) -> None:
        """What was until now does not matter."""
        self._stalls.clear()

    def touches(self, begin: float, end: float) -> bool:
        """Whether the machine stood still somewhere between two clock seconds."""
        return any(stall_end >= begin and stall_begin <= end for stall_begin, stall_end in self._stalls)

    def _run(self) -> None:
        while not self._stopping.is_set():
            slept_from = now()
            time.sleep(_NAP_SECONDS)
            woke_at = now()
            if woke_at - slept_from - _NAP_SECONDS > STALL_SECONDS:
                self._stalls.append((slept_from, woke_at))
