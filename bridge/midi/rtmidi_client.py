"""RtMidi's clients, inputs and outputs alike: made, connected to a port, and let go. RtMidi's errors end here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import rtmidi

from bridge.midi.jack_server import JackServer, foreign_threads
from bridge.midi.midi_apis import MidiApi, Refused, find_port

# RtMidi's own are of several kinds, and only some of them OSErrors; python-rtmidi raises ValueErrors beside them.
_ERRORS = (rtmidi.RtMidiError, OSError, ValueError)

# Clients of dead JACK servers, kept from the garbage collector: closing one may crash the process.
_OF_DEAD_SERVERS: list[Any] = []


class RtMidiClient:
    """One client at one MIDI service. Used by one thread at a time."""

    def __init__(self, client: Any, api: MidiApi, server: JackServer | None) -> None:
        """`client`: RtMidi's. `server`: the JACK server that it was made at; None: it is no client of JACK."""
        self._client, self._api, self._server = client, api, server

    @property
    def server_is_gone(self) -> bool:
        """Whether the JACK server that it was made at has ended."""
        return self._server is not None and self._server.is_gone()

    def port_names(self) -> list[str]:
        """The ports that it could be connected to. Raises OSError."""
        try:
            names: list[str] = self._client.get_ports()
        except _ERRORS as error:
            raise OSError(str(error)) from error
        return names

    def connect(self, port: str | None, virtual_name: str, start: str) -> str:
        """Opens a virtual port of that name, or with `port` the first one whose name contains it; returns its name.

        `start`: what could be started for there to be a port. Raises Refused, and is closed then.
        """
        try:
            if port is None:
                self._client.open_virtual_port(virtual_name)
                return virtual_name
            names: list[str] = self._client.get_ports()
            found = find_port(port, names)
            if found is not None:
                self._client.open_port(names.index(found), virtual_name)
                return found
        except _ERRORS as error:  # also of a port that vanished just now
            self.close()
            raise Refused(f"failed ({error})", self._api.remedy) from error
        self.close()
        if names:
            raise Refused(f"has only {', '.join(map(repr, names))}", "choose one of these")
        raise Refused("has no ports", f"connect a device or {start}")

    def send(self, message: Sequence[int]) -> None:
        """Sends the bytes of a MIDI message. Raises OSError."""
        try:
            self._client.send_message(message)
        except _ERRORS as error:
            raise OSError(str(error)) from error

    def take(self) -> tuple[Sequence[int], float] | None:
        """A message that came in, its bytes, and the seconds since the one before; None: there is none."""
        came: tuple[Sequence[int], float] | None = self._client.get_message()
        return came

    def hear_everything(self) -> None:
        """Let all messages come in: RtMidi would leave out timing, and lose time with active sensing."""
        self._client.ignore_types(sysex=False, timing=False, active_sense=False)

    def close(self) -> None:
        """Lets the port and the client go; a dead JACK server's client is kept, and nothing is asked of it."""
        if self.server_is_gone:
            _OF_DEAD_SERVERS.append(self._client)
            return
        self._client.close_port()
        self._client.delete()


def output_client(api: MidiApi, name: str | None) -> RtMidiClient:
    """A new client for an output. Raises Refused."""
    return _made(rtmidi.MidiOut, api, name)


def input_client(api: MidiApi, name: str | None) -> RtMidiClient:
    """A new client for an input. Raises Refused."""
    return _made(rtmidi.MidiIn, api, name)


def _made(direction: Any, api: MidiApi, name: str | None) -> RtMidiClient:
    threads_before = foreign_threads()
    try:
        client = direction(api.rtmidi_api, name=name)
    except _ERRORS as error:
        # "MidiOutJack::initialize: JACK server not running?"
        raise Refused(f"does not answer ({str(error).split(': ')[-1].rstrip('.')})", api.remedy) from error
    return RtMidiClient(client, api, JackServer(threads_before) if api.is_jack else None)
