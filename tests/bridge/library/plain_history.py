"""The history as plainly as it can be written: a list of numbers and a cursor."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.library import MAX_UNDO_STEPS, History
from tests.bridge.library.examples import an_entry, number_of


@dataclass
class PlainHistory:
    """Numbers in the order they were played, and how many of them are not undone."""

    numbers: list[int | None] = field(default_factory=list)
    played: int = 0

    def push(self, number: int) -> None:
        self.numbers = [*self.numbers[: self.played], number][-MAX_UNDO_STEPS - 1 :]
        self.played = len(self.numbers)

    def undo(self) -> int | None:
        if self.played < 2:
            return None
        self.played -= 1
        return self.numbers[self.played - 1]

    def redo(self) -> int | None:
        if self.played == len(self.numbers):
            return None
        self.played += 1
        return self.numbers[self.played - 1]


def step(history: History, plain: PlainHistory, action: str, number: int) -> None:
    """The same step in both; they answer the same."""
    if action == "push":
        history.push(an_entry(number))
        plain.push(number)
    elif action == "undo":
        assert number_of(history.undo()) == plain.undo()
    else:
        assert number_of(history.redo()) == plain.redo()


def contents(history: History) -> tuple[list[int | None], int]:
    """The numbers that a history holds, and how many of them are not undone. Leaves it as it was found."""
    if history.current is None:
        return [], 0
    played, redo_steps = history.undo_steps + 1, history.redo_steps
    while history.undo() is not None:
        pass
    numbers = [number_of(history.current)]
    while (entry := history.redo()) is not None:
        numbers.append(number_of(entry))
    for _ in range(redo_steps):
        history.undo()
    return numbers, played
