"""The band's MIDI outputs: each port opened once, and found again when it was unplugged and comes back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from bridge.midi.midi_ports import MidiMessage, MidiOut, NoMidi, find_port, program_change
from bridge.midi.routing import Route

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0

OpenPort = Callable[[str | None], MidiOut]  # part of a port's name, None: a port of our own; raises NoMidi
PortNames = Callable[[], Collection[str]]  # the outputs that there are; raises NoMidi where no MIDI service answers


class Outlet:
    """A port that can always be sent on: while the real one is gone, each message is refused with OSError.

    Threads: the player's sends and closes, another looks after it. They share a lock that nobody holds for longer than
    a message takes; real ports are opened and closed outside it.
    """

    def __init__(self, port: str | None, open_port: OpenPort) -> None:
        """`port`: part of its name; None: one of our own. It is opened by the first `look`."""
        self.port = port
        self.notice: str | None = None  # one sentence while the port is not there
        self.set_up: tuple[MidiMessage, ...] = ()  # what is sent first whenever the port opens
        self._open_port = open_port
        self._out: MidiOut | None = None
        self._refuses = False
        self._closed = False
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The whole name of the port, or what was asked for while it is not there."""
        out = self._out
        return out.name if out is not None else self.port or "our own"

    @property
    def is_open(self) -> bool:
        return self._out is not None

    def send(self, message: MidiMessage) -> None:
        """Sends at once. Raises OSError while the port is not there."""
        with self._lock:
            if self._out is None:
                raise OSError(self.notice or f"MIDI port {self.name!r} is closed")
            try:
                self._out.send(message)
            except OSError:
                self._refuses = True
                raise

    def close(self) -> None:
        """Closes the port for good. A second close does nothing."""
        with self._lock:
            self._closed = True
        self._give_up()

    def look(self, names: Collection[str]) -> None:
        """Gives up the port if it is no longer among `names` or refuses messages, and opens it if it is there."""
        out = self._out
        if out is not None and (self._refuses or (self.port is not None and out.name not in names)):
            self.notice = f"MIDI port {out.name!r} is gone: plug it in or start it, and it will be found again"
            self._give_up()
        if self._out is not None or self._closed:
            return
        if self.port is None or find_port(self.port, names) is not None:
            self._open()
        elif self.notice is None:
            listed = f"there are {', '.join(map(repr, names))}" if names else "there is none at all"
            self.notice = f"no MIDI port has {self.port!r} in its name, {listed}: it will be found when it comes"

    def _open(self) -> None:
        try:
            out = self._open_port(self.port)
        except OSError as problem:
            self.notice = str(problem)
            return
        try:
            for message in self.set_up:
                out.send(message)
        except OSError as problem:
            self.notice = str(problem)
        else:
            with self._lock:
                if not self._closed:
                    self._out, self._refuses, self.notice = out, False, None
                    return
        with suppress(OSError):
            out.close()

    def _give_up(self) -> None:
        with self._lock:
            out, self._out = self._out, None
        if out is not None:
            with suppress(OSError):
                out.close()


class Ports:
    """The outputs that routes go to: opened here, looked after by a thread of its own until close.

    The player sends on `outs` and closes them; `number_of` tells which is which. Raises NoMidi where there is no MIDI
    at all; a named port that is not there is waited for.
    """

    def __init__(self, routes: Sequence[Route], open_port: OpenPort, port_names: PortNames) -> None:
        self._port_names = port_names
        self._has_names = any(route.port is not None for route in routes)
        names, problem = self._names()
        self._numbers: dict[str | None, int] = {}
        outlets: dict[str | None, Outlet] = {}  # by the whole name, where it is known
        for port in dict.fromkeys(route.port for route in routes):
            whole = port and (find_port(port, names) or port.casefold())
            outlet = outlets.setdefault(whole, Outlet(port, open_port))
            self._numbers[port] = list(outlets.values()).index(outlet)
        self.outs = tuple(outlets.values())
        self.use(routes)
        for outlet in self.outs:
            outlet.look(names)
        if not any(outlet.is_open for outlet in self.outs) and (problem is not None or not self._has_names):
            raise problem or NoMidi("; ".join(self.notices()))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="midi ports", daemon=True)

    def number_of(self, port: str | None) -> int:
        """The place in `outs` of a route's port; of a port that no route had at first, 0."""
        return self._numbers.get(port, 0)

    def use(self, routes: Sequence[Route]) -> list[tuple[int, MidiMessage]]:
        """Sends these routes' programs whenever a port opens. Returns them, for the player to send now."""
        programs = [
            (self.number_of(route.port), program_change(route.channel, route.program))
            for route in routes
            if route.program is not None
        ]
        for number, outlet in enumerate(self.outs):
            outlet.set_up = tuple(message for place, message in programs if place == number)
        return programs

    def notices(self) -> list[str]:
        """A sentence for each port that is not there now."""
        return [outlet.notice for outlet in self.outs if outlet.notice is not None]

    def look(self) -> None:
        """Looks after every port once."""
        names, _ = self._names()
        for outlet in self.outs:
            outlet.look(names)

    def start(self) -> None:
        """From now on a thread looks every second."""
        self._thread.start()

    def close(self) -> None:
        """Ends the thread. The ports themselves are closed by the player."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _names(self) -> tuple[Collection[str], NoMidi | None]:
        """The outputs that there are, if that matters, or why none can be seen."""
        if not self._has_names:
            return (), None
        try:
            return self._port_names(), None
        except NoMidi as problem:
            return (), problem

    def _run(self) -> None:
        while not self._closing.wait(_LOOK_SECONDS):
            try:
                self.look()
            except Exception:  # the next look may do better
                log.exception("looking after the MIDI ports failed")
