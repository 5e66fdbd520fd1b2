"""Work on a second core while this one goes on, for what does not hold Python's lock: a run of a model does not."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

T = TypeVar("T")


def cores() -> int:
    """Those that this thread may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def meanwhile(work: Callable[[], T]) -> Callable[[], T]:
    """Begins `work` on another thread. What comes back waits for it, and gives what it gave or raises what it raised.

    Where there is one core, it is done when it is asked for.
    """
    return _helper().submit(_elsewhere(), work).result if cores() > 1 else work


def _elsewhere() -> Callable[[Callable[[], T]], T]:
    """How the helper does its work: not on the core that this thread runs on.

    To Linux in a virtual machine a core that rests is one that was taken away, and so it likes to wake the helper on
    this one: a phrase that nobody had heard began 4.3 ms after its press, with this 3.6, and was whole after 6.8, with
    this 5.5 (two cores).
    """
    if sys.platform != "linux" or (ask := _core_number()) is None:
        return lambda work: work()
    others = os.sched_getaffinity(0) - {ask()}

    def move_and(work: Callable[[], T]) -> T:
        if others:
            os.sched_setaffinity(0, others)
        return work()

    return move_and


@cache
def _core_number() -> Callable[[], int] | None:
    """What tells the number of the core that asks; None: nothing here does."""
    return getattr(ctypes.CDLL(None), "sched_getcpu", None)


@cache
def _helper() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="second core")
