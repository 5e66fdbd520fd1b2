"""From datagrams to requests that wait for the engine.

The OSC thread calls receive; the engine's thread calls take. Nothing here blocks the OSC thread.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass

from bridge.doors.clients import Address
from bridge.protocol import answers
from bridge.protocol.osc_packet import MalformedDatagram, OscMessage, parse_datagram
from bridge.protocol.requests import Morph, Request, RequestRefused, read_request

CAPACITY = 1000
MALFORMED_ANSWER_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A request as it came: from where, when (clock seconds), and under which OSC address."""

    request: Request | RequestRefused
    address: str
    source: Address
    received: float


class Inbox:
    """A bounded queue of requests, in the order they came.

    `answer` sends a message to whoever is at a source, wherever it listens (Outbox.answer_noise).
    """

    def __init__(self, answer: Callable[[OscMessage, Address], None]) -> None:
        self._answer = answer
        self._letters: queue.SimpleQueue[Letter | None] = queue.SimpleQueue()
        self._newest_morph: Request | None = None
        self._malformed_answered_at = -MALFORMED_ANSWER_EVERY_SECONDS
        self.malformed = 0
        self.refused_for_room = 0

    def receive(self, datagram: bytes, source: Address, now: float) -> None:
        """Read a datagram and queue what it asks for. Never raises: bad input is counted and answered."""
        try:
            messages = parse_datagram(datagram)
        except MalformedDatagram as problem:
            self.malformed += 1
            if now - self._malformed_answered_at >= MALFORMED_ANSWER_EVERY_SECONDS:
                self._malformed_answered_at = now
                self._answer(answers.error(-1, "", "malformed", str(problem)), source)
            return
        for message in messages:
            self._queue(message, source, now)

    def take(self, timeout: float) -> Letter | None:
        """The next request; None after `timeout` seconds or when wake was called."""
        try:
            return self._letters.get(timeout=timeout)
        except queue.Empty:
            return None

    def wake(self) -> None:
        """Let a waiting take return."""
        self._letters.put(None)

    def is_stale(self, letter: Letter) -> bool:
        """A morph that a newer one has overtaken while it waited."""
        return isinstance(letter.request, Morph) and letter.request is not self._newest_morph

    def _queue(self, message: OscMessage, source: Address, now: float) -> None:
        request: Request | RequestRefused
        try:
            request = read_request(message)
        except RequestRefused as refusal:
            request = refusal
        if self._letters.qsize() >= CAPACITY:
            self.refused_for_room += 1
            request_id = request.request_id if isinstance(request, RequestRefused) else request.id
            text = f"{CAPACITY} requests are waiting already: send fewer, or wait for answers"
            self._answer(answers.error(request_id, message.address, "busy", text), source)
            return
        if isinstance(request, Morph):
            self._newest_morph = request
        self._letters.put(Letter(request, message.address, source, now))
