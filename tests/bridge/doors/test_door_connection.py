from __future__ import annotations

import contextlib
import socket
import time

import pytest

from bridge.doors import door_connection
from tests.bridge.doors.stage import Stage, wait_until


@pytest.mark.parametrize(
    ("method", "body"),
    [("POST", b"args=1"), ("POST", b"x" * 300_000), ("POST", None), ("OPTIONS", None), ("HEAD", None)],
)
def test_another_method_is_refused_and_the_one_that_is_meant_is_named(
    stage: Stage, method: str, body: bytes | None
) -> None:
    answer = stage.http.ask("/v1/mai/panic?args=1", method=method, body=body)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET"
    assert stage.inbox.take(0.0) is None


def test_a_huge_header_is_refused(stage: Stage) -> None:
    assert stage.http.ask("/v1/mai/ping?args=1", {"X-Long": "x" * 9000}).status == 431
    assert stage.http.ask("/v1/mai/ping?args=1", {f"X-{number}": "x" for number in range(200)}).status == 431


def test_half_a_request_holds_up_nobody(stage: Stage) -> None:
    with contextlib.ExitStack() as half_open:
        for text in (b"", b"G", b"GET /v1/mai/ping?args=1 HTTP/1.1\r\nHost: loc"):
            raw = half_open.enter_context(socket.create_connection(stage.door.address))
            raw.sendall(text)
        assert stage.http.ask("/nowhere").status == 404


def test_a_request_that_comes_a_byte_at_a_time_is_a_request(stage: Stage) -> None:
    with socket.create_connection(stage.door.address) as raw:
        for byte in b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n":
            raw.sendall(bytes([byte]))
            time.sleep(0.0005)
        assert raw.recv(12) == b"HTTP/1.1 404"


@pytest.mark.parametrize(
    "noise",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\n", b"\0" * 100, b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n"],
)
def test_noise_is_sent_away_and_the_door_stays_open(stage: Stage, noise: bytes) -> None:
    with socket.create_connection(stage.door.address, timeout=3) as raw:
        raw.sendall(noise)
        received = b""
        while chunk := raw.recv(4096):
            received += chunk
        assert received == b"" or received.startswith(b"HTTP/1.1 405")
    assert stage.http.ask("/nowhere").status == 404


def test_there_is_an_end_to_connections(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_connection, "MAX_CONNECTIONS", 3)
    with contextlib.ExitStack() as idle:
        for _ in range(3):
            idle.enter_context(socket.create_connection(stage.door.address))
        wait_until(lambda: len(stage.door._crowd) == 3)
        answer = stage.http.ask("/nowhere")
        assert answer.status == 503
        assert "3 connections are open already" in answer.text
    wait_until(lambda: not stage.door._crowd)
    assert stage.http.ask("/nowhere").status == 404
