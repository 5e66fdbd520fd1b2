"""A MIDI service of the system with instruments that can be unplugged: it stands where RtMidi reaches the real one.

Each service has its own habits: how it calls its ports, and what becomes of a message to an instrument that is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import mido
import pytest
import rtmidi


@dataclass(frozen=True, slots=True)
class Habits:
    """`label` makes a port's name of the instrument's name, its place in the list, and how many were plugged before."""

    api: str  # as --midi-api calls it
    rtmidi_api: int
    label: Callable[[str, int, int], str]
    complains: bool  # whether a message to an instrument that is gone is an error, or just lost


HABITS = (
    Habits("alsa", rtmidi.API_LINUX_ALSA, lambda name, _, before: f"{name}:{name} MIDI 1 {20 + 4 * before}:0", False),
    Habits("coremidi", rtmidi.API_MACOSX_CORE, lambda name, _place, _before: name, False),
    Habits("winmm", rtmidi.API_WINDOWS_MM, lambda name, place, _before: f"{name} {place}", True),
)


@dataclass
class Instrument:
    """What hangs on a cable; `number` counts the instruments that were plugged in before it."""

    name: str
    number: int
    heard: list[mido.Message] = field(default_factory=list)


class MidiService:
    """The service and its clients. `pulled_on_opening` is unplugged in the moment in which a port is opened."""

    def __init__(self, habits: Habits, monkeypatch: pytest.MonkeyPatch) -> None:
        self.habits = habits
        self.instruments: list[Instrument] = []
        self.clients: list[Client] = []  # that were not let go
        self.pulled_on_opening: Instrument | None = None
        self._plugged = 0
        monkeypatch.setattr(rtmidi, "get_compiled_api", lambda: [habits.rtmidi_api])
        monkeypatch.setattr(rtmidi, "MidiOut", self._new_client)

    def plug(self, name: str) -> Instrument:
        instrument = Instrument(name, self._plugged)
        self._plugged += 1
        self.instruments.append(instrument)
        return instrument

    def unplug(self, instrument: Instrument) -> None:
        self.instruments.remove(instrument)

    def names(self) -> list[str]:
        return [self.habits.label(one.name, place, one.number) for place, one in enumerate(self.instruments)]

    def _new_client(self, rtmidi_api: int, name: str | None = None) -> Client:
        assert rtmidi_api == self.habits.rtmidi_api
        self.clients.append(Client(self, name))
        return self.clients[-1]


class Client:
    """RtMidi's output, with its errors. `name` is what the service calls it."""

    def __init__(self, service: MidiService, name: str | None) -> None:
        self.name = name
        self._service = service
        self._instrument: Instrument | None = None
        self._deleted = False

    def get_ports(self) -> list[str]:
        assert not self._deleted
        return self._service.names()

    def open_port(self, place: int, _name: str) -> None:
        assert self._instrument is None, "opened twice"
        service = self._service
        if service.pulled_on_opening is not None:
            service.unplug(service.pulled_on_opening)
            service.pulled_on_opening = None
        if place >= len(service.instruments):
            raise rtmidi.InvalidPortError("openPort: the 'portNumber' argument is invalid")
        self._instrument = service.instruments[place]

    def send_message(self, message: list[int]) -> None:
        assert not self._deleted
        if self._instrument is None:
            raise rtmidi.InvalidUseError("no port is open")
        if self._instrument in self._service.instruments:
            self._instrument.heard.append(mido.Message.from_bytes(message))
        elif self._service.habits.complains:
            raise rtmidi.SystemError("sendMessage: error sending MIDI message")

    def close_port(self) -> None:
        self._instrument = None

    def delete(self) -> None:
        assert not self._deleted, "deleted twice"
        assert self._instrument is None, "deleted with its port open"
        self._deleted = True
        self._service.clients.remove(self)
