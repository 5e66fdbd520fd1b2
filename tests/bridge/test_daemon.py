"""The whole bridge as a process, over real UDP."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from websockets.sync.client import connect

from bridge.doors.client import BridgeClient, BridgeError, NoAnswer

ROOT = Path(__file__).parent.parent.parent

Process = subprocess.Popen[str]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(model: Path, folder: Path, port: int, http: Sequence[str] = ("--no-http",)) -> Iterator[Process]:
    """A bridge in a process of its own that answers; killed at the end if the test did not end it."""
    command = [sys.executable, "-m", "bridge", "serve", "--port", str(port), "--midi-api", "none"]
    command += ["--model", str(model), "--library", str(folder / "latents.sqlite"), *http]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_until_it_answers(port, process)
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_it_answers(port: int, process: Process) -> None:
    for _ in range(400):
        assert process.poll() is None, process.communicate()[0]
        try:
            with BridgeClient(("127.0.0.1", port), timeout=1.0) as client:
                client.request("/mai/ping")
                return
        except NoAnswer:
            time.sleep(0.05)  # a port that nobody listens on refuses at once
    raise AssertionError("the bridge did not answer within 20 s")


@pytest.fixture(scope="module")
def bridge(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with running(tiny_model, tmp_path_factory.mktemp("bridge"), port):
        yield port


@pytest.fixture
def client(bridge: int) -> Iterator[BridgeClient]:
    with BridgeClient(("127.0.0.1", bridge)) as client:
        yield client


def played(client: BridgeClient, *request: int | float | str) -> list[tuple[int | float | str, ...]]:
    return [m.arguments[1:] for m in client.request(str(request[0]), *request[1:]) if m.address == "/mai/bar"]


def test_the_same_seed_gives_the_same_notes_in_every_process(
    client: BridgeClient, tiny_model: Path, tmp_path: Path
) -> None:
    here = played(client, "/mai/generate", 42)
    assert {(bar[0], bar[1]) for bar in here} == {(bar, track) for bar in range(4) for track in range(5)}
    port = free_port()
    with running(tiny_model, tmp_path, port), BridgeClient(("127.0.0.1", port)) as other:
        assert played(other, "/mai/generate", 42) == here


def test_a_musician_saves_morphs_lists_and_recalls(client: BridgeClient) -> None:
    first = played(client, "/mai/generate", 1)
    client.request("/mai/latent/save", "A")
    second = played(client, "/mai/generate", 2)
    client.request("/mai/latent/save", "B")

    half = played(client, "/mai/morph", "A", 0.5, "B", 0.5)

    assert half not in (first, second)
    assert played(client, "/mai/latent/recall", "A") == first
    assert played(client, "/mai/morph", "B", 1) == second
    assert client.request("/mai/latent/list")[0].arguments[1:] == ("A", "B")


def test_hostile_datagrams_change_nothing(client: BridgeClient, bridge: int) -> None:
    before = played(client, "/mai/generate", 5)
    rng = random.Random(0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
        for _ in range(3000):
            kind = rng.random()
            noise = rng.randbytes(rng.randrange(0, 200))
            if kind < 0.3:
                noise = b"#bundle\0" + noise
            elif kind < 0.6:
                noise = b"/mai/generate\0\0\0,iii" + noise
            attacker.sendto(noise, ("127.0.0.1", bridge))
    assert played(client, "/mai/generate", 5) == before
    status = json.loads(str(client.request("/mai/status")[0].arguments[1]))
    assert status["counters"]["malformed"] > 1000


def test_errors_come_back_as_errors(client: BridgeClient) -> None:
    with pytest.raises(BridgeError, match="unknown_address"):
        client.request("/mai/sing")
    with pytest.raises(BridgeError, match=r"unknown_name: .*nobody"):
        client.request("/mai/latent/recall", "nobody")


def test_a_stream_sends_bars_with_song_positions_until_it_is_stopped(client: BridgeClient) -> None:
    client.request("/mai/set", "tempo", 300)
    client.request("/mai/stream/start")
    starts = {float(m.arguments[5]) for m in client.receive(2.0) if m.address == "/mai/bar"}
    client.request("/mai/stream/stop")
    assert len(starts) >= 2
    assert all(start % 4 == 0 for start in starts)
    assert list(client.receive(1.2)) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
def test_sigterm_ends_it_with_status_0_and_what_was_saved_is_there_again(tiny_model: Path, tmp_path: Path) -> None:
    port = free_port()
    with running(tiny_model, tmp_path, port) as process, BridgeClient(("127.0.0.1", port)) as client:
        notes = played(client, "/mai/generate", 9)
        client.request("/mai/latent/save", "encore")
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "every note has ended" in output
    port = free_port()
    with running(tiny_model, tmp_path, port), BridgeClient(("127.0.0.1", port)) as client:
        assert played(client, "/mai/latent/recall", "encore") == notes


def test_a_second_bridge_on_the_same_port_says_so_and_leaves(bridge: int, tiny_model: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bridge", "serve", "--port", str(bridge), "--midi-api", "none"]
    command += ["--model", str(tiny_model), "--library", str(tmp_path / "l.sqlite"), "--no-http"]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert "another bridge may be running" in second.stderr


def test_no_bridge_is_no_answer_in_time() -> None:
    with BridgeClient(("127.0.0.1", free_port()), timeout=0.2) as client, pytest.raises(NoAnswer):
        client.request("/mai/ping")


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ports_of(client: BridgeClient) -> dict[str, str]:
    ports: dict[str, str] = json.loads(str(client.request("/mai/status")[0].arguments[1]))["ports"]
    return ports


def test_the_http_door_is_where_the_command_line_says_or_closed(
    client: BridgeClient, tiny_model: Path, tmp_path: Path
) -> None:
    assert ports_of(client)["http"] == "none"
    port, http_port = free_port(), free_tcp_port()
    options = ("--http-port", str(http_port))
    with running(tiny_model, tmp_path, port, options), BridgeClient(("127.0.0.1", port)) as other:
        assert ports_of(other)["http"] == f"http://127.0.0.1:{http_port}"
        with urlopen(f"http://localhost:{http_port}/v1/mai/get?args=3,output") as answer:
            assert answer.read() == b"/mai/value 3 output both\nend\n"


def test_a_taken_http_port_is_told_and_osc_works(tiny_model: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other_program:
        port, options = free_port(), ("--http-port", str(other_program.getsockname()[1]))
        with running(tiny_model, tmp_path, port, options) as process, BridgeClient(("127.0.0.1", port)) as client:
            assert ports_of(client)["http"] == "none"
            assert len(played(client, "/mai/generate", 1)) >= 20
            if os.name != "nt":
                process.send_signal(signal.SIGTERM)
                output, _ = process.communicate(timeout=20)
                assert "OSC works without HTTP" in output


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
def test_sigterm_closes_open_pages_and_requests_at_once(tiny_model: Path, tmp_path: Path) -> None:
    http_port = free_tcp_port()
    options = ("--http-port", str(http_port))
    with (
        running(tiny_model, tmp_path, free_port(), options) as process,
        connect(f"ws://127.0.0.1:{http_port}/v1/ws") as page,
        socket.create_connection(("127.0.0.1", http_port)),
    ):
        page.send('["/mai/hello", 1, "page", 0]')
        page.recv(timeout=5)
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
        assert time.monotonic() - begin < 3.0  # the process itself ends too, in a busy machine's time
        assert process.returncode == 0
        assert "Traceback" not in output
        assert list(page) == []
        assert page.close_code == 1001
