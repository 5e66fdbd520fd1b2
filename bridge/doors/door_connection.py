"""One TCP connection to the HTTP door, answered also where the library would hang up without a word."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection
from websockets.server import ServerProtocol

from bridge.doors.responses import refuse

MAX_CONNECTIONS = 160  # below the 256 open files that macOS allows a program
_READ_REFUSAL_SECONDS = 1.0  # for the other side to read why, and close

_METHOD = b"GET "


class DoorConnection(ServerConnection):
    """Knows all open connections (`crowd`), so that there are not too many and all can be closed."""

    def __init__(self, protocol: ServerProtocol, server: Server, *, crowd: set[DoorConnection], **options: Any) -> None:
        super().__init__(protocol, server, **options)
        self._crowd = crowd
        self._method = b""
        self._refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._crowd.add(self)
        if len(self._crowd) > MAX_CONNECTIONS:
            sentence = f"{MAX_CONNECTIONS} connections are open already: close one and ask again."
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, sentence)

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return  # a body that is still coming: closing on it would reset the connection before the answer is read
        if len(self._method) < len(_METHOD):
            self._method += data[: len(_METHOD) - len(self._method)]
            if not _METHOD.startswith(self._method):
                sentence = "Only GET is answered here: GET /v1/mai/ping?args=1, or a WebSocket at /v1/ws."
                self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, sentence, Allow="GET")
                return
        super().data_received(data)

    def _refuse(self, status: HTTPStatus, sentence: str, **headers: str) -> None:
        self._refused = True
        self.transport.write(refuse(status, sentence, **headers).serialize())
        self.transport.write_eof()
        self.loop.call_later(_READ_REFUSAL_SECONDS, self.transport.abort)
