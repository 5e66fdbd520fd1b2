"""A bridge with its page, in a process of its own, so that it can be killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.clock import now
from tests.bridge.doors.http_client import HttpClient

START_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServedBridge:
    """What the tests need of it: its page's address, its HTTP door, and its end."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}/"
        self.http = HttpClient(self.url)

    def ask(self, address: str, *arguments: str | float) -> None:
        """One request, done. Strings with commas are quoted."""
        quoted = (f'"{one}"' if isinstance(one, str) else str(one) for one in arguments)
        answers = self.http.messages(address, ",".join(["1", *quoted]))
        assert answers[-1][0] != "/mai/error", answers

    def clear(self) -> None:
        """As it was at the start: nothing streams, nothing is saved or locked."""
        self.ask("/mai/panic")
        for _, _, *names in (one for one in self.http.messages("/mai/latent/list", "1") if one[0] == "/mai/latents"):
            for name in names:
                self.ask("/mai/latent/delete", str(name).replace('"', '\\"'))
        for track in range(5):
            self.ask("/mai/lock", track, 0)


@contextmanager
def bridge_with_page(model: Path, folder: Path, port: int | None = None) -> Iterator[ServedBridge]:
    """Its library and its models are in the folder. Killed at the end if the test has not done so."""
    chosen = port or free_port()
    options = ["--port", "0", "--http-port", str(chosen), "--midi-api", "none", "--provider", "cpu"]
    places = ["--model", str(model), "--library", str(folder / "library.sqlite"), "--models", str(folder / "models")]
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "serve", *options, *places],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    bridge = ServedBridge(chosen, process)
    try:
        _wait_for_pong(bridge)
        yield bridge
    finally:
        process.kill()
        process.wait()


def _wait_for_pong(bridge: ServedBridge) -> None:
    end = now() + START_SECONDS
    while True:
        try:
            bridge.ask("/mai/ping")
            return
        except OSError:
            assert now() < end, f"the bridge at {bridge.url} has not answered for {START_SECONDS:g} s"
            time.sleep(0.05)
