"""The UDP door: one socket, one thread that receives, any thread that sends."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

from bridge.doors.address import Address
from bridge.doors.allow_list import THIS_MACHINE, AllowList
from bridge.protocol.osc_packet import OscMessage, build_message

log = logging.getLogger(__name__)

_LARGEST_DATAGRAM = 65535
_BUFFER_BYTES = 1 << 20  # a burst of several hundred requests waits in the system, not on the floor


class PortTaken(OSError):
    """The address cannot be listened on; the message says why and what to do."""


class OscServer:
    """Receives datagrams and hands them to `receive(datagram, source)` in its own thread; sends from any thread.

    Whoever `allowed` does not let in is neither read nor answered: `turned_away` counts.
    """

    def __init__(
        self, host: str, port: int, receive: Callable[[bytes, Address], None], allowed: AllowList = THIS_MACHINE
    ) -> None:
        self._receive, self._allowed = receive, allowed
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise PortTaken(
                f"UDP {host}:{port} cannot be listened on ({error.strerror}): another bridge may be running; "
                "stop it, or choose another port with --port"
            ) from error
        self.address: Address = self._socket.getsockname()
        self.unsendable = 0
        self.turned_away = 0
        self._last_built: tuple[OscMessage | None, bytes] = None, b""  # one message often goes to several clients
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, message: OscMessage, address: Address) -> None:
        """Never raises: a message that cannot be sent is counted."""
        last, datagram = self._last_built
        try:
            if message is not last:
                datagram = build_message(message.address, message.arguments)
                self._last_built = message, datagram
            self._socket.sendto(datagram, address)
        except (OSError, ValueError) as error:
            self.unsendable += 1
            log.warning("%s to %s:%d could not be sent: %s", message.address, *address, error)

    def close(self) -> None:
        self._closing = True
        # A datagram to itself wakes the thread: closing a socket under recvfrom does not, on every system.
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
                host = "127.0.0.1" if self.address[0] == "0.0.0.0" else self.address[0]
                knock.sendto(b"", (host, self.address[1]))
            self._thread.join(timeout=1.0)
        finally:
            self._socket.close()

    def _run(self) -> None:
        while not self._closing:
            try:
                datagram, source = self._socket.recvfrom(_LARGEST_DATAGRAM)
            except OSError:  # Windows reports here that a former receiver's port is closed
                if self._closing:
                    return
                continue
            if self._closing:
                return
            if not self._allowed.admits(source):
                self.turned_away += 1
                log.warning("a datagram from %s was turned away: --allow does not name it", source[0])
                continue
            try:
                self._receive(datagram, source)
            except Exception:  # whatever came, the door stays open
                log.exception("a datagram from %s:%d failed", *source)
