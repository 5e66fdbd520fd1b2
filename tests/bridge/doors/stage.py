"""The HTTP door on its own: a real port and real clients; the test is the engine that takes and answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from websockets.sync.client import ClientConnection

from bridge.doors.address import Address
from bridge.doors.http_door import HttpDoor
from bridge.doors.inbox import Inbox, Letter
from bridge.doors.pages import PAGES, Page
from tests.bridge.doors.http_client import Answer, HttpClient, say


class Stage:
    """A door, its inbox, a clock that the test turns, and a client; the test plays the engine."""

    def __init__(self, pages: Mapping[str, Page] = PAGES, patience: float = 10.0) -> None:
        self.time = [100.0]
        self.inbox = Inbox(lambda message, address: self.door.send(message, address))
        self.door = HttpDoor(0, self.inbox, lambda: self.time[0], pages, patience)
        self.http = HttpClient("http://{}:{}".format(*self.door.address))
        self._askers = ThreadPoolExecutor(max_workers=80)

    def ask(self, target: str) -> Future[Answer]:
        """A request that waits for its answer in a thread of its own."""
        return self._askers.submit(self.http.ask, target)

    def next_letter(self, timeout: float = 5.0) -> Letter:
        letter = self.inbox.take(timeout)
        assert letter is not None, "nothing came"
        return letter

    def end(self) -> None:
        self.door.close()
        self._askers.shutdown()


@contextmanager
def on_stage(pages: Mapping[str, Page] = PAGES, patience: float = 10.0) -> Iterator[Stage]:
    stage = Stage(pages, patience)
    try:
        stage.door.start()
        yield stage
    finally:
        stage.end()


def wait_until(seen: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def heard_from(stage: Stage, page: ClientConnection) -> Address:
    """Where the door has a WebSocket, told by a ping of it."""
    say(page, "/mai/ping", 1)
    return stage.next_letter().source


def http_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "http"]


def open_raw_web_socket(stage: Stage) -> socket.socket:
    """A WebSocket whose program never reads."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(stage.door.address)
    raw.sendall(
        b"GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert raw.recv(12) == b"HTTP/1.1 101"
    return raw
