"""The HTTP door: one TCP port on this machine, one thread with an event loop, for HTTP and WebSockets.

One loop serves all of them: fifty idle WebSockets cost no thread each, and no lock is needed. The engine hands its
messages over without waiting: into a deque, with one wake-up of the loop for as many as come before it runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial
from typing import cast

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.frames import CloseCode

from bridge.clock import Now
from bridge.doors.address import Address
from bridge.doors.door_connection import DoorConnection
from bridge.doors.http_service import HttpService
from bridge.doors.inbox import Inbox
from bridge.doors.osc_server import PortTaken
from bridge.doors.pages import PAGES, Page
from bridge.protocol.osc_packet import OscMessage

log = logging.getLogger(__name__)

# This machine alone, wherever the UDP door listens: a page is trusted by its name, and only this name is.
HOST = "127.0.0.1"
ANSWER_SECONDS = 10.0
MAX_MESSAGE_BYTES = 1 << 16

_LISTEN_WITHIN_SECONDS = 5.0
_MESSAGES_A_ROUND = 100  # then the sockets have their turn: a long list must not look like a slow reader

# A WebSocket that answers no ping is gone within the sum of these: the 15 s after which any silent client is forgotten.
_PING_EVERY_SECONDS = 5.0
_PONG_WITHIN_SECONDS = 5.0
_LAST_WORDS_SECONDS = 5.0  # for a client to read the end and close
_REQUEST_WITHIN_SECONDS = 5.0
_FAREWELL_SECONDS = 0.3  # the same when the bridge stops


class HttpDoor:
    """Opens the port when made (raises PortTaken), serves from start to close. Port 0: any free one."""

    def __init__(
        self, port: int, inbox: Inbox, now: Now, pages: Mapping[str, Page] = PAGES, patience: float = ANSWER_SECONDS
    ) -> None:
        self._service = HttpService(inbox, now, pages, patience)
        self._open_seconds = _REQUEST_WITHIN_SECONDS + patience + _LAST_WORDS_SECONDS
        self._crowd: set[DoorConnection] = set()
        self._outgoing: deque[tuple[OscMessage, Address]] = deque()
        self._wake_up_is_due = False
        self._over = False
        self._loop: asyncio.AbstractEventLoop
        self._started, self._stopped = asyncio.Event(), asyncio.Event()
        self._listening = threading.Event()
        opened: Future[Address] = Future()
        self._thread = threading.Thread(target=self._run, args=(port, opened), name="http", daemon=True)
        self._thread.start()
        self.address: Address = opened.result()

    def start(self) -> None:
        """Accept connections: from the return on, nobody is refused."""
        self._in_loop(self._started)
        self._listening.wait(timeout=_LISTEN_WITHIN_SECONDS)

    def send(self, message: OscMessage, address: Address) -> None:
        """To the exchange or WebSocket at an address. Any thread may call it; never blocks, never raises."""
        if self._over:
            return
        self._outgoing.append((message, address))
        if not self._wake_up_is_due:
            self._ask_for_delivery()

    def close(self) -> None:
        """Answer what is open, close every connection and end the thread; takes less than a second."""
        self._in_loop(self._stopped, self._started)
        self._thread.join(timeout=2.0)

    def _in_loop(self, *events: asyncio.Event) -> None:
        with contextlib.suppress(RuntimeError):
            for event in events:
                self._loop.call_soon_threadsafe(event.set)

    def _ask_for_delivery(self) -> None:
        self._wake_up_is_due = True
        with contextlib.suppress(RuntimeError):  # the loop has closed since
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._wake_up_is_due = False  # before the deque is read: what comes after this asks for another round
        for _ in range(min(len(self._outgoing), _MESSAGES_A_ROUND)):
            self._service.deliver(*self._outgoing.popleft())
        if self._outgoing:
            self._ask_for_delivery()

    def _run(self, port: int, opened: Future[Address]) -> None:
        try:
            asyncio.run(self._serve(port, opened))
        except BaseException as problem:
            if opened.done():
                log.exception("the HTTP door has failed")
            else:
                opened.set_exception(problem)
        finally:
            self._over = True
            self._outgoing.clear()

    async def _serve(self, port: int, opened: Future[Address]) -> None:
        self._loop = asyncio.get_running_loop()
        server = await self._bind(port)
        opened.set_result(server.sockets[0].getsockname()[:2])
        await self._started.wait()
        if not self._stopped.is_set():
            await server.start_serving()
            self._listening.set()
        await self._stopped.wait()
        await self._close_all(server)

    async def _bind(self, port: int) -> Server:
        try:
            return await serve(
                self._service.converse,
                HOST,
                port,
                process_request=self._service.respond,
                compression=None,  # nothing to save on this machine
                server_header=None,
                open_timeout=self._open_seconds,
                ping_interval=_PING_EVERY_SECONDS,
                ping_timeout=_PONG_WITHIN_SECONDS,
                close_timeout=_LAST_WORDS_SECONDS,
                max_size=MAX_MESSAGE_BYTES,
                logger=log,
                # The library calls it like the class.
                create_connection=cast(type[ServerConnection], partial(DoorConnection, crowd=self._crowd)),
                start_serving=False,
            )
        except (OSError, OverflowError) as error:
            raise PortTaken(
                f"TCP {HOST}:{port} cannot be listened on ({error}): another bridge may be running; "
                "stop it, or choose another port with --http-port, or none with --no-http"
            ) from error

    async def _close_all(self, server: Server) -> None:
        self._service.end_exchanges()
        server.close(code=CloseCode.GOING_AWAY, reason="the bridge stops")
        closed = asyncio.create_task(server.wait_closed())
        await asyncio.wait({closed}, timeout=_FAREWELL_SECONDS)
        for connection in tuple(self._crowd):
            connection.transport.abort()
        await asyncio.wait({closed}, timeout=_FAREWELL_SECONDS)
