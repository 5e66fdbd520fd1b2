from __future__ import annotations

import socket

import pytest

from bridge.doors import http_service
from bridge.doors.address import HTTP
from bridge.doors.pages import SECURITY_HEADERS, Page
from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import Bye, Ping, StreamStart
from tests.bridge.doors.stage import Stage, on_stage, wait_until


def test_a_request_waits_in_the_inbox_and_its_answers_come_back_until_the_closing_one(stage: Stage) -> None:
    asked = stage.ask("/v1/mai/generate?args=7,42")
    letter = stage.next_letter()
    assert letter.address == "/mai/generate"
    assert letter.source[0] == HTTP
    stage.door.send(answers.bars(7, 0, 0, -1.0, [])[0], letter.source)
    assert not asked.done()
    stage.door.send(answers.done(7, "abc"), letter.source)
    answer = asked.result(5)
    assert (answer.status, answer.text) == (200, "/mai/bar 7 0 0 0 1 -1.0\n/mai/done 7 abc\nend\n")


def test_two_exchanges_with_the_same_number_are_not_mistaken_for_one_another(stage: Stage) -> None:
    asked = {name: stage.ask(f"/v1/mai/get?args=1,{name}") for name in ("tempo", "velocity")}
    for letter in (stage.next_letter(), stage.next_letter()):
        name = letter.request.name  # type: ignore[union-attr]
        stage.door.send(OscMessage("/mai/value", (1, name, 5)), letter.source)
    for name, future in asked.items():
        assert future.result(5).text == f"/mai/value 1 {name} 5\nend\n"


def test_an_engine_that_never_answers_is_answered_for() -> None:
    with on_stage(patience=0.1) as stage:
        answer = stage.ask("/v1/mai/generate?args=7,42").result(5)
        assert answer.status == 200
        assert answer.lines[0].startswith('/mai/error 7 /mai/generate busy "no answer within 0.1 s')
        assert answer.lines[1:] == ["end", ""]
        letter = stage.next_letter()
        stage.door.send(answers.done(7), letter.source)  # too late: nobody is there, and nothing breaks
        assert stage.http.ask("/nowhere").status == 404


def test_a_client_that_hangs_up_frees_its_place(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_service, "MAX_EXCHANGES", 1)
    with socket.create_connection(stage.door.address) as impatient:
        impatient.sendall(b"GET /v1/mai/ping?args=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        stage.next_letter()
        assert stage.http.ask("/v1/mai/ping?args=2").status == 503
    wait_until(lambda: not stage.door._service._exchanges)
    asked = stage.ask("/v1/mai/ping?args=3")
    stage.door.send(OscMessage("/mai/pong", (3,)), stage.next_letter().source)
    assert asked.result(5).status == 200


def test_too_many_exchanges_are_asked_to_come_back(stage: Stage) -> None:
    asked = [stage.ask(f"/v1/mai/ping?args={number}") for number in range(http_service.MAX_EXCHANGES)]
    letters = [stage.next_letter() for _ in asked]
    refused = stage.http.ask("/v1/mai/ping?args=99")
    assert refused.status == 503
    assert "64 requests are waiting" in refused.text
    for letter in letters:
        stage.door.send(OscMessage("/mai/pong", (1,)), letter.source)
    assert {future.result(5).status for future in asked} == {200}


def test_a_stream_started_over_http_belongs_to_nobody_once_it_is_answered(stage: Stage) -> None:
    asked = stage.ask("/v1/mai/stream/start?args=7")
    start = stage.next_letter()
    assert isinstance(start.request, StreamStart)
    stage.door.send(answers.done(7, 4.0), start.source)
    assert asked.result(5).text == "/mai/done 7 4.0\nend\n"
    leave = stage.next_letter()
    assert (leave.request, leave.source) == (Bye(-1), start.source)


def test_a_request_that_only_an_error_answers_is_closed_by_the_ping_behind_it(stage: Stage) -> None:
    asked = stage.ask("/v1/mai/clip?args=7,0,1,0")
    clip, marker = stage.next_letter(), stage.next_letter()
    assert clip.address == "/mai/clip"
    assert isinstance(marker.request, Ping)
    stage.door.send(answers.error(7, "/mai/clip", "out_of_range", "no"), clip.source)
    stage.door.send(OscMessage("/mai/pong", (0, 1.0, 0, 0)), marker.source)
    assert asked.result(5).text == "/mai/error 7 /mai/clip out_of_range no\nend\n"


@pytest.mark.parametrize(
    ("target", "status", "says"),
    [
        ("/", 404, "There is no / here"),
        ("/v1", 404, "There is no /v1 here"),
        ("/v1/", 404, "There is no /v1/ here"),
        ("/mai/ping?args=1", 404, "There is no /mai/ping here"),
        ("/v2/mai/ping", 404, "There is no /v2/mai/ping here"),
        ("/../etc/passwd", 404, "There is no /../etc/passwd"),
        ("/v1/mai/ping?args=1,,2", 400, "argument 1 is empty"),
        ("/v1/mai/ping?7", 400, "expected args=value,value"),
        ("/v1/mai/ping?args=%22", 400, "argument 0 has a stray quote"),
        ("/v1/ws", 426, "WebSocket"),
        ("/" + "x" * 9000, 414, "expected no more than 8192 bytes"),
    ],
)
def test_a_target_that_is_not_there_or_not_readable_is_refused_in_a_sentence(
    stage: Stage, target: str, status: int, says: str
) -> None:
    answer = stage.http.ask(target)
    assert answer.status == status
    assert says in answer.text
    assert stage.inbox.take(0.0) is None
    assert stage.inbox.malformed == (status == 400)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.com"},
        {"Host": "127.0.0.1.example.com"},
        {"Origin": "http://example.com"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_is_refused_before_anything_is_done(stage: Stage, headers: dict[str, str]) -> None:
    answer = stage.http.ask("/v1/mai/panic?args=1", headers)
    assert answer.status == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert stage.inbox.take(0.0) is None


def test_pages_are_served_with_headers_that_keep_them_to_themselves() -> None:
    pages = {"/": Page("text/html; charset=utf-8", b"<!doctype html>"), "/app.js": Page("text/javascript", b"1;")}
    with on_stage(pages) as stage:
        page = stage.http.ask("/?from=bookmark")
        assert (page.status, page.text) == (200, "<!doctype html>")
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert stage.http.ask("/app.js").text == "1;"
        assert stage.http.ask("/", {"Sec-Fetch-Site": "cross-site"}).status == 200  # a link to it may be followed
        assert stage.http.ask("/", {"Host": "example.com"}).status == 403
        for answer in (page, stage.http.ask("/nowhere"), stage.http.ask("/", method="POST")):
            for name, value in SECURITY_HEADERS:
                assert answer.headers[name] == value
    assert "default-src 'self'" in dict(SECURITY_HEADERS)["Content-Security-Policy"]
