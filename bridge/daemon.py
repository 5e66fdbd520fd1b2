"""The bridge as it runs: opens everything, runs the engine, closes everything in the order that ends in silence.

Threads: the OSC thread parses and enqueues; the thread that calls run() is the engine's; the player owns the MIDI
port. Datagrams, requests and notes are all that passes between them.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

from bridge.clock import now
from bridge.doors.clients import Address
from bridge.doors.inbox import Inbox
from bridge.doors.osc_server import OscServer
from bridge.engine.band import Band
from bridge.engine.engine import Engine, Surroundings
from bridge.engine.handlers import HANDLERS
from bridge.engine.settings import BridgeSettings, PlaySettings
from bridge.generator import Generator
from bridge.library import LatentLibrary
from bridge.midi.midi_ports import NoMidi, open_midi_out
from bridge.midi.player import Player
from bridge.protocol.osc_packet import OscMessage

VIRTUAL_PORT_NAME = "MAIsynthesizer"

# Windows lets Ctrl-C through between two waits only.
LONGEST_WAIT_SECONDS = 0.5


class Bridge:
    """Made, run and closed by one thread; stop may be called from any, also from a signal handler.

    Raises BadModel, PortTaken or StorageError when it cannot start; a machine without MIDI is no error.
    """

    def __init__(self, settings: BridgeSettings) -> None:
        self.notices: list[str] = []
        self._stopping = threading.Event()
        self._player: Player | None = None
        self.generator = Generator(settings.model, settings.provider)
        self.library = LatentLibrary(settings.library)
        try:
            self.inbox = Inbox(self._answer_noise)
            self._server = OscServer(settings.host, settings.port, self._receive)
        except BaseException:
            self.library.close()
            raise
        self.osc_address = self._server.address
        self.midi_port: str | None = None
        self._open_midi(settings)
        contract = self.generator.contract
        tempo = contract.tempo if settings.tempo is None else settings.tempo
        ports = {"osc": "{}:{}".format(*self.osc_address), "midi": self.midi_port or "none"}
        self.engine = Engine(
            Band(self.generator),
            self.library,
            self.inbox,
            PlaySettings(tempo=tempo, threshold=contract.threshold),
            Surroundings(HANDLERS, self._send, self._player, now, time.time, ports),
        )
        self.notices += [notice for notice in (self.generator.notice, self.library.notice) if notice]
        self._server.start()

    def run(self) -> None:
        """Serve until stop."""
        while not self._stopping.is_set():
            next_time = self.engine.next_time()
            wait = LONGEST_WAIT_SECONDS if next_time is None else min(LONGEST_WAIT_SECONDS, next_time - now())
            letter = self.inbox.take(max(0.0, wait))
            if letter is not None:
                self.engine.handle(letter, now())
            self.engine.tick(now())

    def stop(self) -> None:
        """Let run return."""
        self._stopping.set()
        self.inbox.wake()

    def close(self) -> None:
        """Silence first, then the doors, then the library."""
        self.engine.stop()
        if self._player is not None:
            self._player.close()
        self._server.close()
        self.library.close()

    def __enter__(self) -> Bridge:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_midi(self, settings: BridgeSettings) -> None:
        if settings.midi_api == "none":
            return
        try:
            out = open_midi_out(settings.midi_api, settings.midi_port, VIRTUAL_PORT_NAME)
        except NoMidi as problem:
            self.notices.append(f"{problem} (OSC works without MIDI)")
            return
        self.midi_port = out.name
        self._player = Player(out)
        self._player.start()

    def _receive(self, datagram: bytes, source: Address) -> None:
        self.inbox.receive(datagram, source, now())

    def _answer_noise(self, message: OscMessage, source: Address) -> None:
        self.engine.outbox.answer_noise(message, source)

    def _send(self, message: OscMessage, address: Address) -> None:
        self._server.send(message, address)
