"""`maisynth serve` as a process of its own, as a musician runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.clock import now
from bridge.doors.client import BridgeClient, NoAnswer
from bridge.doors.clients import Address

_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_PORT_SHOWN = re.compile(r"UDP 127\.0\.0\.1:(\d+)")


@dataclass(frozen=True, slots=True)
class RunningBridge:
    """A bridge that answers at `address`."""

    process: subprocess.Popen[str]
    address: Address

    @property
    def port(self) -> int:
        return self.address[1]

    def stop(self) -> int:
        """Ends it as a service manager does; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_STOP_SECONDS)


@contextmanager
def serve(
    model: Path, library: Path, midi_api: str = "none", environment: Mapping[str, str] | None = None
) -> Iterator[RunningBridge]:
    """A bridge on a free port, ready; killed at the end where the test has not stopped it."""
    options = ["--model", str(model), "--library", str(library), "--port", "0", "--midi-api", midi_api]
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "serve", "--provider", "cpu", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A wide screen, so that no line of it is broken in two.
        env={
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
            "COLUMNS": "200",
            **(environment or {}),
        },
    )
    try:
        address = ("127.0.0.1", _shown_port(process))
        _wait_for_pong(address)
        yield RunningBridge(process, address)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _shown_port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    shown = ""
    for line in process.stdout:
        shown += line
        if found := _PORT_SHOWN.search(line):
            return int(found[1])
    raise AssertionError(f"the bridge ended before it showed its port: exit {process.wait()}\n{shown}")


def _wait_for_pong(address: Address) -> None:
    end = now() + _START_SECONDS
    while True:
        with BridgeClient(address, timeout=1.0) as client:
            try:
                client.request("/mai/ping")
                return
            except NoAnswer:
                assert now() < end, f"the bridge at {address} has not answered for {_START_SECONDS:g} s"
