"""An engine on a desk, for the tests: its wire, its player, and a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.contract import ModelContract
from bridge.doors.address import Address
from bridge.doors.inbox import Inbox
from bridge.engine.band import Band
from bridge.engine.clock_desk import ClockDesk
from bridge.engine.encoder_desk import EncoderDesk, OpenEncoder
from bridge.engine.engine import Engine, Surroundings
from bridge.engine.memory import Memory
from bridge.engine.model_desk import ModelDesk
from bridge.engine.settings import PlaySettings
from bridge.handlers import HANDLERS
from bridge.library import Library
from bridge.midi.band_out import BandOut
from bridge.midi.routing import band_routes
from bridge.protocol.osc_packet import OscMessage, build_message
from tests.fakes import PatternGenerator, RecordingModels, RecordingPlayer, Wire

LIVE: Address = ("127.0.0.1", 50001)
REAPER: Address = ("127.0.0.1", 50002)
STRANGER: Address = ("127.0.0.1", 50003)


@dataclass
class Stage:
    engine: Engine
    inbox: Inbox
    wire: Wire
    player: RecordingPlayer
    generator: PatternGenerator
    models: RecordingModels
    time: list[float] = field(default_factory=lambda: [100.0])

    @property
    def now(self) -> float:
        return self.time[0]

    @property
    def beat(self) -> float:
        return self.engine.song(self.now).beat_at(self.now)

    def say(self, source: Address, address: str, *arguments: int | float | str) -> list[OscMessage]:
        """Send a message as bytes; returns what it was answered with, to everyone."""
        before = len(self.wire.sent)
        self.inbox.receive(build_message(address, arguments), source, self.now)
        self.work()
        return [message for message, _ in self.wire.sent[before:]]

    def work(self) -> None:
        while (letter := self.inbox.take(0.0)) is not None:
            self.engine.handle(letter, self.now)
        self.engine.tick(self.now)

    def wait(self, seconds: float, step: float = 0.01) -> None:
        """Let time pass, in steps of a hundredth of a second."""
        for _ in range(round(seconds / step)):
            self.time[0] += step
            self.engine.tick(self.now)


def a_stage(band: ModelContract, open_encoder: OpenEncoder | None = None) -> Iterator[Stage]:
    wire, player, generator, models = Wire(), RecordingPlayer(), PatternGenerator(band), RecordingModels()
    time = [100.0]
    inbox = Inbox(lambda message, source: engine.outbox.answer_noise(message, source))
    routes = band_routes(band.tracks, ())
    with Library.in_memory() as library:
        around = Surroundings(
            handlers=HANDLERS,
            send=wire.send,
            out=BandOut(player, routes, [0] * len(routes)),
            clock=ClockDesk(120.0, time[0]),
            memory=Memory(library.history, library.settings),
            models=ModelDesk(models, models),
            now=lambda: time[0],
            wall_clock=lambda: 1_700_000_000.0 + time[0],
            routes=lambda contract: (band_routes(contract.tracks, ()), [0] * len(contract.tracks)),
            encoders=EncoderDesk(open_encoder),
        )
        engine = Engine(Band(generator), library.latents, inbox, PlaySettings(tempo=120.0), around)
        yield Stage(engine, inbox, wire, player, generator, models, time)


def bars_of(messages: list[OscMessage]) -> list[tuple[int | float | str, ...]]:
    return [message.arguments for message in messages if message.address == "/mai/bar"]


def notes_of(messages: list[OscMessage]) -> list[tuple[int | float | str, ...]]:
    """The bars without the request's id, to compare what two requests played."""
    return [arguments[1:] for arguments in bars_of(messages)]


def error_of(messages: list[OscMessage]) -> tuple[int | float | str, ...]:
    (message,) = messages
    assert message.address == "/mai/error"
    return message.arguments
