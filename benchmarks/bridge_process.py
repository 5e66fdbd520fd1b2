"""A bridge as a process of its own, for the benchmarks."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.doors.client import BridgeClient, NoAnswer


@contextmanager
def bridge_process(model: Path, port: int) -> Iterator[BridgeClient]:
    """Serves on 127.0.0.1:`port` with a library of its own, without MIDI and HTTP; gives a client that it answers."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bridge", "serve", "--midi-api", "none", "--no-http", "--provider", "cpu"]
        command += ["--model", str(model), "--port", str(port), "--models", folder]
        command += ["--library", str(Path(folder) / "latents.sqlite")]
        bridge = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            with _connected(port) as client:
                yield client
        finally:
            bridge.terminate()
            bridge.wait()


def _connected(port: int) -> BridgeClient:
    for _ in range(200):
        client = BridgeClient(("127.0.0.1", port))
        try:
            client.request("/mai/ping")
            return client
        except NoAnswer:
            client.close()
            time.sleep(0.05)
    raise SystemExit("the bridge did not start")
