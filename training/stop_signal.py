"""Ctrl-C and SIGTERM as a wish that the training loop grants when its step is done."""

from __future__ import annotations

import signal


class StopSignal:
    """Turns Ctrl-C and SIGTERM into a request that the loop reads after the step; a second Ctrl-C interrupts."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> StopSignal:
        self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _frame: object) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = True
