"""The HTTP door on its own: a real port and real clients; the test is the engine that takes and answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.protocol import State
from websockets.sync.client import ClientConnection

from bridge.clock import now
from bridge.doors import door_connection, http_door, http_service, web_socket
from bridge.doors.address import HTTP, WEB_SOCKET, Address
from bridge.doors.http_door import HttpDoor
from bridge.doors.inbox import Inbox, Letter
from bridge.doors.osc_server import PortTaken
from bridge.doors.pages import PAGES, SECURITY_HEADERS, Page
from bridge.protocol import answers
from bridge.protocol.osc_packet import OscMessage
from bridge.protocol.requests import Bye, Ping, StreamStart
from tests.bridge.doors.http_client import Answer, HttpClient, hear, say


class Stage:
    """A door, its inbox, a clock that the test turns, and a client; the test plays the engine."""

    def __init__(self, pages: Mapping[str, Page] = PAGES, patience: float = 10.0) -> None:
        self.time = [100.0]
        self.inbox = Inbox(lambda message, address: self.door.send(message, address))
        self.door = HttpDoor(0, self.inbox, lambda: self.time[0], pages, patience)
        self.http = HttpClient("http://{}:{}".format(*self.door.address))
        self._askers = ThreadPoolExecutor(max_workers=80)

    def ask(self, target: str) -> Future[Answer]:
        """A request that waits for its answer in a thread of its own."""
        return self._askers.submit(self.http.ask, target)

    def next_letter(self, timeout: float = 5.0) -> Letter:
        letter = self.inbox.take(timeout)
        assert letter is not None, "nothing came"
        return letter

    def end(self) -> None:
        self.door.close()
        self._askers.shutdown()


@contextmanager
def on_stage(pages: Mapping[str, Page] = PAGES, patience: float = 10.0) -> Iterator[Stage]:
    stage = Stage(pages, patience)
    try:
        stage.door.start()
        yield stage
    finally:
        stage.end()


@pytest.fixture
def stage() -> Iterator[Stage]:
    with on_stage() as stage:
        yield stage


def wait_until(seen: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def heard_from(stage: Stage, page: ClientConnection) -> Address:
    """Where the door has a WebSocket, told by a ping of it."""
    say(page, "/mai/ping", 1)
    return stage.next_letter().source


def http_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "http"]


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


def test_a_request_that_only_an_error_answers_is_closed_by_the_ping_behind_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.doors.exchange.closing_answer", lambda _message: None)
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


def test_another_sites_page_gets_no_web_socket(stage: Stage) -> None:
    with pytest.raises(InvalidStatus) as refused, stage.http.web_socket(origin="http://example.com"):
        pass
    assert refused.value.response.status_code == 403
    own = "http://{}:{}".format(*stage.door.address)
    with stage.http.web_socket(origin=own) as welcome:
        say(welcome, "/mai/ping", 1)
        assert stage.next_letter().address == "/mai/ping"


def test_a_huge_header_is_refused(stage: Stage) -> None:
    assert stage.http.ask("/v1/mai/ping?args=1", {"X-Long": "x" * 9000}).status == 431
    assert stage.http.ask("/v1/mai/ping?args=1", {f"X-{number}": "x" for number in range(200)}).status == 431


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


def open_raw_web_socket(stage: Stage) -> socket.socket:
    """A WebSocket whose program never reads."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(stage.door.address)
    raw.sendall(
        b"GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert raw.recv(12) == b"HTTP/1.1 101"
    return raw


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


def test_what_json_cannot_hold_is_counted_and_the_next_message_comes(stage: Stage) -> None:
    with stage.http.web_socket() as page:
        source = heard_from(stage, page)
        stage.door.send(OscMessage("/mai/value", (1, "tempo", float("nan"))), source)
        stage.door.send(answers.done(2), source)
        assert hear(page) == ["/mai/done", 2]
        assert stage.door._service.unsendable == 1
