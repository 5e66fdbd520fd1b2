"""Many clients in one process, each with a socket of its own, that ask at a steady rate whether they are answered or
not."""

from __future__ import annotations

import selectors
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.load_mix import requests
from bridge.clock import now
from bridge.doors.address import Address
from bridge.protocol.osc_packet import OscMessage, build_message, parse_datagram
from bridge.protocol.requests import closes, closing_answer

_RECEIVE_BYTES = 1 << 20
_BARS = b"/mai/bar\0"  # by far the most that comes: counted and not read
_CHANGES = b"/mai/changed\0"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for its closing answer, and when it was sent (clock seconds)."""

    message: OscMessage
    at: float


@dataclass(slots=True)
class LoadClient:
    """One of the crowd, and what became of its requests."""

    name: str
    socket: socket.socket
    wanted: Iterator[tuple[str, tuple[int | float | str, ...]]]
    sent: int = 0
    done: int = 0
    unsent: int = 0  # that the system did not take
    told: int = 0  # bars and settings, of its own requests and of others'
    refused: Counter[str] = field(default_factory=Counter)  # by the protocol's code
    seconds: dict[str, list[float]] = field(default_factory=dict)  # from request to closing answer, by address
    waiting: dict[int, Asked] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    @property
    def answered(self) -> int:
        """Requests that were closed, one way or another."""
        return self.done + self.refused.total()

    def ask(self, address: str | None = None, *arguments: int | float | str) -> None:
        """Sends a request: the next of its own, or a given one."""
        if address is None:
            address, arguments = next(self.wanted)
        self.sent += 1
        message = OscMessage(address, (self.sent, *arguments))
        self.waiting[self.sent] = Asked(message, now())
        try:
            self.socket.send(build_message(message.address, message.arguments))
        except OSError:
            self.unsent += 1
            del self.waiting[self.sent]

    def hear(self) -> None:
        """Takes in all that has come."""
        while True:
            try:
                datagram = self.socket.recv(65535)
            except BlockingIOError:
                return
            except ConnectionRefusedError:  # nobody listens: its requests stay unanswered
                return
            if datagram.startswith((_BARS, _CHANGES)):
                self.told += 1
                continue
            for answer in parse_datagram(datagram):
                self._take(answer)

    def _take(self, answer: OscMessage) -> None:
        number = answer.arguments[0]
        asked = self.waiting.get(number) if isinstance(number, int) else None
        if asked is None or not closes(answer, closing_answer(asked.message)):
            return
        del self.waiting[number]  # type: ignore[arg-type]  # an int: it was found
        if answer.address == "/mai/error":
            self.refused[str(answer.arguments[2])] += 1
        else:
            self.done += 1
        self.seconds.setdefault(asked.message.address, []).append(now() - asked.at)


class Crowd:
    """The clients, each with a hello on its way. Close it at the end."""

    def __init__(self, bridge: Address, count: int, seed: int) -> None:
        self._sockets, self._selector = ExitStack(), selectors.DefaultSelector()
        self.clients: Sequence[LoadClient] = [self._client(bridge, number, seed) for number in range(count)]
        for client in self.clients:
            client.ask("/mai/hello", client.name, 0)
            self.listen_until(now() + 0.01)

    def run(self, seconds: float, rate: float) -> Iterator[float]:
        """Asks `rate` times a second in all, one client after the other; tells the seconds since the begin.

        What could not be sent in time is sent at once: the rate holds whatever the bridge does.
        """
        begin, number, count = now(), 0, round(seconds * rate)
        while number < count:
            due = min(count, int((now() - begin) * rate) + 1)
            for number in range(number, due):  # noqa: B020 - it goes on from where it was
                self.clients[number % len(self.clients)].ask()
            number = due
            self.listen_until(begin + number / rate)
            yield now() - begin

    def settle(self, seconds: float) -> None:
        """Asks for nothing more and listens, until all is answered or so many seconds are over."""
        end = now() + seconds
        while now() < end and any(client.waiting for client in self.clients):
            self.listen_until(min(end, now() + 0.05))

    def listen_until(self, end: float) -> None:
        """Takes in what comes until then; at least what is there."""
        while True:
            for key, _ in self._selector.select(max(0.0, end - now())):
                client: LoadClient = key.data
                client.hear()
            if now() >= end:
                return

    def close(self) -> None:
        self._selector.close()
        self._sockets.close()

    def _client(self, bridge: Address, number: int, seed: int) -> LoadClient:
        own = self._sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        own.connect(bridge)
        own.setblocking(False)
        name = f"client {number}"
        client = LoadClient(name, own, requests(name, seed))
        self._selector.register(own, selectors.EVENT_READ, client)
        return client
