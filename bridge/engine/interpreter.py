"""How Python runs while the band plays: without long pauses for rubbish, and giving way where somebody waits.

The switch interval stays Python's 5 ms: 0.2 ms made no trigger faster, and the notes worse, for it takes the
interpreter from the player while that watches the clock for its deadline (90 % of note-ons within 0.37 ms at 5 ms,
0.57 at 0.2; benchmarks/jitter.py).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_old_rubbish() -> Iterator[None]:
    """While it is entered, what was there before is not looked through for rubbish any more.

    Those are 47,000 objects, of the libraries for the most part: a full collection, now and then in the middle of a
    bar, took 19 ms and takes 0.1 (two CPU cores).
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def give_way() -> None:
    """Lets a thread or a process that has just been woken run before this one goes on.

    A scheduler likes to wake a receiver on the sender's core, to wait there until the sender rests: of the first bars
    sent, one in five reached its client only with the whole phrase, 3 ms later. It takes 0.06 ms.
    """
    time.sleep(0.0)
