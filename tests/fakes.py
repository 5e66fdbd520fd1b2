"""Fakes that are devices: they do what the real thing does, on the surface that the tests can see."""

from __future__ import annotations

import threading
from collections.abc import Callable

import mido


class RecordingMidiOut:
    """A MIDI port that keeps what it was sent. `plugged_in = False` makes it refuse, like a pulled cable."""

    def __init__(self) -> None:
        self.name = "recording"
        self.plugged_in = True
        self.messages: list[mido.Message] = []
        self.refused: list[mido.Message] = []
        self.closed = False
        self._changed = threading.Condition()

    def send(self, message: mido.Message) -> None:
        with self._changed:
            assert not self.closed, "sent after close"
            (self.messages if self.plugged_in else self.refused).append(message)
            self._changed.notify_all()
            if not self.plugged_in:
                raise OSError("the cable is pulled")

    def close(self) -> None:
        assert not self.closed, "closed twice"
        self.closed = True

    def wait_until(self, seen: Callable[[RecordingMidiOut], bool], timeout: float = 10.0) -> None:
        """Blocks until `seen` is true after a message, or fails after `timeout` seconds."""
        with self._changed:
            assert self._changed.wait_for(lambda: seen(self), timeout), f"only came: {self.messages}, {self.refused}"

    @property
    def events(self) -> list[tuple[str, int, int]]:
        """(type, channel, pitch) of every message so far."""
        return [(message.type, message.channel, message.note) for message in self.messages]
