"""The clock: the only place that asks the system what time it is. Everything else takes time as an argument."""

from __future__ import annotations

import time
from collections.abc import Callable

Now = Callable[[], float]


def now() -> float:
    """Monotonic seconds from an arbitrary origin; never steps with the wall clock."""
    return time.perf_counter()
