"""Fakes that are devices: they do what the real thing does, on the surface that the tests can see."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import mido
import numpy as np
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.doors.clients import Address
from bridge.engine.latents import Latent
from bridge.midi.player import Player, TimedNote
from bridge.protocol.osc_packet import OscMessage


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


class PatternGenerator:
    """A generator that plays what the latent says: in bar b, track t holds pitch index int(latent[0]) + 10 t + b."""

    provider: str = "a pattern"
    notice: str | None = None

    def __init__(self, contract: ModelContract) -> None:
        self.contract = contract
        self.computed: list[tuple[int, ...]] = []

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        self.computed.append(tuple(bars))
        contract = self.contract
        shape = (len(bars), len(contract.tracks), contract.steps_per_bar, contract.pitches)
        roll = np.full(shape, contract.value_range[0], dtype=np.float32)
        root = int(abs(float(latent[0])) * 10) % 12
        for place, bar in enumerate(bars):
            for track in range(len(contract.tracks)):
                roll[place, track, : contract.steps_per_bar // 2, root + 10 * track + bar] = 0.6
        return roll


class Wire:
    """Takes what the bridge sends, in order, and tells who got what."""

    def __init__(self) -> None:
        self.sent: list[tuple[OscMessage, Address]] = []

    def send(self, message: OscMessage, address: Address) -> None:
        self.sent.append((message, address))

    def to(self, address: Address) -> list[OscMessage]:
        return [message for message, receiver in self.sent if receiver == address]

    def clear(self) -> None:
        self.sent.clear()


class RecordingPlayer(Player):
    """A player whose notes can be read, without a thread or a port."""

    def __init__(self) -> None:
        super().__init__(RecordingMidiOut(), real_time=False)
        self.played: list[TimedNote] = []
        self.silences = 0

    def play(self, notes: Iterable[TimedNote]) -> None:
        self.played.extend(notes)

    def silence(self) -> None:
        self.silences += 1
