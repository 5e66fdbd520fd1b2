"""The whole bridge through all its doors at once: UDP, HTTP and WebSocket hear the same band."""

from __future__ import annotations

import asyncio
import json
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import ClientConnection

from bridge.daemon import Bridge
from bridge.doors.client import BridgeClient
from bridge.doors.plain_text import read_line
from bridge.protocol.osc_packet import OscMessage
from tests.bridge.doors.conftest import Start
from tests.bridge.doors.http_client import HttpClient, Message, hear, hear_bars, hear_until, is_last_of, places, say

PHRASE = [(bar, track) for bar in range(4) for track in range(5)]


@pytest.fixture
def udp(bridge: Bridge) -> Iterator[BridgeClient]:
    with BridgeClient(bridge.osc_address) as client:
        yield client


@pytest.fixture
def page(http: HttpClient) -> Iterator[ClientConnection]:
    with http.web_socket() as page:
        yield page
    http.wait_for_clients(0)


def in_32_bits(message: Message) -> list[Any]:
    """Floats as a datagram holds them, so that doors can be compared."""
    return [struct.unpack("f", struct.pack("f", one))[0] if isinstance(one, float) else one for one in message]


def by_udp(client: BridgeClient, address: str, *arguments: int | float | str) -> list[list[Any]]:
    return [[one.address, *one.arguments[1:]] for one in client.request(address, *arguments)]


def without_id(messages: list[Message]) -> list[list[Any]]:
    return [in_32_bits([message[0], *message[2:]]) for message in messages]


def test_generate_over_every_door_is_the_same_phrase_note_for_note(
    udp: BridgeClient, http: HttpClient, page: ClientConnection
) -> None:
    expected = by_udp(udp, "/mai/generate", 42)
    assert sum(len(message) for message in expected) > 500, "a phrase of silence proves nothing"

    by_http = http.messages("/mai/generate", "7,42")
    assert places(by_http) == PHRASE
    assert without_id(by_http) == expected

    lines = http.ask("/v1/mai/generate?args=7,42").lines
    assert lines[-2:] == ["end", ""]
    read = [read_line(line) for line in lines[:-2]]
    assert without_id([[one.address, *one.arguments] for one in read]) == expected

    say(page, "/mai/generate", 7, 42)
    assert without_id(hear_until(page, "/mai/done")) == expected


@pytest.mark.parametrize(
    ("address", "args"),
    [
        ("/mai/hello", "3,curl,0"),
        ("/mai/get", "3,tempo"),
        ("/mai/set", "3,velocity,90"),
        ("/mai/latent/list", "3"),
        ("/mai/panic", "3"),
        ("/mai/stream/stop", "3"),
        ("/mai/bye", "3"),
        ("/mai/get", "3,volume"),
        ("/mai/generate", "3,0.5"),
        ("/mai/generate", "x"),
        ("/mai/sing", "3"),
        ("/mai/subscribe", "3,0"),
    ],
)
def test_http_answers_what_udp_answers_errors_included(
    udp: BridgeClient, http: HttpClient, address: str, args: str
) -> None:
    values: list[int | float | str] = [json.loads(one) if one[0].isdigit() else one for one in args.split(",")]
    udp.send(address, *values)
    received = udp.receive(2.0)
    expected = [next(received)]
    while expected[-1].address == "/mai/latents":
        expected.append(next(received))
    udp.request("/mai/bye")
    assert http.messages(address, args) == [[one.address, *one.arguments] for one in expected]


def test_a_seed_beyond_32_bits_is_refused_in_the_words_of_the_table(http: HttpClient) -> None:
    ((address, *arguments),) = http.messages("/mai/generate", "3,2147483648")
    assert (address, arguments[:3]) == ("/mai/error", [3, "/mai/generate", "out_of_range"])
    assert arguments[3] == "seed is 2147483648, expected a 32-bit integer"


