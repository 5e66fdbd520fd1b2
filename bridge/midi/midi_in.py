"""A MIDI input port: a virtual port of our own, or one that exists; what comes in is handed on with its time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from bridge.clock import Now
from bridge.clock import now as clock_now
from bridge.midi.midi_apis import MidiApi, Refused, first_opened
from bridge.midi.rtmidi_client import input_client

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


class Receiver(Protocol):
    """Where messages wait (bridge.midi.rtmidi_client.RtMidiClient)."""

    def take(self) -> tuple[Sequence[int], float] | None:
        """The next message, its bytes, and the seconds since the one before; None: there is none."""
        ...

    def close(self) -> None: ...


class MidiIn:
    """An open input port and the thread that reads it.

    The thread looks for messages every two milliseconds. RtMidi could call us back instead, but for JACK it does so
    from the server's real-time thread, which would then wait for Python's interpreter, and all audio with it.
    """

    def __init__(self, client: Receiver, name: str, hear: Hear, now: Now = clock_now) -> None:
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
        self._client.close()

    def _run(self) -> None:
        arrival = ArrivalTime()
        while not self._closing.is_set():
            time.sleep(_POLL_SECONDS)  # finer than a timed wait in Windows
            while not self._closing.is_set() and (came := self._client.take()) is not None:
                message, since_previous = came
                try:
                    self._hear(message, arrival.of(since_previous, self._now()))
                except Exception:  # the clock goes on with the next message
                    log.exception("MIDI message %s failed", message)


def open_midi_in(api: str, port: str | None, virtual_name: str, hear: Hear) -> MidiIn:
    """Opens a MIDI input through `api` (one of APIS, or "auto": the system's own) and hands its messages to `hear`.

    Without `port`, a virtual port called `virtual_name` that other programs can connect to; with it, the first port
    whose name contains it, in either case. Timing messages come through, and all others. Raises NoMidi.
    """
    asked = f"a virtual MIDI input {virtual_name!r}" if port is None else f"a MIDI input with {port!r} in its name"
    otherwise = "set clock to transport, link or internal"
    return first_opened(api, lambda one: _open(one, port, virtual_name, hear), asked, otherwise)


def _open(api: MidiApi, port: str | None, virtual_name: str, hear: Hear) -> MidiIn:
    if port is None and not api.virtual_ports:
        raise Refused("has no virtual ports", api.remedy)
    client = input_client(api, virtual_name)
    client.hear_everything()
    return MidiIn(client, client.connect(port, virtual_name, "start the sender"), hear)
