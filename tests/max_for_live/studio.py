"""A Live set full of shipped devices (studio.js), and a bridge that can be started again at the same port."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bridge.clock import now
from bridge.doors.client import BridgeClient, NoAnswer
from tests.max_for_live.node import HERE

START_SECONDS = 30.0
Json = dict[str, Any]


class Studio:
    """The process that is Max and Live. Commands are those of studio.js."""

    def __init__(self, bridge_port: int) -> None:
        command = ["node", "studio.js", str(bridge_port)]
        self.process = subprocess.Popen(
            command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __call__(self, name: str, *values: Any) -> Any:
        """Have a command carried out, and return what it answers. Raises AssertionError with Max's last words."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, *values]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr is not None
            raise AssertionError(f"{name} ended Max: {self.process.stderr.read()}")
        return json.loads(line)

    def look(self, device: int = 0) -> Json:
        """What the device shows, has played and has sent, and what the Live set keeps of it."""
        seen: Json = self("look", device)
        return seen

    def wait(self, until: Callable[[Json], object], device: int = 0, seconds: float = 10.0) -> Json:
        """Look until it is so; returns what was seen. Raises AssertionError after `seconds`."""
        end = now() + seconds
        while True:
            seen = self.look(device)
            if until(seen):
                return seen
            assert now() < end, f"not within {seconds:g} s: {seen['texts']}, sent {seen['sent']}"
            time.sleep(0.02)

    def connected(self, device: int = 0, seconds: float = 10.0) -> Json:
        return self.wait(lambda seen: seen["texts"]["lamp_word"] == "Connected", device, seconds)


@contextmanager
def studio(bridge_port: int, devices: int = 1, kept: Json | None = None) -> Iterator[Studio]:
    """A Live set with devices 0, 1, ... each on a track of its own; `kept`: as a set that was saved has them."""
    made = Studio(bridge_port)
    try:
        made("add", devices, *([] if kept is None else [kept]))
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def bridge_at(port: int, model: Path, library: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A bridge at this port that answers; killed at the end if the test has not done so."""
    options = ["--port", str(port), "--no-http", "--model", str(model), "--library", str(library), "--midi-api", "none"]
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "serve", "--provider", "cpu", *options],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    try:
        _wait_for_pong(port)
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for_pong(port: int) -> None:
    end = now() + START_SECONDS
    while True:
        with BridgeClient(("127.0.0.1", port), timeout=0.3) as client:
            try:
                client.request("/mai/ping")
                return
            except (NoAnswer, ConnectionRefusedError):
                assert now() < end, f"the bridge at {port} has not answered for {START_SECONDS:g} s"
                time.sleep(0.05)
