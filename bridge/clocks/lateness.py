"""How late messages are: the earliest of the last ones draws the line, for a message can be late but never early."""

from __future__ import annotations

from collections import deque

# With delays spread evenly over 10 ms, the earliest of 32 messages is later than 2 ms once in a thousand times.
_WINDOW = 32
_ENOUGH = 8  # messages from which a usual lateness can be told


class Lateness:
    """The lateness of the last messages against the line that the earliest of them draws, in seconds."""

    def __init__(self) -> None:
        self.usual = 0.0  # seconds, on average; 0 until it is known
        self._late = deque([0.0], _WINDOW)

    def restart(self, late: float = 0.0) -> None:
        """Begin a new line, which is believed, with a message that came `late` against it."""
        self._late = deque([0.0, late], _WINDOW)

    def correct(self, late: float) -> float:
        """Take a message that came `late` against the line; returns by how many seconds the line was too early.

        Negative: the message came before its time, so the line was too late. The line is moved by as much.
        """
        self._late.append(late)
        earliest = min(self._late)
        self._late = deque((one - earliest for one in self._late), _WINDOW)
        if len(self._late) >= _ENOUGH:
            self.usual = sum(self._late) / len(self._late)
        return earliest
