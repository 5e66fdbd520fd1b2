from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge import __version__
from bridge.daemon import Bridge
from bridge.doctor.finding import Level
from bridge.doctor.ports import http_port, osc_port, who_is_let_in
from bridge.engine.settings import BridgeSettings


@contextmanager
def taken(kind: socket.SocketKind, says: bytes = b"") -> Iterator[int]:
    """A program that has a port of 127.0.0.1, and answers everything with the same bytes, or not at all."""
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            other.listen()
        if says:
            threading.Thread(target=_answer, args=(other, kind, says), daemon=True).start()
        yield other.getsockname()[1]
        other.close()


def _answer(listener: socket.socket, kind: socket.SocketKind, says: bytes) -> None:
    if kind is socket.SOCK_DGRAM:
        _, source = listener.recvfrom(65535)
        listener.sendto(says, source)
    else:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65535)
            connection.sendall(says)


def free_port(kind: socket.SocketKind) -> int:
    with taken(kind) as port:
        return port


def test_free_ports_are_free_and_stay_so() -> None:
    udp, tcp = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    for _ in range(2):
        assert osc_port("127.0.0.1", udp).level is Level.OK
        assert http_port(tcp).level is Level.OK


def test_any_free_port_is_always_there() -> None:
    assert osc_port("127.0.0.1", 0).level is Level.OK
    assert http_port(0).level is Level.OK
    assert http_port(None).found == "switched off (--no-http)"


def test_a_bridge_that_runs_there_is_recognised_by_its_version(tiny_model: Path, tmp_path: Path) -> None:
    settings = BridgeSettings(tiny_model, tmp_path / "l.sqlite", port=0, http_port=0, provider="cpu", midi_api="none")
    with Bridge(settings) as bridge:
        examined = []

        def examine() -> None:
            assert bridge.http_url is not None
            examined.append(osc_port(*bridge.osc_address))
            examined.append(osc_port("0.0.0.0", bridge.osc_address[1]))
            examined.append(http_port(int(bridge.http_url.rsplit(":", 1)[1])))
            bridge.stop()

        doctor = threading.Thread(target=examine)
        doctor.start()
        bridge.run()  # in the thread that opened it: its library belongs to that
        doctor.join()
    for found in examined:
        assert found.level is Level.WARN
        assert found.found == f"a bridge of version {__version__} runs there"
        assert "stop it first or choose another port" in found.remedy


@pytest.mark.parametrize("says", [b"", b"/mai/status\0,is\0\0\0\0\1{}\0\0", b"#bundle\0 nonsense"])
def test_a_udp_port_that_another_program_has_is_bad(says: bytes) -> None:
    with taken(socket.SOCK_DGRAM, says) as port:
        found = osc_port("127.0.0.1", port)
    assert found.level is Level.BAD
    assert "does not answer as a bridge" in found.found
    assert f"lsof -i :{port}" in found.remedy
    assert "--port" in found.remedy


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n<html>",
        b"HTTP/1.0 404 Not Found\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n[]",
        b'HTTP/1.0 200 OK\r\n\r\n[["/mai/status", 1, "[]"]]',
        b'HTTP/1.0 200 OK\r\n\r\n[["/mai/status", 1, {"version": 7}]]',
    ],
)
def test_a_tcp_port_that_another_program_has_is_bad(says: bytes) -> None:
    with taken(socket.SOCK_STREAM, says) as port:
        found = http_port(port)
    assert found.level is Level.BAD
    assert "does not answer as a bridge" in found.found
    assert "--http-port" in found.remedy


def test_an_address_of_another_machine_is_told_from_a_taken_port() -> None:
    found = osc_port("192.0.2.1", 0)
    assert found.level is Level.BAD
    assert "this machine has no such address" in found.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux which ports it keeps")
def test_a_port_that_the_system_keeps_is_told_from_a_taken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # What a bind says to a user who is not root; a test that runs as root cannot make the system say it.
    def bind(_socket: object, _address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)
    found = osc_port("127.0.0.1", 80)
    assert (found.level, found.found) == (Level.BAD, "it cannot be listened on: Permission denied")
    assert found.remedy == "the system keeps this port for itself: choose one above 1024 with --port"


@pytest.mark.parametrize(
    ("host", "allowed", "level"),
    [("127.0.0.1", (), Level.OK), ("0.0.0.0", (), Level.BAD), ("0.0.0.0", ("10.0.0.0/8",), Level.WARN)],
)
def test_who_is_let_in_is_told(host: str, allowed: tuple[str, ...], level: Level) -> None:
    found = who_is_let_in(host, allowed)
    assert found.level is level
    assert ("--allow" in found.remedy) == (level is Level.BAD)
    assert ("10.0.0.0/8" in found.found) == (level is Level.WARN)