def test_two_pages_and_a_udp_client_hear_one_press(udp: BridgeClient, http: HttpClient) -> None:
    with http.web_socket() as first, http.web_socket() as second:
        udp.request("/mai/hello", "Live", 0)
        for page in (first, second):
            say(page, "/mai/hello", 1, "page", 0)
            assert hear(page)[:2] == ["/mai/welcome", 1]

        say(first, "/mai/generate", 7, 42)

        own = hear_until(first, "/mai/done")
        assert {message[1] for message in own} == {7}
        others = hear_bars(second)
        heard = [[one.address, *one.arguments] for one in udp.receive(1.0)]
        assert {message[1] for message in (*others, *heard)} == {-1}
        assert without_id(own[:-1]) == without_id(others) == without_id(heard)
        udp.request("/mai/bye")
    http.wait_for_clients(0)


def test_a_press_over_http_is_heard_by_the_pages_and_each_has_its_own_subscription(http: HttpClient) -> None:
    with http.web_socket() as drums, http.web_socket() as everything:
        for page in (drums, everything):
            say(page, "/mai/hello", 1, "page", 0)
            hear(page)
        say(drums, "/mai/subscribe", 2, 0)
        assert hear(drums) == ["/mai/done", 2]

        http.messages("/mai/generate", "7,42,1")

        assert places(hear_bars(drums, 0, 0)) == [(0, 0)]
        assert places(hear_bars(everything, 0, 4)) == [(0, track) for track in range(5)]
        for page in (drums, everything):  # and nothing more
            say(page, "/mai/ping", 3)
            assert hear(page)[:2] == ["/mai/pong", 3]
    http.wait_for_clients(0)


def test_a_page_hears_a_setting_that_another_client_changes(http: HttpClient, page: ClientConnection) -> None:
    say(page, "/mai/hello", 1, "page", 0)
    hear(page)
    assert http.messages("/mai/set", "7,tempo,140")[0][:2] == ["/mai/done", 7]
    assert hear(page) == ["/mai/changed", "tempo", 140.0]


def test_a_page_that_closes_is_forgotten_at_once_and_its_stream_goes_on_for_the_others(
    udp: BridgeClient, http: HttpClient
) -> None:
    udp.request("/mai/hello", "Live", 0)
    udp.request("/mai/set", "tempo", 300)
    with http.web_socket() as page:
        say(page, "/mai/hello", 1, "page", 0)
        say(page, "/mai/stream/start", 2)
        hear_until(page, "/mai/bar")
        http.wait_for_clients(2)
    http.wait_for_clients(1, seconds=1.0)
    list(udp.receive(0.2))
    later = list(udp.receive(1.2))
    assert later
    assert {message.arguments[0] for message in later if message.address == "/mai/bar"} == {-1}
    udp.request("/mai/stream/stop")
    udp.request("/mai/bye")


def test_a_stream_started_over_http_is_heard_by_those_who_listen(http: HttpClient, page: ClientConnection) -> None:
    say(page, "/mai/hello", 1, "page", 0)
    hear(page)
    http.messages("/mai/set", "6,tempo,300")
    (done,) = http.messages("/mai/stream/start", "7")
    assert done[:2] == ["/mai/done", 7]
    heard = [message for message in hear_until(page, "/mai/bar") if message[0] == "/mai/bar"]
    assert heard[0][1] == -1
    assert heard[0][6] >= 0
    http.messages("/mai/stream/stop", "8")


def test_fifty_pages_hear_one_press_whole_and_in_order(http: HttpClient) -> None:
    async def listen(number: int, ready: asyncio.Barrier) -> list[Message]:
        async with connect_async(f"ws://{http.host}:{http.port}/v1/ws", compression=None) as page:
            await page.send(json.dumps(["/mai/hello", 1, f"page {number}", 0]))
            assert json.loads(await page.recv())[0] == "/mai/welcome"
            async with ready:
                pass
            if number == 0:
                await page.send(json.dumps(["/mai/generate", 7, 42]))
            heard = [json.loads(await page.recv())]
            while not is_last_of(3, 4, heard[-1]):
                heard.append(json.loads(await page.recv()))
            return heard

    async def all_of_them() -> list[list[Message]]:
        ready = asyncio.Barrier(50)
        return await asyncio.gather(*(listen(number, ready) for number in range(50)))

    heard = asyncio.run(asyncio.wait_for(all_of_them(), 30))
    assert {message[1] for message in heard[0]} == {7}
    assert {message[1] for message in heard[1]} == {-1}
    assert len({json.dumps(without_id(messages)) for messages in heard}) == 1
    assert places(heard[0]) == PHRASE
    http.wait_for_clients(0)


