"""MIDI output ports: a virtual port of our own, a port that exists, or none. RtMidi's errors end at this border."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeAlias

import mido
import rtmidi

from bridge.midi.jack_server import CLIENTS_OF_DEAD_SERVERS, JackServer, foreign_threads

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


class NoMidi(OSError):
    """No port could be opened; the message is one sentence: what was asked, what was found, what to do."""


class MidiOut(Protocol):
    """A MIDI output. Used by one thread at a time; `send` raises OSError when the port is gone."""

    @property
    def name(self) -> str: ...

    def send(self, message: MidiMessage) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class MidiApi:
    """One of the system's MIDI services, as RtMidi calls it, and how it differs from the others."""

    rtmidi_api: int
    virtual_ports: bool
    remedy: str  # what to do when the service does not answer or has no port to offer


# In the order in which "auto" tries them; a system has those that its python-rtmidi was built with.
APIS: dict[str, MidiApi] = {
    "coremidi": MidiApi(rtmidi.API_MACOSX_CORE, True, "look into Audio MIDI Setup"),
    "winmm": MidiApi(
        rtmidi.API_WINDOWS_MM,
        False,
        "install loopMIDI, add a port there and give the port's name",
    ),
    "alsa": MidiApi(rtmidi.API_LINUX_ALSA, True, "load the ALSA sequencer (modprobe snd-seq)"),
    "jack": MidiApi(rtmidi.API_UNIX_JACK, True, "start a JACK server"),
}
API_NAMES = ("auto", *APIS, "none")

_JACK_DRAIN_SECONDS = 0.25  # five periods of 2048 frames at 44.1 kHz: a busy server misses some
_JACK_CHECK_EVERY = 256  # messages; JACK's buffer in RtMidi holds 2340 = 16384 / 7 bytes


class RtMidiOut:
    """A port of ALSA, CoreMIDI or WinMM."""

    def __init__(self, client: rtmidi.MidiOut, name: str) -> None:
        self.name = name
        self._client = client

    def send(self, message: MidiMessage) -> None:
        """Sends at once. Raises OSError when the port is gone."""
        try:
            self._client.send_message(message.bytes())
        except (rtmidi.RtMidiError, ValueError) as error:  # some of these are OSErrors
            raise OSError(f"MIDI port {self.name!r} refuses messages: {error}") from error

    def close(self) -> None:
        self._client.close_port()
        self._client.delete()


class JackOut(RtMidiOut):
    """A JACK port. Guards against three habits of RtMidi's JACK client.

    When the server dies, sending only fills a buffer, and a full buffer is waited on for ever, with Python's
    interpreter lock held: the whole process would freeze. So the server is looked at every so often, before the buffer
    can be full. A client that closes with messages still in the buffer loses them, or hangs until the server's client
    timeout; so closing waits for the buffer. And closing the client of a dead server may crash the process; so it is
    kept as it is.
    """

    def __init__(self, client: rtmidi.MidiOut, name: str, server: JackServer) -> None:
        super().__init__(client, name)
        self._server = server
        self._unchecked = 0
        self._server_is_gone = False

    def send(self, message: MidiMessage) -> None:
        self._unchecked += 1
        if self._unchecked >= _JACK_CHECK_EVERY:
            self._unchecked = 0
            self._server_is_gone = self._server.is_gone()
        if self._server_is_gone:
            raise OSError(f"the JACK server of MIDI port {self.name!r} is gone: start it and open the port again")
        super().send(message)

    def close(self) -> None:
        time.sleep(_JACK_DRAIN_SECONDS)
        if self._server.is_gone():
            CLIENTS_OF_DEAD_SERVERS.append(self._client)
        else:
            super().close()


# By the names under which midi_in knows them.
_foreign_threads = foreign_threads
_CLIENTS_OF_DEAD_SERVERS = CLIENTS_OF_DEAD_SERVERS


def open_midi_out(api: str, port: str | None, virtual_name: str) -> MidiOut:
    """Opens a MIDI output through `api` (one of APIS, or "auto": the system's own).

    Without `port`, a virtual port called `virtual_name` that other programs can connect to; with it, the first port
    whose name contains it, in either case. Raises NoMidi.
    """
    asked = f"a virtual MIDI port {virtual_name!r}" if port is None else f"a MIDI port with {port!r} in its name"
    found: list[str] = []
    remedies: list[str] = []
    for name in _candidates(api):
        try:
            with _quiet_stderr():
                return _open(APIS[name], port, virtual_name)
        except _Refused as refusal:
            found.append(f"{name} {refusal.found}")
            remedies.append(refusal.remedy)
    raise NoMidi(
        f"cannot open {asked} through {api}: {'; '.join(found)}; "
        f"{' or '.join(remedies)}, or choose MIDI api 'none' to play over OSC alone"
    )


