"""One WebSocket: JSON messages in and out, and what happens to a reader that does not keep up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from bridge.clock import Now
from bridge.doors.address import Address
from bridge.doors.inbox import MALFORMED_ANSWER_EVERY_SECONDS, Inbox
from bridge.doors.json_message import read_json, write_json
from bridge.doors.text_values import MalformedMessage
from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage

log = logging.getLogger(__name__)

MAX_WAITING_BYTES = 1 << 20  # hundreds of messages


class LastWritten:
    """write_json, remembering its last message: one bar goes to every listener in turn. One thread uses it."""

    def __init__(self) -> None:
        self._message: OscMessage | None = None
        self._text = ""

    def __call__(self, message: OscMessage) -> str:
        if message is not self._message:
            self._message, self._text = message, write_json(message)
        return self._text


class WebSocketClient:
    """Hands what comes to the inbox, and sends what the engine says. Lives in the door's event loop.

    What the system cannot take at once waits in memory. A client that lets more than MAX_WAITING_BYTES wait is closed
    with a reason instead of losing bars: the protocol promises whole bars in order, a client that knows nothing of a
    gap plays wrong music, and one that comes back after the close starts from what sounds now.
    """

    def __init__(
        self, connection: ServerConnection, source: Address, inbox: Inbox, now: Now, write: Callable[[OscMessage], str]
    ) -> None:
        self._connection, self._source, self._inbox, self._now, self._write = connection, source, inbox, now, write
        self._malformed_answered_at = -MALFORMED_ANSWER_EVERY_SECONDS
        self._closing: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        """Returns when the connection has closed, whoever closed it; the engine is told then."""
        try:
            with contextlib.suppress(ConnectionClosed):
                async for text in self._connection:
                    if isinstance(text, bytes):
                        await self._connection.close(CloseCode.UNSUPPORTED_DATA, "send text frames, not binary ones")
                        return
                    self._read(text)
        finally:
            self._inbox.leave(self._source, self._now())

    def take(self, message: OscMessage) -> None:
        """Send a message, never waiting. Raises ValueError where JSON cannot hold it."""
        if self._closing is not None:
            return
        broadcast([self._connection], self._write(message))
        if self._connection.transport.get_write_buffer_size() > MAX_WAITING_BYTES:
            log.warning("a WebSocket client was closed: it reads too slowly")
            reason = f"too slow: more than {MAX_WAITING_BYTES} bytes are waiting; connect again"
            self._closing = asyncio.create_task(self._connection.close(CloseCode.TRY_AGAIN_LATER, reason))

    def _read(self, text: str) -> None:
        now = self._now()
        try:
            message = read_json(text)
        except MalformedMessage as problem:
            self._inbox.count_malformed()
            if now - self._malformed_answered_at >= MALFORMED_ANSWER_EVERY_SECONDS:
                self._malformed_answered_at = now
                self.take(answers.error(-1, "", "malformed", str(problem)))
            return
        self._inbox.receive_message(message, self._source, now)