def test_a_web_socket_that_floods_the_bridge_is_told_so_and_udp_is_answered(
    udp: BridgeClient, http: HttpClient
) -> None:
    with http.web_socket() as page:
        for number in range(3000):
            say(page, "/mai/ping", number)
        answers = [hear(page) for _ in range(3000)]
        assert by_udp(udp, "/mai/ping")[0][0] == "/mai/pong"
    assert [message[1] for message in answers if message[0] == "/mai/pong"] == sorted(
        message[1] for message in answers if message[0] == "/mai/pong"
    )
    assert {message[0] if message[0] == "/mai/pong" else message[3] for message in answers} <= {"/mai/pong", "busy"}


def test_curl_asks_as_reapers_script_does(http: HttpClient, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl test: curl is not installed")
    answer = tmp_path / "answer.txt"
    url = f"http://localhost:{http.port}/v1/mai/generate?args=7,42"
    subprocess.run(["curl", "-s", "-m", "5", "-o", str(answer), url], check=True, timeout=10)
    *lines, end = answer.read_text(encoding="utf-8").splitlines()
    *bars, done = [read_line(line) for line in lines]
    assert places([[one.address, *one.arguments] for one in bars]) == PHRASE
    assert (done.address, end) == ("/mai/done", "end")
    status = subprocess.run(
        ["curl", "-s", "-H", "Accept: application/json", f"http://127.0.0.1:{http.port}/v1/mai/status?args=1"],
        check=True,
        timeout=10,
        capture_output=True,
    )
    ((_, _, told),) = json.loads(status.stdout)
    assert json.loads(told)["ports"]["http"] == f"http://127.0.0.1:{http.port}"


def test_a_name_with_blanks_commas_quotes_and_accents_goes_round(http: HttpClient, page: ClientConnection) -> None:
    name = 'Été, "take 2"\\3'
    http.messages("/mai/generate", "1,42")
    assert http.messages("/mai/latent/save", f"2,{json.dumps(name)}") == [["/mai/done", 2, name]]
    lines = http.ask("/v1/mai/latent/list?args=3").lines
    assert read_line(lines[0]) == OscMessage("/mai/latents", (3, name))
    say(page, "/mai/latent/delete", 4, name)
    assert hear(page) == ["/mai/done", 4]


def test_a_request_without_an_answer_ends_when_it_has_been_heard_and_shows_its_error(http: HttpClient) -> None:
    assert http.messages("/mai/clip", "3,0,1,0,60,100,0.0,1.0") == []
    assert http.ask("/v1/mai/clip?args=3,0,1,0,60,100,0.0,1.0").text == "end\n"
    ((address, *error),) = http.messages("/mai/clip", "3,0,1,99")
    assert (address, error[:2]) == ("/mai/error", [3, "/mai/clip"])


def test_a_bridge_that_stops_closes_its_pages_within_a_second_and_leaves_no_thread(start_bridge: Start) -> None:
    before = set(threading.enumerate())
    with ExitStack() as open_ones:
        with start_bridge() as bridge:
            its_threads = set(threading.enumerate()) - before
            assert {thread.name for thread in its_threads} == {"http", "osc", "engine", "models", "library writer"}
            assert bridge.http_url is not None
            http = HttpClient(bridge.http_url)
            pages = [open_ones.enter_context(http.web_socket()) for _ in range(10)]
            for page in pages:
                say(page, "/mai/hello", 1, "page", 0)
                hear(page)
            http.wait_for_clients(10)
            begin = time.monotonic()
        assert time.monotonic() - begin < 1.0
        for page in pages:
            assert list(page) == []  # closed, and said so
            assert page.close_code == 1001
    assert not any(thread.is_alive() for thread in its_threads)


def test_the_band_accompanies_a_clip_that_came_over_http(http: HttpClient) -> None:
    assert http.messages("/mai/clip", "3,0,1,1,60,100,0.0,1.0,64,100,2.0,1.0") == []
    messages = http.messages("/mai/accompany", "3,1,5")
    given = [message for message in messages if message[0] == "/mai/bar" and message[2:4] == [0, 1]]
    assert [one[7::4] + one[9::4] for one in given] == [[60, 64, 0.0, 2.0]]
    assert messages[-1][0] == "/mai/done"
