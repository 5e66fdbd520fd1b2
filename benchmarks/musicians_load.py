"""What keeps a bridge busy while something else is measured: a stream, a client that morphs, others that look on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from bridge.clock import now
from bridge.doors.address import Address
from bridge.doors.client import BridgeClient, NoAnswer
from tests.peers.morphing import Morpher

_PING_SECONDS = 5.0


class InBackground:
    """Does something again and again in a thread, until it is left."""

    def __init__(self, again: Callable[[], None]) -> None:
        self.times = 0
        self._again = again
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> InBackground:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with suppress(NoAnswer, OSError, WebSocketException):  # the bridge is gone
            while not self._stopping.is_set():
                self._again()
                self.times += 1


@contextmanager
def status_flood(bridge: Address) -> Iterator[InBackground]:
    """A client that asks for the status as soon as it has been answered."""
    with BridgeClient(bridge) as client, InBackground(lambda: _ask_status(client)) as flood:
        yield flood


@contextmanager
def open_page(http_port: int) -> Iterator[InBackground]:
    """A page that listens to everything."""
    with connect(f"ws://127.0.0.1:{http_port}/v1/ws") as page:
        page.send(json.dumps(["/mai/hello", 1, "page", 0]))

        def hear() -> None:
            with suppress(TimeoutError):
                page.recv(timeout=0.2)

        with InBackground(hear) as hearing:
            yield hearing


@contextmanager
def stream(bridge: Address) -> Iterator[InBackground]:
    """A client that has started a stream, and hears it."""
    with BridgeClient(bridge) as client:
        client.request("/mai/hello", "listener", 0)
        client.request("/mai/stream/start")

        def hear() -> None:
            for _ in client.receive(0.2):
                if now() > pinged[0] + _PING_SECONDS:
                    break
            if now() > pinged[0] + _PING_SECONDS:  # or else it is forgotten
                client.send("/mai/ping", 0)
                pinged[0] = now()

        pinged = [now()]
        with InBackground(hear) as hearing:
            yield hearing
        client.request("/mai/stream/stop")
        client.request("/mai/bye")


@contextmanager
def evening(bridge: Address, flood: bool = False, http_port: int | None = None) -> Iterator[Morpher]:
    """A stream and a morpher at 60 Hz between the saved latents; a flood of status requests and a page where asked."""
    with ExitStack() as all_of_it:
        all_of_it.enter_context(stream(bridge))
        if flood:
            all_of_it.enter_context(status_flood(bridge))
        if http_port is not None:
            all_of_it.enter_context(open_page(http_port))
        yield all_of_it.enter_context(Morpher(bridge))


def _ask_status(client: BridgeClient) -> None:
    client.request("/mai/status")
