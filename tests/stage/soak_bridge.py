"""A bridge without doors in virtual time: the real engine, clock, player, library and history, and a band to reckon."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from bridge.contract import ModelContract
from bridge.doors.address import Address
from bridge.doors.inbox import Inbox
from bridge.engine.band import Band
from bridge.engine.clock_desk import ClockDesk
from bridge.engine.engine import Engine, Surroundings
from bridge.engine.memory import Memory
from bridge.engine.model_desk import ModelDesk
from bridge.engine.settings import PlaySettings
from bridge.handlers import HANDLERS
from bridge.library import Library
from bridge.midi.band_out import BandOut
from bridge.midi.player import Player
from bridge.midi.routing import band_routes
from bridge.protocol.osc_packet import OscMessage, build_message
from tests.fakes import RecordingModels
from tests.stage.soak_band import QuickBand
from tests.stage.soak_world import Agenda

_TRIES, _TRY_SECONDS = 2000, 0.005  # real ones, for the library's own thread


class VirtualBridge:
    """Belongs to the thread that makes it. `send` gets what it says."""

    def __init__(
        self,
        contract: ModelContract,
        library: Path,
        agenda: Agenda,
        player: Player,
        send: Callable[[OscMessage, Address], None],
    ) -> None:
        self._agenda = agenda
        self.library = Library(library)
        self._inbox = Inbox(lambda message, source: self.engine.outbox.answer_noise(message, source))
        routes, models = band_routes(contract.tracks, ()), RecordingModels()
        around = Surroundings(
            handlers=HANDLERS,
            send=send,
            out=BandOut(player, routes, [0] * len(routes)),
            clock=ClockDesk(120.0, agenda.now()),
            memory=Memory(self.library.history, self.library.settings),
            models=ModelDesk(models, models),
            now=agenda.now,
            wall_clock=lambda: 1_700_000_000.0 + agenda.now(),
        )
        self.engine = Engine(
            Band(QuickBand(contract)), self.library.latents, self._inbox, PlaySettings(tempo=120.0), around
        )
        self.due: float | None = None  # when it has something to do of its own accord, in clock seconds

    def hear(self, source: Address, address: str, *arguments: str | int | float) -> None:
        """A datagram comes in, and is carried out."""
        self._inbox.receive(build_message(address, arguments), source, self._agenda.now())
        self.work()

    def work(self) -> None:
        """What the engine's thread does when something is due."""
        while (letter := self._inbox.take(0.0)) is not None:
            self.engine.handle(letter, self._agenda.now())
        self.engine.tick(self._agenda.now())
        self.due = self.engine.next_time(self._agenda.now())

    def wait_for_the_disk(self) -> None:
        """Until the library's thread has saved everything, in real time. AssertionError where it does not."""
        nap = threading.Event()
        for _ in range(_TRIES):
            if not self.library.history.has_unsaved():
                return
            nap.wait(_TRY_SECONDS)
        raise AssertionError(f"the library saves nothing any more: {self.library.writing}")
