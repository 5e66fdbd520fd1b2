"""From what comes through the doors to requests that wait for the engine.

The OSC thread calls receive, the HTTP door's thread receive_message and leave, the engine's thread take. Nothing here
blocks a door.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from bridge.clock import Now
from bridge.doors.address import Address
from bridge.protocol import answers
from bridge.protocol.osc_packet import MalformedDatagram, OscMessage, parse_datagram
from bridge.protocol.requests import (
    Bye,
    Generate,
    Hello,
    Morph,
    Panic,
    Request,
    RequestRefused,
    StreamStop,
    Transport,
    read_request,
)

CAPACITY = 1000
REMEMBERED = 100
# Among so many that wait, who asked longer ago than this has given up or asked again: a flood makes answers no slower.
CROWD, PATIENCE_SECONDS = 100, 3.0
NEVER_TOO_LATE = (Hello, Bye, Panic, StreamStop, Transport)
MALFORMED_ANSWER_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A request as it came: from where, when (clock seconds), and under which OSC address."""

    request: Request | RequestRefused
    address: str
    source: Address
    received: float
    read: float  # when it was understood and began to wait, in clock seconds


class Inbox:
    """A bounded queue of requests, in the order they came.

    `answer` sends a message to whoever is at a source, wherever it listens (Outbox.answer_noise). `stopwatch`: the
    clock, for what reading itself takes; without one it takes no time.
    """

    def __init__(self, answer: Callable[[OscMessage, Address], None], stopwatch: Now | None = None) -> None:
        self._answer, self._stopwatch = answer, stopwatch
        self._letters: queue.SimpleQueue[Letter | None] = queue.SimpleQueue()
        self._newest_morph: Request | None = None
        self._presses: deque[Request] = deque()  # those that wait; two doors may queue them at once
        self.at_press: Callable[[], None] = lambda: None  # called by the thread that reads a /mai/generate
        self._malformed_answered_at = -MALFORMED_ANSWER_EVERY_SECONDS
        self._counting = threading.Lock()
        self.recent: deque[Letter] = deque(maxlen=REMEMBERED)  # for a crash report
        self.malformed = 0
        self.refused_for_room = 0

    def receive(self, datagram: bytes, source: Address, now: float) -> None:
        """Read a datagram and queue what it asks for. Never raises: bad input is counted and answered."""
        try:
            messages = parse_datagram(datagram)
        except MalformedDatagram as problem:
            self.count_malformed()
            if now - self._malformed_answered_at >= MALFORMED_ANSWER_EVERY_SECONDS:
                self._malformed_answered_at = now
                self._answer(answers.error(-1, "", "malformed", str(problem)), source)
            return
        for message in messages:
            self._queue(_read(message), message.address, source, now)

    def receive_message(self, message: OscMessage, source: Address, now: float) -> None:
        """Queue what a message of the HTTP door asks for. Never raises."""
        request = _read(message)
        if isinstance(request, Hello):  # a UDP port means nothing here: answers go where the message came from
            request = replace(request, reply_port=0)
        self._queue(request, message.address, source, now)

    def leave(self, source: Address, now: float) -> None:
        """Whoever was at `source` is gone: the engine takes that for a /mai/bye. Finds room however many wait."""
        self._letters.put(Letter(Bye(-1), "/mai/bye", source, now, now))

    def count_malformed(self) -> None:
        """Something came that is no message; whoever read it answers."""
        with self._counting:
            self.malformed += 1

    def take(self, timeout: float) -> Letter | None:
        """The next request; None after `timeout` seconds or when wake was called."""
        try:
            letter = self._letters.get(timeout=timeout)
        except queue.Empty:
            return None
        if letter is not None and isinstance(letter.request, Generate):
            self._presses.popleft()
        return letter

    @property
    def press_waits(self) -> bool:
        """Whether a /mai/generate waits to be taken."""
        return bool(self._presses)

    def wake(self) -> None:
        """Let a waiting take return."""
        self._letters.put(None)

    def why_not(self, letter: Letter, now: float) -> str | None:
        """Why a letter is answered `busy` after it waited; None: it is carried out."""
        if isinstance(letter.request, Morph) and letter.request is not self._newest_morph:
            return "a newer morph has overtaken this one"
        waited = now - letter.received
        if waited <= PATIENCE_SECONDS or self._letters.qsize() < CROWD or isinstance(letter.request, NEVER_TOO_LATE):
            return None
        return f"this has waited for {waited:.1f} s behind many others: send fewer, or wait for answers"

    def _queue(self, request: Request | RequestRefused, address: str, source: Address, now: float) -> None:
        if self._letters.qsize() >= CAPACITY:
            with self._counting:
                self.refused_for_room += 1
            request_id = request.request_id if isinstance(request, RequestRefused) else request.id
            text = f"{CAPACITY} requests are waiting already: send fewer, or wait for answers"
            self._answer(answers.error(request_id, address, "busy", text), source)
            return
        if isinstance(request, Morph):
            self._newest_morph = request
        elif isinstance(request, Generate):
            self._presses.append(request)
            self.at_press()
        read = now if self._stopwatch is None else self._stopwatch()
        letter = Letter(request, address, source, now, read)
        self.recent.append(letter)
        self._letters.put(letter)


def _read(message: OscMessage) -> Request | RequestRefused:
    try:
        return read_request(message)
    except RequestRefused as refusal:
        return refusal