def find_port(part: str, names: Iterable[str]) -> str | None:
    """The first of the names that contains `part`, in either case."""
    return next((name for name in names if part.casefold() in name.casefold()), None)


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
        self._candidates = [] if api == "none" else _candidates(api)
        self._clients: dict[str, tuple[rtmidi.MidiOut, JackServer | None]] = {}

    def names(self) -> list[str]:
        """The ports' names now. Raises NoMidi when no api answers."""
        for name, (client, server) in list(self._clients.items()):
            if server is not None and server.is_gone():
                CLIENTS_OF_DEAD_SERVERS.append(client)
                del self._clients[name]
        if not self._clients and self._candidates:
            self._connect()
        try:
            return [port for client, _ in self._clients.values() for port in client.get_ports()]
        except rtmidi.RtMidiError as error:
            raise NoMidi(f"cannot list the MIDI ports of {self._api}: {error}") from error

    def close(self) -> None:
        """Lets the clients go."""
        for client, server in self._clients.values():
            if server is not None and server.is_gone():
                CLIENTS_OF_DEAD_SERVERS.append(client)
            else:
                client.delete()
        self._clients = {}

    def _connect(self) -> None:
        silent: list[str] = []
        for name in self._candidates:
            api, threads_before = APIS[name], foreign_threads()
            try:
                with _quiet_stderr():
                    client = _client(api, None)
            except _Refused as refusal:
                silent.append(f"{name} {refusal.found}; {refusal.remedy}")
            else:
                is_jack = api.rtmidi_api == rtmidi.API_UNIX_JACK
                self._clients[name] = (client, JackServer(threads_before) if is_jack else None)
        if not self._clients:
            raise NoMidi(f"cannot list the MIDI ports of {self._api}: {', or '.join(silent)}")


class _Refused(Exception):
    """One api could not serve: what was found there, and the remedy."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


def _candidates(api: str) -> list[str]:
    compiled = rtmidi.get_compiled_api()
    here = [name for name, details in APIS.items() if details.rtmidi_api in compiled]
    if api == "auto" and here:
        return here
    # RtMidi would silently take another api for one that it was not built with.
    if api not in here:
        raise NoMidi(
            f"there is no MIDI api {api!r} on this system, which has {', '.join(here) or 'none at all'}: "
            f"choose one of {', '.join(name for name in API_NAMES if name not in APIS or name in here)}"
        )
    return [api]


def _client(api: MidiApi, name: str | None) -> rtmidi.MidiOut:
    try:
        return rtmidi.MidiOut(api.rtmidi_api, name=name)
    except OSError as error:
        # "MidiOutJack::initialize: JACK server not running?"
        raise _Refused(f"does not answer ({str(error).split(': ')[-1].rstrip('.')})", api.remedy) from error


def _open(api: MidiApi, port: str | None, virtual_name: str) -> MidiOut:
    if port is None and not api.virtual_ports:
        raise _Refused("has no virtual ports", api.remedy)
    threads_before = foreign_threads()
    client = _client(api, virtual_name)
    try:
        name = virtual_name
        if port is None:
            client.open_virtual_port(virtual_name)
        else:
            ports = client.get_ports()
            found = find_port(port, ports)
            if found is None:
                listed = f"has only {', '.join(map(repr, ports))}" if ports else "has no ports"
                raise _Refused(listed, "choose one of these" if ports else "connect a device or start an instrument")
            name = found
            client.open_port(ports.index(found), virtual_name)
    except OSError as error:
        client.delete()
        raise _Refused(f"failed ({error})", api.remedy) from error
    except _Refused:
        client.delete()
        raise
    if api.rtmidi_api == rtmidi.API_UNIX_JACK:
        return JackOut(client, name, JackServer(threads_before))
    return RtMidiOut(client, name)


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Sends the process's stderr to nowhere: libasound and libjack print there, past Python, before RtMidi raises."""
    try:
        kept = os.dup(2)
    except OSError:  # a program without a terminal may have no stderr
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
