from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from bridge.__main__ import main
from bridge.page.open_command import NoPage, open_page
from bridge.page.serving import pages
from bridge.protocol.osc_packet import OscMessage
from tests.bridge.doors.stage import Stage, on_stage


class Browser:
    """Remembers what it is to show."""

    def __init__(self, is_there: bool = True) -> None:
        self.shown: list[str] = []
        self.is_there = is_there

    def __call__(self, url: str) -> bool:
        if self.is_there:
            self.shown.append(url)
        return self.is_there


def answer_ping(stage: Stage) -> None:
    source = stage.next_letter().source
    stage.door.send(OscMessage("/mai/pong", (1, 1.5, 0, 0)), source)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with on_stage(pages()) as stage:
        threading.Thread(target=answer_ping, args=(stage,), daemon=True).start()
        yield stage


def test_the_page_of_a_bridge_that_runs_is_shown(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    browser, port = Browser(), stage.door.address[1]
    assert open_page(port, browser) == 0
    assert browser.shown == [f"http://127.0.0.1:{port}/"]
    assert browser.shown[0] in capsys.readouterr().out


def test_where_there_is_no_browser_the_address_is_told(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert open_page(stage.door.address[1], Browser(is_there=False)) == 1
    assert f"http://127.0.0.1:{stage.door.address[1]}/" in capsys.readouterr().out


def test_a_bridge_without_a_page_says_how_to_get_one() -> None:
    with on_stage() as stage:
        threading.Thread(target=answer_ping, args=(stage,), daemon=True).start()
        browser = Browser()
        with pytest.raises(NoPage, match="--no-page"):
            open_page(stage.door.address[1], browser)
        assert browser.shown == []


def test_no_bridge_is_one_sentence_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert main(["open", "--http-port", str(closed.getsockname()[1])]) == 1
    told = capsys.readouterr().err
    assert told.startswith("maisynth: nothing listens at TCP 127.0.0.1:")
    assert "maisynth serve" in told


@pytest.mark.parametrize("answer", [b"SSH-2.0-stranger\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b""])
def test_another_program_at_the_port_is_not_opened(answer: bytes) -> None:
    def stranger(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=stranger, args=(listening,), daemon=True).start()
        browser = Browser()
        with pytest.raises(NoPage, match="another program"):
            open_page(listening.getsockname()[1], browser)
    assert browser.shown == []


def test_a_port_that_cannot_be_is_one_sentence() -> None:
    with pytest.raises(NoPage, match="99999"):
        open_page(99999, Browser())
