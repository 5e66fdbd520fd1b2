"""MIDI output ports: a virtual port of our own, a port that exists, or none. RtMidi's errors end at this border."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import mido
import rtmidi


class NoMidi(OSError):
    """No port could be opened; the message is one sentence: what was asked, what was found, what to do."""


class MidiOut(Protocol):
    """A MIDI output. Used by one thread at a time; `send` raises OSError when the port is gone."""

    name: str

    def send(self, message: mido.Message) -> None: ...

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

    def send(self, message: mido.Message) -> None:
        """Sends at once. Raises OSError when the port is gone."""
        self._client.send_message(message.bytes())  # RtMidiError is an OSError

    def close(self) -> None:
        self._client.close_port()
        self._client.delete()


class JackOut(RtMidiOut):
    """A JACK port. Guards against three habits of RtMidi's JACK client.

    When the server dies, sending only fills a buffer, and a full buffer is waited on for ever, with Python's
    interpreter lock held: the whole process would freeze. The server's death ends one of the threads that libjack
    started in this process, so a look at them every so often tells in time. A client that closes with messages still
    in the buffer loses them, or hangs until the server's client timeout; so closing waits for the buffer. And closing
    the client of a dead server may crash the process; so it is kept as it is.
    """

    def __init__(self, client: rtmidi.MidiOut, name: str, libjack_threads: frozenset[int]) -> None:
        super().__init__(client, name)
        self._libjack_threads = libjack_threads
        self._unchecked = 0
        self._server_is_gone = False

    def send(self, message: mido.Message) -> None:
        self._unchecked += 1
        if self._unchecked >= _JACK_CHECK_EVERY:
            self._unchecked = 0
            self._check_server()
        if self._server_is_gone:
            raise OSError(f"the JACK server of MIDI port {self.name!r} is gone: start it and open the port again")
        super().send(message)

    def close(self) -> None:
        time.sleep(_JACK_DRAIN_SECONDS)
        self._check_server()
        if self._server_is_gone:
            _CLIENTS_OF_DEAD_SERVERS.append(self._client)
        else:
            super().close()

    def _check_server(self) -> None:
        self._server_is_gone = self._server_is_gone or not self._libjack_threads <= _foreign_threads()


_CLIENTS_OF_DEAD_SERVERS: list[rtmidi.MidiOut] = []  # kept from the garbage collector, which would close them


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


def list_ports(api: str) -> list[str]:
    """The names of the output ports there are, through one api or, with "auto", through all that answer.

    Raises NoMidi when none answers.
    """
    if api == "none":
        return []
    ports: list[str] = []
    silent: list[str] = []
    candidates = _candidates(api)
    for name in candidates:
        try:
            with _quiet_stderr():
                client = _client(APIS[name], None)
                ports += client.get_ports()
                client.delete()
        except _Refused as refusal:
            silent.append(f"{name} {refusal.found}; {refusal.remedy}")
    if len(silent) == len(candidates):
        raise NoMidi(f"cannot list the MIDI ports of {api}: {', or '.join(silent)}")
    return ports


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
    threads_before = _foreign_threads()
    client = _client(api, virtual_name)
    try:
        name = virtual_name
        if port is None:
            client.open_virtual_port(virtual_name)
        else:
            ports = client.get_ports()
            matches = [index for index, one in enumerate(ports) if port.casefold() in one.casefold()]
            if not matches:
                listed = f"has only {', '.join(map(repr, ports))}" if ports else "has no ports"
                raise _Refused(listed, "choose one of these" if ports else "connect a device or start an instrument")
            name = ports[matches[0]]
            client.open_port(matches[0], virtual_name)
    except OSError as error:
        client.delete()
        raise _Refused(f"failed ({error})", api.remedy) from error
    except _Refused:
        client.delete()
        raise
    if api.rtmidi_api == rtmidi.API_UNIX_JACK:
        return JackOut(client, name, _foreign_threads() - threads_before)
    return RtMidiOut(client, name)


def _foreign_threads() -> frozenset[int]:
    """The process's threads that Python did not start; none where the system does not list them (Linux does)."""
    with suppress(OSError):
        tasks = frozenset(int(task.name) for task in Path("/proc/self/task").iterdir())
        return tasks - {thread.native_id for thread in threading.enumerate()}
    return frozenset()


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
