from __future__ import annotations

import pytest

from bridge.doors.address import HTTP, WEB_SOCKET, Address, is_udp, sender
from bridge.doors.clients import FORGET_AFTER_SECONDS, MAX_CLIENTS, ClientRegistry, TooManyClients

LIVE: Address = ("127.0.0.1", 50001)
PAGE: Address = (WEB_SOCKET, 1)
OTHER_PAGE: Address = (WEB_SOCKET, 2)
CURL: Address = (HTTP, 3)


def test_only_an_ip_address_is_reached_by_datagram() -> None:
    assert is_udp(LIVE)
    assert is_udp(("::1", 1))
    assert not is_udp(PAGE)
    assert not is_udp(CURL)


def test_the_parts_of_a_clip_come_from_one_sender_also_in_one_http_request_each() -> None:
    assert sender(CURL) == sender((HTTP, 4))
    assert sender(CURL) not in (CURL, (HTTP, 4))  # the end of one exchange takes nobody's parts away
    assert len({sender(CURL), sender(PAGE), sender(OTHER_PAGE), sender(LIVE)}) == 4


def test_a_web_socket_is_answered_where_it_is() -> None:
    registry = ClientRegistry()
    assert registry.hello("page", PAGE, 0, 0.0).reply_to == PAGE
    assert registry.find(PAGE) is not None
    assert registry.find(OTHER_PAGE) is None


def test_an_http_exchange_is_welcomed_and_not_remembered() -> None:
    registry = ClientRegistry()
    assert registry.hello("curl", CURL, 0, 0.0).reply_to == CURL
    assert len(registry) == 0
    assert not registry.subscribe(CURL, None)


def test_a_silent_web_socket_stays_and_a_silent_udp_client_is_forgotten() -> None:
    registry = ClientRegistry()
    registry.hello("page", PAGE, 0, 0.0)
    live = registry.hello("Live", LIVE, 0, 0.0)
    assert registry.forget_silent(FORGET_AFTER_SECONDS + 0.1) == [live]
    assert [client.source for client in registry] == [PAGE]


def test_a_web_socket_is_never_taken_for_a_one_shot_sender_nor_for_its_client() -> None:
    registry = ClientRegistry()
    registry.hello("oscsend", LIVE, 9000, 0.0)
    registry.hello("page", PAGE, 0, 0.0)
    assert registry.find(OTHER_PAGE) is None
    one_shot = registry.find(("127.0.0.1", 50999))
    assert one_shot is not None
    assert one_shot.reply_to == ("127.0.0.1", 9000)


def test_web_sockets_count_as_clients_and_there_is_an_end_to_them() -> None:
    registry = ClientRegistry()
    for number in range(MAX_CLIENTS):
        registry.hello("page", (WEB_SOCKET, number), 0, 0.0)
    with pytest.raises(TooManyClients):
        registry.hello("page", (WEB_SOCKET, MAX_CLIENTS), 0, 0.0)
    registry.bye((WEB_SOCKET, 0))
    registry.hello("page", (WEB_SOCKET, MAX_CLIENTS), 0, 0.0)
