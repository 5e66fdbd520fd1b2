"""The client reads what a bridge sends, and says so where something else came."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from bridge.doors.client import BridgeClient, read_answer
from bridge.protocol.osc_packet import MalformedDatagram, OscMessage, build_message

ANSWERS = [
    OscMessage("/mai/done", (7, "Été")),
    OscMessage("/mai/bar", (7, 0, 1, 0, 1, -1.0, 60, 100, 0.25, 0.5)),
    OscMessage("/mai/pong", (-1, 0.5, 0, 0)),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_read_as_it_was_packed(answer: OscMessage) -> None:
    assert read_answer(build_message(answer.address, answer.arguments)) == answer


@pytest.mark.parametrize(
    "datagram", [b"", b"hello", b"#bundle\0 nonsense", b"/a\0\0,i\0\0\0\0", b"/a\0\0,s\0\0\xff\xfe\0\0"]
)
def test_what_no_bridge_sends_is_told(datagram: bytes) -> None:
    with pytest.raises(MalformedDatagram, match="is no answer of a bridge"):
        read_answer(datagram)


def test_datagrams_come_in_order_and_as_they_were_sent() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as bridge:
        bridge.bind(("127.0.0.1", 0))
        with BridgeClient(bridge.getsockname()) as client:
            packed = [build_message(answer.address, answer.arguments) for answer in ANSWERS]
            for datagram in packed:
                bridge.sendto(datagram, ("127.0.0.1", client.port))
            assert list(client.receive_datagrams(0.2)) == packed
            for datagram in packed:
                bridge.sendto(datagram, ("127.0.0.1", client.port))
            assert list(client.receive(0.2)) == ANSWERS
