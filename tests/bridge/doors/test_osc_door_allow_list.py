"""The UDP door and its list: who is not on it is neither read nor answered. On the loopback's own addresses."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest

from bridge.doors.address import Address
from bridge.doors.allow_list import AllowList
from bridge.doors.osc_server import OscServer
from bridge.protocol.osc_packet import OscMessage, build_message
from tests.bridge.doors.stage import wait_until

PING = build_message("/mai/ping", (1,))
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address")


class Door:
    """Answers everything that it is handed, and remembers from where it came."""

    def __init__(self, allowed: AllowList | None = None) -> None:
        self.heard: list[Address] = []
        self.server = (
            OscServer("127.0.0.1", 0, self.receive)
            if allowed is None
            else OscServer("127.0.0.1", 0, self.receive, allowed)
        )
        self.server.start()

    def receive(self, _datagram: bytes, source: Address) -> None:
        self.heard.append(source)
        self.server.send(OscMessage("/mai/pong", (1, 0.0, 0, 0)), source)


@pytest.fixture
def door() -> Iterator[Door]:
    """Lets in 127.0.1.0/24 alone."""
    made = Door(AllowList((IPv4Network("127.0.1.0/24"),)))
    yield made
    made.server.close()


def speaker(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((host, 0))
    made.settimeout(5.0)
    return made


def test_who_is_on_the_list_is_answered(door: Door) -> None:
    with speaker("127.0.1.9") as client:
        client.sendto(PING, door.server.address)
        assert client.recv(100).startswith(b"/mai/pong")
        assert door.heard == [client.getsockname()]


def test_who_is_not_is_counted_and_hears_nothing(door: Door) -> None:
    with speaker("127.0.2.9") as stranger, speaker("127.0.1.9") as client:
        for datagram in (PING, b"", b"no message", b"#bundle\0"):
            stranger.sendto(datagram, door.server.address)
        wait_until(lambda: door.server.turned_away == 4)
        client.sendto(PING, door.server.address)
        client.recv(100)
        assert door.heard == [client.getsockname()]
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(100)


def test_a_door_that_is_told_nothing_lets_in_this_machine() -> None:
    made = Door()
    try:
        assert not made.server.turned_away
        with speaker("127.0.0.1") as client:
            client.sendto(PING, made.server.address)
            assert client.recv(100).startswith(b"/mai/pong")
    finally:
        made.server.close()


def test_a_door_that_turns_everyone_away_still_closes() -> None:
    made = Door(AllowList(()))
    made.server.close()
    assert made.server._thread not in threading.enumerate()
