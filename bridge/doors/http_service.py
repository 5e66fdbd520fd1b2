"""What the HTTP door answers: requests of the OSC table, static pages, WebSockets. Lives in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Mapping
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from bridge.clock import Now
from bridge.doors.address import HTTP, WEB_SOCKET, Address
from bridge.doors.exchange import MARKER, PREFIX, Exchange, answer_format, read_target
from bridge.doors.inbox import Inbox
from bridge.doors.pages import Page
from bridge.doors.responses import refuse, respond
from bridge.doors.same_origin import why_foreign, why_foreign_fetch
from bridge.doors.text_values import MalformedMessage
from bridge.doors.web_socket import LastWritten, WebSocketClient
from bridge.protocol.osc_packet import OscMessage

log = logging.getLogger(__name__)

WEB_SOCKET_PATH = f"{PREFIX}/ws"
REQUEST_PATHS = f"{PREFIX}/mai/"
MAX_EXCHANGES = 64
MAX_WEB_SOCKETS = 64


class HttpService:
    """The open exchanges and WebSockets. An exchange is ended with an error after `patience` seconds."""

    def __init__(self, inbox: Inbox, now: Now, pages: Mapping[str, Page], patience: float) -> None:
        self._inbox, self._now, self._pages, self._patience = inbox, now, pages, patience
        self._numbers = itertools.count(1)
        self._exchanges: dict[Address, Exchange] = {}
        self._web_sockets: dict[Address, WebSocketClient] = {}
        self._write = LastWritten()
        self.unsendable = 0

    def deliver(self, message: OscMessage, address: Address) -> None:
        """To the exchange or WebSocket at an address; to nobody where that has closed. Never raises."""
        receiver = self._web_sockets.get(address) or self._exchanges.get(address)
        if receiver is None:
            return
        try:
            receiver.take(message)
        except ValueError as problem:
            self.unsendable += 1
            log.warning("%s to %s %d could not be sent: %s", message.address, *address, problem)

    def end_exchanges(self) -> None:
        """Answer every open exchange: the bridge stops."""
        for exchange in tuple(self._exchanges.values()):
            exchange.give_up("not_ready", "the bridge stops: start it again with maisynth serve")

    async def respond(self, connection: ServerConnection, request: Request) -> Response | None:
        """The answer to a GET; None: a WebSocket, to be opened and given to converse."""
        headers = request.headers
        if foreign := why_foreign(headers.get_all("Host"), headers.get_all("Origin")):
            return refuse(HTTPStatus.FORBIDDEN, foreign)
        path = request.path.partition("?")[0]
        if page := self._pages.get(path):
            return respond(HTTPStatus.OK, page.body, page.content_type)
        if path == WEB_SOCKET_PATH:
            if len(self._web_sockets) < MAX_WEB_SOCKETS:
                return None
            return refuse(HTTPStatus.SERVICE_UNAVAILABLE, f"{MAX_WEB_SOCKETS} WebSockets are open already: close one.")
        if not path.startswith(REQUEST_PATHS):
            return refuse(HTTPStatus.NOT_FOUND, f"There is no {path[:100]} here: try {REQUEST_PATHS}ping?args=1")
        if foreign := why_foreign_fetch(headers.get_all("Sec-Fetch-Site")):
            return refuse(HTTPStatus.FORBIDDEN, foreign)
        return await self._carry_out(connection, request)

    async def converse(self, connection: ServerConnection) -> None:
        """Serve a WebSocket until it closes."""
        source = (WEB_SOCKET, next(self._numbers))
        client = WebSocketClient(connection, source, self._inbox, self._now, self._write)
        self._web_sockets[source] = client
        try:
            await client.listen()
        finally:
            del self._web_sockets[source]

    async def _carry_out(self, connection: ServerConnection, request: Request) -> Response:
        if len(self._exchanges) >= MAX_EXCHANGES:
            sentence = f"{MAX_EXCHANGES} requests are waiting for their answers already: ask again later."
            return refuse(HTTPStatus.SERVICE_UNAVAILABLE, sentence)
        try:
            message = read_target(request.path)
        except MalformedMessage as problem:
            self._inbox.count_malformed()
            return refuse(HTTPStatus.BAD_REQUEST, f"{problem}.")
        form = answer_format(request.headers.get_all("Accept"))
        finished = asyncio.Event()
        source, exchange = (HTTP, next(self._numbers)), Exchange(message, form, finished.set)
        self._exchanges[source] = exchange
        try:
            self._inbox.receive_message(message, source, self._now())
            if exchange.needs_marker:
                self._inbox.receive_message(MARKER, source, self._now())
            await self._wait(finished, connection)
        finally:
            del self._exchanges[source]
            if message.address == "/mai/stream/start":  # its bars cannot come here: the stream goes on for the others
                self._inbox.leave(source, self._now())
        exchange.give_up("busy", f"no answer within {self._patience:g} s; what was asked for may still be done")
        return respond(HTTPStatus.OK, exchange.body().encode(), form.content_type)

    async def _wait(self, finished: asyncio.Event, connection: ServerConnection) -> None:
        """Until the exchange has finished, its patience has ended, or whoever asked has gone."""
        gone = asyncio.create_task(connection.wait_closed())
        gone.add_done_callback(lambda _: finished.set())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await finished.wait()
        gone.cancel()
