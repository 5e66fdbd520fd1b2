from __future__ import annotations

import socket

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.protocol import State
from websockets.sync.client import ClientConnection

from bridge.doors import http_door, http_service, web_socket
from bridge.doors.address import WEB_SOCKET
from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import Bye
from tests.bridge.doors.http_client import hear, say
from tests.bridge.doors.stage import Stage, heard_from, on_stage, open_raw_web_socket, wait_until


def test_another_sites_page_gets_no_web_socket(stage: Stage) -> None:
    with pytest.raises(InvalidStatus) as refused, stage.http.web_socket(origin="http://example.com"):
        pass
    assert refused.value.response.status_code == 403
    own = "http://{}:{}".format(*stage.door.address)
    with stage.http.web_socket(origin=own) as welcome:
        say(welcome, "/mai/ping", 1)
        assert stage.next_letter().address == "/mai/ping"


def test_a_web_socket_asks_and_is_answered_without_a_hello(stage: Stage) -> None:
    with stage.http.web_socket() as page:
        say(page, "/mai/get", 1, "tempo")
        letter = stage.next_letter()
        assert letter.source[0] == WEB_SOCKET
        stage.door.send(OscMessage("/mai/value", (1, "tempo", 120.0)), letter.source)
        assert hear(page) == ["/mai/value", 1, "tempo", 120.0]


def test_what_is_no_message_is_answered_once_a_second_and_counted_always(stage: Stage) -> None:
    with stage.http.web_socket() as page:
        for _ in range(50):
            page.send("noise")
        wait_until(lambda: stage.inbox.malformed == 50)
        say(page, "/mai/ping", 1)
        stage.door.send(OscMessage("/mai/pong", (1,)), stage.next_letter().source)
        first = hear(page)
        assert first[:4] == ["/mai/error", -1, "", "malformed"]
        assert hear(page) == ["/mai/pong", 1]
        stage.time[0] += 1.0
        page.send('["/a", NaN]')
        assert "NaN is no finite number" in hear(page)[4]


def test_a_binary_frame_or_one_too_large_closes_the_web_socket_with_the_reason(stage: Stage) -> None:
    for frame, code in ((b'["/mai/ping", 1]', 1003), ("x" * (64 * 1024 + 1), 1009)):
        with stage.http.web_socket() as page:
            page.send(frame)
            with pytest.raises(ConnectionClosed) as closed:
                hear(page)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code
        assert stage.next_letter().request == Bye(-1)
    assert stage.inbox.take(0.0) is None


def test_a_web_socket_that_closes_or_vanishes_says_bye(stage: Stage) -> None:
    def close(page: ClientConnection) -> None:
        page.close()

    def be_killed(page: ClientConnection) -> None:
        page.socket.shutdown(socket.SHUT_RDWR)

    for leave in (close, be_killed):
        with stage.http.web_socket() as page:
            say(page, "/mai/ping", 1)
            source = stage.next_letter().source
            leave(page)
            bye = stage.next_letter()
            assert (bye.request, bye.source) == (Bye(-1), source)


def test_too_many_web_sockets_are_asked_to_come_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_service, "MAX_WEB_SOCKETS", 2)
    with stage.http.web_socket() as first, stage.http.web_socket() as second:
        for page in (first, second):
            heard_from(stage, page)
        with pytest.raises(InvalidStatus) as refused, stage.http.web_socket():
            pass
        assert refused.value.response.status_code == 503
        first.close()
        assert stage.next_letter().request == Bye(-1)
        with stage.http.web_socket() as third:
            heard_from(stage, third)


def test_a_slow_reader_is_closed_and_holds_up_nobody_else(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_socket, "MAX_WAITING_BYTES", 1 << 16)
    long_bar = OscMessage("/mai/bar", (7, 0, 0, 0, 1, -1.0, *(60, 100, 0.25, 0.25) * 48))
    with open_raw_web_socket(stage), stage.http.web_socket() as quick:
        quick_source = heard_from(stage, quick)
        slow_source, _ = sorted(stage.door._service._web_sockets)
        connection = stage.door._service._web_sockets[slow_source]._connection
        for _ in range(200):
            for _ in range(50):
                stage.door.send(long_bar, slow_source)
            stage.door.send(long_bar, quick_source)
            assert hear(quick) == ["/mai/bar", *long_bar.arguments]
            if connection.state is not State.OPEN:
                break
        else:
            raise AssertionError("the slow reader was never closed")
        waiting = connection.transport.get_write_buffer_size()
        assert waiting < (1 << 16) + 10_000
        for _ in range(100):
            stage.door.send(long_bar, slow_source)
        stage.door.send(long_bar, quick_source)
        hear(quick)
        assert connection.transport.get_write_buffer_size() <= waiting + 200  # the farewell alone


def test_a_web_socket_whose_program_hangs_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_PING_EVERY_SECONDS", "_PONG_WITHIN_SECONDS", "_LAST_WORDS_SECONDS"):
        monkeypatch.setattr(http_door, name, 0.05)
    with on_stage() as stage, open_raw_web_socket(stage), stage.http.web_socket() as alive:
        assert stage.next_letter().request == Bye(-1)
        heard_from(stage, alive)  # which answers pings without its program's doing


def test_what_json_cannot_hold_is_counted_and_the_next_message_comes(stage: Stage) -> None:
    with stage.http.web_socket() as page:
        source = heard_from(stage, page)
        stage.door.send(OscMessage("/mai/value", (1, "tempo", float("nan"))), source)
        stage.door.send(answers.done(2), source)
        assert hear(page) == ["/mai/done", 2]
        assert stage.door._service.unsendable == 1
