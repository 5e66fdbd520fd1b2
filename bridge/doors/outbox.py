"""Who is sent what: answers to the one who asked, bars also to everyone else who wants the track."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.doors.address import Address
from bridge.doors.clients import ClientRegistry
from bridge.pianoroll import Note
from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage

BROADCAST_ID = -1


class Outbox:
    """Puts messages on the wire through `send`. One thread uses it."""

    def __init__(self, clients: ClientRegistry, send: Callable[[OscMessage, Address], None]) -> None:
        self._clients, self._send = clients, send

    def answer(self, message: OscMessage, source: Address) -> None:
        """To the client at `source`: the port it announced, or the one its datagram came from."""
        client = self._clients.find(source)
        self._send(message, source if client is None else client.reply_to)

    def answer_noise(self, message: OscMessage, source: Address) -> None:
        """The same for what may come from anyone: no guess at who a stranger is. Any thread may call it."""
        client = self._clients.at(source)
        self._send(message, source if client is None else client.reply_to)

    def tell_all(self, message: OscMessage) -> None:
        """To every client that said hello."""
        for client in self._clients:
            self._send(message, client.reply_to)

    def tell_watchers(self, message: OscMessage) -> None:
        """To every client that asked to be told what changes."""
        for client in self._clients:
            if client.watches:
                self._send(message, client.reply_to)

    def bar(
        self,
        request_id: int,
        bar: int,
        start_beat: float,
        notes: Sequence[Sequence[Note]],
        source: Address | None,
        tracks: Sequence[int] | None = None,
    ) -> None:
        """One bar, a list of notes a track: to whoever asked with its id (None: nobody is left), to others with -1.

        Of these `tracks` alone, if not of all.
        """
        asker = None if source is None else self._clients.find(source)
        others = [client for client in self._clients if asker is None or client.source != asker.source]
        for track in range(len(notes)) if tracks is None else tracks:
            track_notes = notes[track]
            receivers = [(BROADCAST_ID, [client.reply_to for client in others if client.wants(track)])]
            if asker is not None and asker.wants(track):
                receivers.insert(0, (request_id, [asker.reply_to]))
            elif asker is None and source is not None:
                receivers.insert(0, (request_id, [source]))
            for receiver_id, addresses in receivers:
                if not addresses:
                    continue
                for message in answers.bars(receiver_id, bar, track, start_beat, track_notes):
                    for address in addresses:
                        self._send(message, address)
