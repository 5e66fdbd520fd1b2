"""Where a message comes from and where answers go: one small value, whatever door it came through."""

from __future__ import annotations

HTTP = "http"
WEB_SOCKET = "websocket"

# (IP address, UDP port), or (HTTP or WEB_SOCKET, the number of that exchange or connection). An IP address is never a
# word, so the two kinds cannot be mistaken for one another.
Address = tuple[str, int]


def is_udp(address: Address) -> bool:
    """Whether datagrams go there; else the HTTP door reaches it."""
    return address[0] not in (HTTP, WEB_SOCKET)


def sender(source: Address) -> Address:
    """Who speaks from there: what comes in parts belongs together by this and by its request's number.

    Every HTTP request is an exchange of its own, so all of them count as one sender.
    """
    return (HTTP, 0) if source[0] == HTTP else source
