"""Work that may take longer than a request may: done a piece at a time, when nothing else is due."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from bridge.clock import Now

MOST_CHORES = 16


class TooManyChores(RuntimeError):
    """There is no room for another."""


class Chores:
    """Iterators that wait in line; each step of one is a small piece of its work. One thread uses it."""

    def __init__(self) -> None:
        self._waiting: deque[Iterator[None]] = deque()
        self.longest_seconds = 0.02  # a piece of work has taken so long, so that nothing that is due waits for it

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, chore: Callable[[], Iterator[None]]) -> None:
        """Begin it when those before it are done. Raises TooManyChores."""
        if len(self._waiting) >= MOST_CHORES:
            raise TooManyChores(f"{MOST_CHORES} long answers wait already: wait for one")
        self._waiting.append(chore())

    def do_one(self, now: Now) -> None:
        """A piece of the first one's work."""
        begin = now()
        if next(self._waiting[0], _DONE) is _DONE:
            self._waiting.popleft()
        self.longest_seconds = max(0.9 * self.longest_seconds, now() - begin)


_DONE = object()
