"""When MIDI messages came by, as a text file: how a watched process tells another what it sent or heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """A MIDI message, and the clock seconds (bridge.clock, the same in all processes) at which it came by."""

    at: float
    message: tuple[int, ...]

    @property
    def is_note_on(self) -> bool:
        return len(self.message) == 3 and self.message[0] & 0xF0 == 0x90 and self.message[2] > 0


def write_log(path: Path, messages: Iterable[tuple[float, Sequence[int]]]) -> None:
    """A line a message. The reverse of read_log."""
    path.write_text("".join(f"{at!r} {' '.join(map(str, message))}\n" for at, message in messages), encoding="ascii")


def read_log(path: Path) -> list[LoggedMessage]:
    """The reverse of write_log."""
    lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return [LoggedMessage(float(at), tuple(map(int, message))) for at, *message in lines]
