"""Fakes that are devices: they do what the real thing does, on the surface that the tests can see."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

from bridge.clocks.transport import BeatReference
from bridge.contract import FIFTH, ModelContract, key_direction
from bridge.doors.clients import Address
from bridge.engine.band import PlaysMeanwhile
from bridge.engine.latents import Latent
from bridge.engine.model_desk import Asker
from bridge.midi.notes import BarKey, BeatNote, Fallback, Place, TimedNote
from bridge.model_files.catalogue import UnknownModel
from bridge.model_files.loader import Loaded, LoadFailed, LoadOrder, LoadOutcome
from bridge.model_files.model_file import ModelFile
from bridge.model_files.self_test import SelfTest
from bridge.pianoroll import Roll
from bridge.protocol.osc_packet import OscMessage
from bridge.sessions.interruption import Interruption


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
    """A generator that plays what the latent says: in bar b, track t holds pitch index 10 t + b + a root of 0-11.

    The root follows from the first value of each part of the latent that the track hears in that bar.
    """

    provider: str = "a pattern"
    notice: str | None = None

    def __init__(self, contract: ModelContract) -> None:
        self.contract = contract
        self.computed: list[tuple[int, ...]] = []

    def begin(self, latent: Latent, bars: Sequence[int]) -> Callable[[], NDArray[np.float32]]:
        return partial(self, latent, bars)

    def ended_by(self, _interruption: Interruption | None) -> AbstractContextManager[None]:
        return nullcontext()

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        contract = self.contract
        if latent.shape != (contract.latent_size,):  # as the real one
            raise ValueError(f"the latent has shape {latent.shape}, expected ({contract.latent_size},)")
        self.computed.append(tuple(bars))
        shape = (len(bars), len(contract.tracks), contract.steps_per_bar, contract.pitches)
        roll = np.full(shape, contract.value_range[0], dtype=np.float32)
        for place, bar in enumerate(bars):
            for track in range(len(contract.tracks)):
                root = int(abs(self._heard(latent, track, bar)) * 10) % 12
                roll[place, track, : contract.steps_per_bar // 2, root + 10 * track + bar] = 0.6
        return roll

    def _heard(self, latent: Latent, track: int, bar: int) -> float:
        layout, bars, tracks = self.contract.latent, self.contract.bars, len(self.contract.tracks)
        parts = [(layout.song, 0), (layout.bar, bar), (layout.track, track), (layout.track_bar, track * bars + bar)]
        heard, first = 0.0, 0
        for (size, number), count in zip(parts, (1, bars, tracks, bars * tracks), strict=True):
            heard += float(latent[first + number * size]) if size else 0.0
            first += count * size
        return heard


class ListeningEncoder:
    """An encoder that answers the same latent whatever it hears, of a model with a key in the key that lies as many
    fifths on as its rank; it remembers which tracks it was given."""

    def __init__(self, contract: ModelContract, latent: Latent | None = None) -> None:
        self.latent = np.full(contract.latent_size, 0.5, dtype=np.float32) if latent is None else latent
        self.given: list[tuple[int, ...]] = []
        self._key = contract.latent.key

    def __call__(self, phrases: Mapping[int, Roll], rank: int = 0) -> Latent:
        self.given.append(tuple(phrases))
        if not self._key:
            return self.latent
        return np.concatenate((np.array(key_direction(FIFTH * rank), dtype=np.float32), self.latent[self._key :]))


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


class RecordingPlayer:
    """A player whose notes can be read, without a thread or a port: bars by the beat at which they begin."""

    def __init__(self) -> None:
        self.played: list[TimedNote] = []  # auditions
        self.bars: dict[BarKey, list[BeatNote]] = {}
        self.fallbacks: list[Fallback | None] = []
        self.reference: BeatReference | None = None
        self.silences = 0
        self.muted: set[Place] = set()

    def play(self, notes: Iterable[TimedNote]) -> None:
        self.played.extend(notes)

    def play_bar(self, key: BarKey, notes: Iterable[BeatNote], fallback: Fallback | None = None) -> None:
        self.bars[key] = list(notes)
        self.fallbacks.append(fallback)

    def set_song(self, reference: BeatReference) -> None:
        self.reference = reference

    def drop(self, keys: Collection[BarKey] | None = None, ring: bool = False) -> None:
        assert ring
        for key in list(self.bars) if keys is None else keys:
            self.bars.pop(key, None)

    def mute(self, places: Collection[Place]) -> None:
        self.muted = set(places)

    def silence(self) -> None:
        self.silences += 1
        self.bars.clear()


class RecordingModels:
    """A catalogue and a loader in one: models by name, opened when the test says so."""

    def __init__(self) -> None:
        self.models: dict[str, PlaysMeanwhile] = {}
        self.orders: list[LoadOrder[Asker]] = []
        self.outcomes: list[LoadOutcome[Asker]] = []

    def names(self) -> list[str]:
        return list(self.models)

    def get(self, name: str) -> ModelFile:
        if name not in self.models:
            raise UnknownModel(f"no model is named {name!r}")
        return ModelFile(name, Path(f"{name}.onnx"), 1, 0.0, self.models[name].contract, None)

    @property
    def busy_with(self) -> str | None:
        return self.orders[-1].file.name if self.orders else None

    def load(self, file: ModelFile, asker: Asker) -> None:
        self.orders.append(LoadOrder(file, asker))

    def take(self) -> LoadOutcome[Asker] | None:
        return self.outcomes.pop(0) if self.outcomes else None

    def open(self) -> None:
        """The model that was ordered last has passed its test."""
        order = self.orders.pop()
        self.outcomes.append(Loaded(order, self.models[order.file.name], SelfTest(0.0, 0.0, 0.0)))

    def fail(self, reason: str) -> None:
        self.outcomes.append(LoadFailed(self.orders.pop(), reason))
