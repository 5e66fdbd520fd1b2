"""MIDI output ports: a virtual port of our own, a port that exists, or none."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Protocol, TypeAlias

import mido

from bridge.midi.midi_apis import (
    API_NAMES,
    APIS,
    MidiApi,
    NoMidi,
    Refused,
    candidates,
    find_port,
    first_opened,
    quiet_stderr,
)
from bridge.midi.rtmidi_client import RtMidiClient, output_client

# With what a user of ports needs of the services behind them.
__all__ = [
    "APIS",
    "API_NAMES",
    "MidiMessage",
    "MidiOut",
    "NoMidi",
    "PortList",
    "find_port",
    "list_ports",
    "note_off",
    "note_on",
    "open_midi_out",
    "program_change",
]

MidiMessage: TypeAlias = mido.Message


@lru_cache(maxsize=4096)  # making one takes longer than sending it; nobody changes them
def note_on(channel: int, pitch: int, velocity: int) -> MidiMessage:
    """Channel 0-15, pitch 0-127, velocity 1-127."""
    return mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)


@lru_cache(maxsize=16 * 128)
def note_off(channel: int, pitch: int) -> MidiMessage:
    """Channel 0-15, pitch 0-127."""
    return mido.Message("note_off", channel=channel, note=pitch)


def program_change(channel: int, program: int) -> MidiMessage:
    """Channel 0-15, program 0-127."""
    return mido.Message("program_change", channel=channel, program=program)


class MidiOut(Protocol):
    """A MIDI output. Used by one thread at a time; `send` raises OSError when the port is gone."""

    @property
    def name(self) -> str: ...

    def send(self, message: MidiMessage) -> None: ...

    def close(self) -> None: ...


_JACK_DRAIN_SECONDS = 0.25  # five periods of 2048 frames at 44.1 kHz: a busy server misses some
_JACK_CHECK_EVERY = 256  # messages; JACK's buffer in RtMidi holds 2340 = 16384 / 7 bytes


class RtMidiOut:
    """A port of ALSA, CoreMIDI or WinMM."""

    def __init__(self, client: RtMidiClient, name: str) -> None:
        self.name = name
        self._client = client

    def send(self, message: MidiMessage) -> None:
        """Sends at once. Raises OSError when the port is gone."""
        try:
            self._client.send(message.bytes())
        except OSError as error:
            raise OSError(f"MIDI port {self.name!r} refuses messages: {error}") from error

    def close(self) -> None:
        self._client.close()


class JackOut(RtMidiOut):
    """A JACK port. Guards against two habits of RtMidi's JACK client.

    When the server dies, sending only fills a buffer, and a full buffer is waited on for ever, with Python's
    interpreter lock held: the whole process would freeze. So the server is looked at every so often, before the buffer
    can be full. And a client that closes with messages still in the buffer loses them, or hangs until the server's
    client timeout; so closing waits for the buffer.
    """

    def __init__(self, client: RtMidiClient, name: str) -> None:
        super().__init__(client, name)
        self._unchecked = 0
        self._server_is_gone = False

    def send(self, message: MidiMessage) -> None:
        self._unchecked += 1
        if self._unchecked >= _JACK_CHECK_EVERY:
            self._unchecked = 0
            self._server_is_gone = self._client.server_is_gone
        if self._server_is_gone:
            raise OSError(f"the JACK server of MIDI port {self.name!r} is gone: start it and open the port again")
        super().send(message)

    def close(self) -> None:
        time.sleep(_JACK_DRAIN_SECONDS)
        super().close()


def open_midi_out(api: str, port: str | None, virtual_name: str) -> MidiOut:
    """Opens a MIDI output through `api` (one of APIS, or "auto": the system's own).

    Without `port`, a virtual port called `virtual_name` that other programs can connect to; with it, the first port
    whose name contains it, in either case. Raises NoMidi.
    """
    asked = f"a virtual MIDI port {virtual_name!r}" if port is None else f"a MIDI port with {port!r} in its name"
    otherwise = "choose MIDI api 'none' to play over OSC alone"
    return first_opened(api, lambda one: _open(one, port, virtual_name), asked, otherwise)


def list_ports(api: str) -> list[str]:
    """The names of the output ports there are, through one api or, with "auto", through all that answer.

    Raises NoMidi when none answers.
    """
    ports = PortList(api)
    try:
        return ports.names()
    finally:
        ports.close()


class PortList:
    """The output ports there are, looked up again and again: one client an api is kept for it. Used by one thread."""

    def __init__(self, api: str) -> None:
        """`api`: one of APIS, "auto" for all that answer, "none" for none. Raises NoMidi for another."""
        self._api = api
        self._candidates = [] if api == "none" else candidates(api)
        self._clients: dict[str, RtMidiClient] = {}

    def names(self) -> list[str]:
        """The ports' names now. Raises NoMidi when no api answers."""
        for name, client in list(self._clients.items()):
            if client.server_is_gone:
                client.close()
                del self._clients[name]
        if not self._clients and self._candidates:
            self._connect()
        try:
            return [port for client in self._clients.values() for port in client.port_names()]
        except OSError as error:
            raise NoMidi(f"cannot list the MIDI ports of {self._api}: {error}") from error

    def close(self) -> None:
        """Lets the clients go."""
        for client in self._clients.values():
            client.close()
        self._clients = {}

    def _connect(self) -> None:
        silent: list[str] = []
        for name in self._candidates:
            try:
                with quiet_stderr():
                    self._clients[name] = output_client(APIS[name], None)
            except Refused as refusal:
                silent.append(f"{name} {refusal.found}; {refusal.remedy}")
        if not self._clients:
            raise NoMidi(f"cannot list the MIDI ports of {self._api}: {', or '.join(silent)}")


def _open(api: MidiApi, port: str | None, virtual_name: str) -> MidiOut:
    if port is None and not api.virtual_ports:
        raise Refused("has no virtual ports", api.remedy)
    client = output_client(api, virtual_name)
    name = client.connect(port, virtual_name, "start an instrument")
    return JackOut(client, name) if api.is_jack else RtMidiOut(client, name)
