"""Who listens: the clients that said hello, where their answers go and which tracks they want."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bridge.doors.address import HTTP, WEB_SOCKET
from bridge.doors.address import Address as Address

FORGET_AFTER_SECONDS = 15.0
MAX_CLIENTS = 64


class TooManyClients(RuntimeError):
    """There is no room for another client."""


@dataclass(frozen=True, slots=True)
class Client:
    """One client. `source` is where its messages come from, `reply_to` where its answers go."""

    name: str
    source: Address
    reply_to: Address
    last_heard: float  # clock seconds
    tracks: frozenset[int] | None = None  # None: all
    spoke_since_hello: bool = False
    watches: bool = False  # whether it is told what changes for all (/mai/state)

    def wants(self, track: int) -> bool:
        return self.tracks is None or track in self.tracks


class ClientRegistry:
    """The clients by source address. One thread uses it."""

    def __init__(self) -> None:
        self._by_source: dict[Address, Client] = {}

    def __iter__(self) -> Iterator[Client]:
        return iter(tuple(self._by_source.values()))

    def __len__(self) -> int:
        return len(self._by_source)

    def hello(self, name: str, source: Address, reply_port: int, now: float) -> Client:
        """Remember a client. One that says hello again, or from another port for the same answers, replaces itself.

        An HTTP exchange is welcomed and not remembered: it is over with its answer.
        """
        reply_to = (source[0], reply_port or source[1])
        if source[0] == HTTP:
            return Client(name, source, reply_to, now)
        for old in self:
            if old.reply_to == reply_to or old.source == source:
                del self._by_source[old.source]
        if len(self._by_source) >= MAX_CLIENTS:
            raise TooManyClients(f"{MAX_CLIENTS} clients are connected already: close one, or wait 15 s for a dead one")
        client = Client(name, source, reply_to, now)
        self._by_source[source] = client
        return client

    def at(self, source: Address) -> Client | None:
        """The client that said hello from exactly this source."""
        return self._by_source.get(source)

    def find(self, source: Address) -> Client | None:
        """The client that a datagram from `source` comes from, if it said hello.

        A command-line sender (liblo's oscsend) has a new source port for each message, and has announced the port of
        another program (oscdump). A stranger is taken for such a client if it is the only one at its address.
        """
        return self._by_source.get(source) or self._one_shot_sender(source)

    def heard(self, source: Address, now: float) -> None:
        """A datagram came from `source`: its client is alive."""
        client = self.find(source)
        if client is not None:
            spoke = client.spoke_since_hello or client.source == source
            self._by_source[client.source] = replace(client, last_heard=now, spoke_since_hello=spoke)

    def subscribe(self, source: Address, tracks: frozenset[int] | None) -> bool:
        """Narrow what the client at `source` is sent (None: everything); false where there is no such client."""
        client = self.find(source)
        if client is not None:
            self._by_source[client.source] = replace(client, tracks=tracks)
        return client is not None

    def watch(self, source: Address, on: bool) -> bool:
        """Whether the client at `source` is told what changes for all; false where there is no such client."""
        client = self.find(source)
        if client is not None:
            self._by_source[client.source] = replace(client, watches=on)
        return client is not None

    def retrack(self, places: Sequence[int | None]) -> None:
        """Another model counts its tracks otherwise: `places[i]` is the new number of track i, None: it is gone."""
        for client in self:
            if client.tracks is not None:
                moved = frozenset(
                    place for track in client.tracks if track < len(places) and (place := places[track]) is not None
                )
                self._by_source[client.source] = replace(client, tracks=moved)

    def bye(self, source: Address) -> None:
        client = self.find(source)
        if client is not None:
            del self._by_source[client.source]

    def forget_silent(self, now: float) -> list[Client]:
        """Drop the clients not heard for 15 s; returns them.

        A WebSocket's client need not speak: the door asks it for signs of life, and its closing is its bye.
        """
        gone = [
            client
            for client in self
            if now - client.last_heard > FORGET_AFTER_SECONDS and client.source[0] != WEB_SOCKET
        ]
        for client in gone:
            del self._by_source[client.source]
        return gone

    def _one_shot_sender(self, source: Address) -> Client | None:
        candidates = [
            client
            for client in self
            if client.source[0] == source[0] and client.reply_to != client.source and not client.spoke_since_hello
        ]
        return candidates[0] if len(candidates) == 1 else None
