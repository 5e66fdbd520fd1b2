"""A real bridge with an HTTP door, whose port the actions are told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bridge.doors.address import Address
from bridge.doors.client import BridgeClient
from tests.reaper.scene import play

_SHOWN = re.compile(r"(UDP |http://)127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class HttpBridge:
    """A bridge that answers at both addresses."""

    osc: Address
    http_port: int

    def play(self, scene: str) -> dict[str, Any]:
        """A scene in a Reaper beside it."""
        return play(scene, self.http_port)

    def ask(self, address: str, *arguments: int | float | str) -> list[Any]:
        """The messages that another client is answered."""
        with BridgeClient(self.osc) as client:
            return client.request(address, *arguments)


@contextmanager
def served(options: Sequence[str]) -> Iterator[HttpBridge]:
    """`maisynth serve` without MIDI, on free ports; ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "serve", "--port", "0", "--http-port", "0", "--midi-api", "none", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"},
    )
    try:
        yield HttpBridge(*_shown_ports(process))
    finally:
        process.terminate()
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _shown_ports(process: subprocess.Popen[str]) -> tuple[Address, int]:
    assert process.stdout is not None
    shown, ports = "", dict[str, int]()
    for line in process.stdout:
        shown += line
        if found := _SHOWN.search(line):
            ports[found[1]] = int(found[2])
        if len(ports) == 2:
            return ("127.0.0.1", ports["UDP "]), ports["http://"]
    raise AssertionError(f"the bridge ended before it showed its ports: exit {process.wait()}\n{shown}")
