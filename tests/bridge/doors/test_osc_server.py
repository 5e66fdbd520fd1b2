"""The UDP door with real sockets: what is sent arrives, what cannot be sent is counted."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from bridge.doors.address import Address
from bridge.doors.osc_server import OscServer
from bridge.protocol.osc_packet import OscMessage, parse_datagram


@pytest.fixture
def server() -> Iterator[OscServer]:
    server = OscServer("127.0.0.1", 0, lambda _datagram, _source: None)
    server.start()
    yield server
    server.close()


def listener() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(5.0)
    return made


def address_of(one: socket.socket) -> Address:
    host, port = one.getsockname()
    return str(host), int(port)


def test_one_message_to_several_clients_arrives_at_each(server: OscServer) -> None:
    message, other = OscMessage("/mai/bar", (7, 0, 1, 60, 0.5)), OscMessage("/mai/done", (7, "id"))
    with closing(listener()) as live, closing(listener()) as reaper:
        for one in (message, other, message):
            for client in (live, reaper):
                server.send(one, address_of(client))
        for client in (live, reaper):
            assert [parse_datagram(client.recv(4096)) for _ in range(3)] == [[message], [other], [message]]
    assert server.unsendable == 0


def test_equal_messages_that_are_two_are_each_packed(server: OscServer) -> None:
    with closing(listener()) as client:
        for value in (1.0, 2.0, 3.0):
            server.send(OscMessage("/mai/value", (7, "tempo", value)), address_of(client))
        assert [parse_datagram(client.recv(4096))[0].arguments[2] for _ in range(3)] == [1.0, 2.0, 3.0]


def test_what_cannot_be_sent_is_counted_each_time_and_the_next_goes_out(server: OscServer) -> None:
    good, bad = OscMessage("/mai/done", (7,)), OscMessage("/mai/done", (2**40,))
    with closing(listener()) as client:
        for one in (good, bad, bad, good):
            server.send(one, address_of(client))
        assert [parse_datagram(client.recv(4096)) for _ in range(2)] == [[good], [good]]
    assert server.unsendable == 2


def test_two_threads_that_send_at_once_do_not_mix_their_messages(server: OscServer) -> None:
    with closing(listener()) as one, closing(listener()) as other:
        clients = (one, other)
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

        def send(number: int) -> None:
            for count in range(200):
                server.send(OscMessage("/mai/done", (number, count)), address_of(clients[number]))

        threads = [threading.Thread(target=send, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number, client in enumerate(clients):
            came = [parse_datagram(client.recv(4096))[0].arguments for _ in range(200)]
            assert came == [(number, count) for count in range(200)]
