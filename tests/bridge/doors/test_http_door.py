from __future__ import annotations

import socket
import time

import pytest

from bridge.clock import now
from bridge.doors.address import WEB_SOCKET
from bridge.doors.http_door import HttpDoor
from bridge.doors.inbox import Inbox
from bridge.doors.osc_server import PortTaken
from bridge.protocol import answers
from tests.bridge.doors.http_client import hear
from tests.bridge.doors.stage import Stage, heard_from, http_threads, open_raw_web_socket, wait_until


def test_closing_answers_who_waits_closes_who_listens_and_leaves_no_thread() -> None:
    stage = Stage()
    stage.door.start()
    asked = stage.ask("/v1/mai/generate?args=7,42")
    stage.next_letter()
    with (
        stage.http.web_socket() as page,
        open_raw_web_socket(stage),
        socket.create_connection(stage.door.address),
    ):
        wait_until(lambda: len(stage.door._crowd) == 4)
        begin = time.monotonic()
        stage.door.close()
        assert time.monotonic() - begin < 1.0

        assert http_threads() == []
        assert asked.result(5).text.startswith('/mai/error 7 /mai/generate not_ready "the bridge stops')
        assert list(page) == []
        assert page.close_code == 1001
    stage.door.send(answers.done(1), (WEB_SOCKET, 1))  # the engine may still speak
    assert not stage.door._outgoing
    stage.end()  # closing twice does no harm


def test_a_door_that_never_opened_closes() -> None:
    door = HttpDoor(0, Inbox(lambda *_: None), now)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(door.address)
    door.close()
    assert http_threads() == []


def test_a_taken_port_says_so_and_leaves_no_thread(stage: Stage) -> None:
    before = http_threads()
    with pytest.raises(PortTaken, match=r"TCP 127\.0\.0\.1:\d+ cannot be listened on .*--http-port"):
        HttpDoor(stage.door.address[1], stage.inbox, now)
    with pytest.raises(PortTaken, match=r"0-65535"):
        HttpDoor(99999, stage.inbox, now)
    wait_until(lambda: http_threads() == before)


def test_the_engine_hands_over_without_waiting_and_in_order(stage: Stage) -> None:
    with stage.http.web_socket() as page:
        source = heard_from(stage, page)
        for number in range(1000):
            stage.door.send(answers.done(number), source)
        assert [hear(page)[1] for _ in range(1000)] == list(range(1000))
