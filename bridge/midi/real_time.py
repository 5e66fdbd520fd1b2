"""Real-time priority for the thread that keeps the time."""

from __future__ import annotations

import os
import sys

_FIFO_PRIORITY = 5  # any real-time priority goes before every ordinary thread; low, so that audio servers go first


def become_real_time() -> bool:
    """Gives the calling thread real-time priority, not inherited by what it starts; False where not permitted."""
    if sys.platform != "linux":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(_FIFO_PRIORITY))
    except OSError:
        return False
    return True
