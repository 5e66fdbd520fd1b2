"""Work on a second core while this one goes on, for what does not hold Python's lock: a run of a model does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

T = TypeVar("T")


def cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def meanwhile(work: Callable[[], T]) -> Callable[[], T]:
    """Begins `work` on another thread. What comes back waits for it, and gives what it gave or raises what it raised.

    Where there is one core, it is done when it is asked for.
    """
    return _helper().submit(work).result if cores() > 1 else work


@cache
def _helper() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="second core")
