"""A MIDI input port: a virtual port of our own, or one that exists; what comes in is handed on with its time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

import rtmidi

from bridge.clock import Now
from bridge.clock import now as clock_now
from bridge.midi import midi_ports
from bridge.midi.midi_ports import APIS, MidiApi, NoMidi

log = logging.getLogger(__name__)

# What takes a message: (its bytes, the clock second at which it came in). Called by the port's own thread.
Hear = Callable[[Sequence[int], float], None]

_POLL_SECONDS = 0.002
_DRIFT = 2e-4  # share by which the driver's clock may be slower than ours


class ArrivalTime:
    """From the driver's time stamps to clock seconds.

    RtMidi tells how long after the previous message one came in, as the driver saw it. The thread that fetches messages
    sees them later, by as much as the interpreter and the machine are busy; so the message that was fetched the soonest
    after it came says how the two clocks lie to each other.
    """

    def __init__(self) -> None:
        self._driver = 0.0  # seconds since the first message
        self._offset: float | None = None

    def of(self, since_previous: float, fetched: float) -> float:
        """When a message came in, in clock seconds, that was fetched at `fetched`; never after it."""
        self._driver += since_previous
        offset = fetched - self._driver
        if self._offset is not None:
            offset = min(offset, self._offset + _DRIFT * since_previous)
        self._offset = offset
        return self._driver + offset


class MidiIn:
    """An open input port and the thread that reads it.

    The thread looks for messages every two milliseconds. RtMidi could call us back instead, but for JACK it does so
    from the server's real-time thread, which would then wait for Python's interpreter, and all audio with it.
    """

    def __init__(self, client: rtmidi.MidiIn, name: str, hear: Hear, now: Now = clock_now) -> None:
        self.name = name
        self._client, self._hear, self._now = client, hear, now
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="midi in", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nothing is handed on after this. Must not be called by `hear`. A second close does nothing."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        self._close_client()

    def _close_client(self) -> None:
        self._client.close_port()
        self._client.delete()

    def _run(self) -> None:
        arrival = ArrivalTime()
        while not self._closing.is_set():
            time.sleep(_POLL_SECONDS)  # finer than a timed wait in Windows
            while not self._closing.is_set() and (came := self._client.get_message()) is not None:
                message, since_previous = came
                try:
                    self._hear(message, arrival.of(since_previous, self._now()))
                except Exception:  # the clock goes on with the next message
                    log.exception("MIDI message %s failed", message)


class JackIn(MidiIn):
    """A JACK port. Closing the client of a dead server may crash the process; so it is kept as it is."""

    def __init__(self, client: rtmidi.MidiIn, name: str, hear: Hear, libjack_threads: frozenset[int]) -> None:
        self._libjack_threads = libjack_threads
        super().__init__(client, name, hear)

    def _close_client(self) -> None:
        if self._libjack_threads <= midi_ports._foreign_threads():
            super()._close_client()
        else:
            midi_ports._CLIENTS_OF_DEAD_SERVERS.append(self._client)


def open_midi_in(api: str, port: str | None, virtual_name: str, hear: Hear) -> MidiIn:
    """Opens a MIDI input through `api` (one of APIS, or "auto": the system's own) and hands its messages to `hear`.

    Without `port`, a virtual port called `virtual_name` that other programs can connect to; with it, the first port
    whose name contains it, in either case. Timing messages come through, and all others. Raises NoMidi.
    """
    asked = f"a virtual MIDI input {virtual_name!r}" if port is None else f"a MIDI input with {port!r} in its name"
    found: list[str] = []
    remedies: list[str] = []
    for name in midi_ports._candidates(api):
        try:
            with midi_ports._quiet_stderr():
                return _open(APIS[name], port, virtual_name, hear)
        except midi_ports._Refused as refusal:
            found.append(f"{name} {refusal.found}")
            remedies.append(refusal.remedy)
    raise NoMidi(
        f"cannot open {asked} through {api}: {'; '.join(found)}; "
        f"{' or '.join(remedies)}, or set clock to transport, link or internal"
    )


def _open(api: MidiApi, port: str | None, virtual_name: str, hear: Hear) -> MidiIn:
    if port is None and not api.virtual_ports:
        raise midi_ports._Refused("has no virtual ports", api.remedy)
    threads_before = midi_ports._foreign_threads()
    try:
        client = rtmidi.MidiIn(api.rtmidi_api, name=virtual_name)
    except OSError as error:
        raise midi_ports._Refused(f"does not answer ({str(error).split(': ')[-1].rstrip('.')})", api.remedy) from error
    try:
        # Timing and sensing come through: RtMidi would leave out the first, and lose time with the second.
        client.ignore_types(sysex=False, timing=False, active_sense=False)
        name = _connect(client, port, virtual_name)
    except OSError as error:
        client.delete()
        raise midi_ports._Refused(f"failed ({error})", api.remedy) from error
    except midi_ports._Refused:
        client.delete()
        raise
    if api.rtmidi_api == rtmidi.API_UNIX_JACK:
        return JackIn(client, name, hear, midi_ports._foreign_threads() - threads_before)
    return MidiIn(client, name, hear)


def _connect(client: rtmidi.MidiIn, port: str | None, virtual_name: str) -> str:
    """Opens the virtual port, or the one with `port` in its name; returns its name."""
    if port is None:
        client.open_virtual_port(virtual_name)
        return virtual_name
    ports: list[str] = client.get_ports()
    matches = [index for index, one in enumerate(ports) if port.casefold() in one.casefold()]
    if not matches:
        listed = f"has only {', '.join(map(repr, ports))}" if ports else "has no ports"
        raise midi_ports._Refused(listed, "choose one of these" if ports else "connect a device or start the sender")
    client.open_port(matches[0], virtual_name)
    return ports[matches[0]]
