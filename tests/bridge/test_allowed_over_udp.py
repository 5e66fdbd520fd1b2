"""The whole bridge and its list of who is let in; and what it tells the log of its errors."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.daemon import Bridge
from bridge.doors.allow_list import NotAllowed
from bridge.engine.settings import BridgeSettings
from bridge.logs.flight_recorder import FlightRecorder
from bridge.logs.places import log_file
from bridge.protocol.osc_packet import build_message, parse_datagram


def settings(model: Path, folder: Path, host: str, *allow: str) -> BridgeSettings:
    library = folder / "l.sqlite"
    return BridgeSettings(
        model, library, host, allow, port=0, http_port=None, provider="cpu", midi_api="none", models=folder
    )


@contextmanager
def playing(given: BridgeSettings) -> Iterator[Bridge]:
    with Bridge(given) as bridge:
        thread = threading.Thread(target=bridge.run)
        thread.start()
        try:
            yield bridge
        finally:
            bridge.stop()
            thread.join()


def ask(bridge: Bridge, host: str, address: str, *arguments: int | str) -> str:
    """The address of the first answer to a client at `host`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((host, 0))
        client.settimeout(5.0)
        client.sendto(build_message(address, arguments), (host, bridge.osc_address[1]))
        return parse_datagram(client.recv(5000))[0].address


def test_a_wider_bridge_answers_this_machine_and_who_is_named(tiny_model: Path, tmp_path: Path) -> None:
    with playing(settings(tiny_model, tmp_path, "0.0.0.0", "10.0.0.0/8")) as bridge:
        assert ask(bridge, "127.0.0.1", "/mai/ping", 1) == "/mai/pong"
        assert bridge.allowed.admits(("10.1.2.3", 9))
        assert not bridge.allowed.admits(("192.168.0.7", 9))


def test_a_bridge_that_would_let_everyone_in_does_not_open(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="--allow"), Bridge(settings(tiny_model, tmp_path, "0.0.0.0")):
        pytest.fail("it opened")


def test_an_error_is_in_the_log_in_words(tiny_model: Path, tmp_path: Path) -> None:
    given = settings(tiny_model, tmp_path, "127.0.0.1")
    with FlightRecorder(given) as recorder, playing(given) as bridge:
        recorder.watch(bridge)
        assert ask(bridge, "127.0.0.1", "/mai/sing", 7) == "/mai/error"
    told = [json.loads(line) for line in log_file(given.library).read_text().splitlines()]
    (error,) = (line for line in told if line["message"] == "error answered")
    assert (error["id"], error["address"], error["code"]) == (7, "/mai/sing", "unknown_address")
    assert "OSC table" in error["said"]
