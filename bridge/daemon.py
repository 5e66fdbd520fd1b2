"""The bridge as it runs: opens everything, runs the engine, closes everything in the order that ends in silence.

Threads: the OSC thread and the HTTP thread parse and enqueue; the thread that calls run() is the engine's; the player
owns the MIDI ports; others open models, look into their folder and save. Messages, requests and notes are all that
passes between them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

from bridge.clock import now
from bridge.clocks.opening import clock_opener
from bridge.doors.address import Address, is_udp
from bridge.doors.allow_list import allow_list
from bridge.doors.http_door import HttpDoor
from bridge.doors.inbox import Inbox
from bridge.doors.osc_server import OscServer, PortTaken
from bridge.doors.pages import PAGES
from bridge.engine.band import Band
from bridge.engine.clock_desk import ClockDesk
from bridge.engine.encoder_desk import EncoderDesk
from bridge.engine.engine import Engine, Surroundings
from bridge.engine.interpreter import give_way, without_old_rubbish
from bridge.engine.memory import Memory
from bridge.engine.model_desk import Asker, ModelDesk
from bridge.engine.settings import BridgeSettings, PlaySettings, kept_settings
from bridge.generator import Generator
from bridge.handlers import HANDLERS
from bridge.library import Library
from bridge.logs.told_errors import tell_error
from bridge.midi.band_midi import BandMidi
from bridge.midi.midi_ports import NoMidi
from bridge.midi.routing import parse_route
from bridge.model_files.catalogue import ModelCatalogue
from bridge.model_files.encoder_file import encoder_beside
from bridge.model_files.loader import ModelLoader
from bridge.model_files.starting_latents import bring_starting_latents
from bridge.model_files.watch import ModelWatch
from bridge.page.serving import pages
from bridge.paths import models_folder
from bridge.protocol.osc_packet import OscMessage
from bridge.screen.status_line import StatusLine, status_line

# Windows lets Ctrl-C through between two waits only.
LONGEST_WAIT_SECONDS = 0.5
# A clock that does not call us when its song jumps is looked at so often while a stream runs.
LOOK_AT_CLOCK_SECONDS = 0.02
SHOW_EVERY_SECONDS = 0.25


class Bridge:
    """Made, run and closed by one thread; stop may be called from any, also from a signal handler.

    Raises BadModel, BadRoute, PortTaken or StorageError when it cannot start; a machine without MIDI is no error, and
    neither is a taken HTTP port: a notice says so, and OSC works.
    """

    def __init__(self, settings: BridgeSettings) -> None:
        self.notices: list[str] = []
        self._stopping = threading.Event()
        self._midi: BandMidi | None = None
        self._http: HttpDoor | None = None
        self.page_url: str | None = None
        routes = [parse_route(route) for route in settings.routes]
        self.generator = Generator(settings.model, settings.provider)
        contract = self.generator.contract
        self.library = Library(settings.library)
        try:
            problem_with_latents = bring_starting_latents(self.library.latents, settings.model, contract)
            self.notices += [] if problem_with_latents is None else [problem_with_latents]
            self.inbox = Inbox(self._answer_noise, now)
            self.allowed = allow_list(settings.host, settings.allow)
            self._server = OscServer(settings.host, settings.port, self._receive, self.allowed)
        except BaseException:
            self.library.close()
            raise
        self.osc_address = self._server.address
        if settings.midi_api != "none":
            try:
                self._midi = BandMidi(settings.midi_api, settings.midi_port, routes, contract)
                self.notices += self._midi.notices
            except NoMidi as problem:
                self.notices.append(f"{problem} (OSC works without MIDI)")
        self._open_http(settings)
        tempo = contract.tempo if settings.tempo is None else settings.tempo
        play = PlaySettings(tempo=tempo, threshold=contract.threshold)
        self._clock = ClockDesk(
            tempo, now(), clock_opener(settings.midi_api, settings.clock_port, tempo, self.inbox.wake)
        )
        catalogue = ModelCatalogue(settings.models or models_folder(), given=settings.model)
        catalogue.refresh(now())
        provider = settings.provider if len(self.generator.providers) > 1 else "cpu"
        self._loader: ModelLoader[Asker] = ModelLoader(provider, self.inbox.wake)
        self._watch = ModelWatch(catalogue, lambda _changes: self.inbox.wake())
        memory = Memory(self.library.history, self.library.settings)
        self.engine = Engine(
            Band(self.generator),
            self.library.latents,
            self.inbox,
            kept_settings(play, self.library.settings, contract.tracks),
            Surroundings(
                handlers=HANDLERS,
                send=self._send,
                out=None if self._midi is None else self._midi.out,
                clock=self._clock,
                memory=memory,
                models=ModelDesk(catalogue, self._loader, catalogue.name_of(settings.model)),
                now=now,
                wall_clock=time.time,
                routes=(lambda _contract: ((), ())) if self._midi is None else self._midi.routes,
                midi_stats=None if self._midi is None else self._midi.stats,
                writing=lambda: self.library.writing,
                encoders=EncoderDesk(encoder_beside),
                computes_ahead=True,
                give_way=give_way,
                ports={
                    "osc": "{}:{}".format(*self.osc_address),
                    "http": self.http_url or "none",
                    "midi": self.midi_port or "none",
                },
            ),
        )
        self._told = self.generator.notice
        self.engine.conductor.piece = memory.last_played(contract)
        found = (self.generator.notice, self.library.notice, self.library.settings.notice)
        self.notices += [notice for notice in found if notice]
        self._server.start()
        if self._http is not None:
            self._http.start()
        self._watch.start()

    @property
    def midi_port(self) -> str | None:
        """The MIDI ports' names; None: there is no MIDI."""
        return None if self._midi is None else self._midi.name

    @property
    def http_url(self) -> str | None:
        """Where the HTTP door listens; None: it is closed."""
        return None if self._http is None else "http://{}:{}".format(*self._http.address)

    def run(self, show: Callable[[StatusLine], None] | None = None) -> None:
        """Serve until stop. `show` is called a few times a second and must not wait for anything."""
        shown_at = -SHOW_EVERY_SECONDS
        with without_old_rubbish():
            while not self._stopping.is_set():
                letter = self.inbox.take(self._wait())
                if letter is not None:
                    self.engine.handle(letter, now())
                self.engine.tick(now())
                self._tell_of_the_provider()
                if show is not None and now() - shown_at >= SHOW_EVERY_SECONDS:
                    shown_at = now()
                    show(status_line(self.engine, shown_at))

    def stop(self) -> None:
        """Let run return."""
        self._stopping.set()
        self.inbox.wake()

    def close(self) -> None:
        """Silence first, then the doors, then the library."""
        self.engine.stop()
        if self._midi is not None:
            self._midi.close()
        if self._http is not None:
            self._http.close()
        self._server.close()
        self._watch.close()
        self._loader.close()
        self._clock.close()
        self.library.close()

    def __enter__(self) -> Bridge:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tell_of_the_provider(self) -> None:
        """The band may have had to go on without its GPU."""
        notice = self.engine.band.notice
        if notice != self._told:
            self._told = notice
            if notice is not None:
                self.engine.say(notice)

    def _wait(self) -> float:
        """Seconds until something is due."""
        time_now = now()
        longest = LONGEST_WAIT_SECONDS
        if self.engine.conductor.stream is not None and self._clock.chosen in ("midi", "link"):
            longest = LOOK_AT_CLOCK_SECONDS
        next_time = self.engine.next_time(time_now)
        return longest if next_time is None else max(0.0, min(longest, next_time - time_now))

    def _open_http(self, settings: BridgeSettings) -> None:
        if settings.http_port is None:
            return
        try:
            self._http = HttpDoor(settings.http_port, self.inbox, now, pages() if settings.page else PAGES)
            self.page_url = self.http_url if settings.page else None
        except PortTaken as problem:
            self.notices.append(f"{problem} (OSC works without HTTP)")

    def _receive(self, datagram: bytes, source: Address) -> None:
        self.inbox.receive(datagram, source, now())

    def _answer_noise(self, message: OscMessage, source: Address) -> None:
        self.engine.outbox.answer_noise(message, source)

    def _send(self, message: OscMessage, address: Address) -> None:
        tell_error(message, address)
        if is_udp(address):
            self._server.send(message, address)
        elif self._http is not None:
            self._http.send(message, address)
