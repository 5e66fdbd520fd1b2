"""Virtual time for a bridge whose player is the real one: while that waits, the rest of the world goes on."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from math import inf
from typing import Protocol


class Agenda:
    """What happens when, in clock seconds, and what time it is. One thread uses it."""

    def __init__(self, time: float) -> None:
        self.time = time
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0

    def now(self) -> float:
        return self.time

    def at(self, time: float, what: Callable[[], None]) -> None:
        """What is planned for one time happens in the order in which it was planned."""
        self._serial += 1
        heapq.heappush(self._entries, (time, self._serial, what))

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        self.at(self.time + seconds, what)

    def every(self, seconds: float, what: Callable[[], None]) -> None:
        """Again and again, for the first time after so many seconds."""

        def again() -> None:
            what()
            self.after(seconds, again)

        self.after(seconds, again)

    def next_time(self) -> float:
        return self._entries[0][0] if self._entries else inf

    def do_next(self) -> None:
        """The time becomes that of the next entry, which happens."""
        time, _, what = heapq.heappop(self._entries)
        self.time = max(self.time, time)
        what()


class World(Protocol):
    """What goes on while the player waits. `is_over`: from then on nothing does."""

    is_over: bool

    def go_on(self, until: float) -> None:
        """To the next event, which happens, or where that is later, to `until`."""


class WorldsCondition(threading.Condition):
    """The condition on which a player waits for its next note, in whose place the world goes on to that note's time.

    So the player's own loop, locks and wake-ups run, in its own thread, and no time passes but the world's.
    """

    def __init__(self, world: World, now: Callable[[], float]) -> None:
        super().__init__()
        self._world, self._now = world, now
        self._is_told = False
        self.over = threading.Event()
        self.problem: BaseException | None = None

    def notify(self, n: int = 1) -> None:
        self._is_told = True
        super().notify(n)

    def wait(self, timeout: float | None = None) -> bool:
        if self.over.is_set():
            return super().wait(timeout)
        until = inf if timeout is None else self._now() + timeout
        self._is_told = False
        try:
            while not self._is_told and not self._world.is_over and self._now() < until:
                self._world.go_on(until)
        except BaseException as problem:  # the test tells it, not the player
            self.problem = problem
            self.over.set()
        if self._world.is_over:
            self.over.set()
        return True
