"""A bridge as a process of its own, for the benchmarks."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bridge.doors.client import BridgeClient, NoAnswer

START_SECONDS = 60.0  # a GPU's libraries are slow to load


@contextmanager
def bridge_process(
    model: Path,
    port: int,
    provider: str = "cpu",
    midi_api: str = "none",
    http_port: int | None = None,
    program: Sequence[str] = ("bridge",),
) -> Iterator[BridgeClient]:
    """Serves on 127.0.0.1:`port` with a library of its own; gives a client that it answers.

    `http_port` None: without HTTP. `program`: the module that is run, and what comes before the bridge's arguments.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", *program, "serve", "--midi-api", midi_api, "--provider", provider]
        command += ["--no-http"] if http_port is None else ["--http-port", str(http_port)]
        command += ["--model", str(model), "--port", str(port), "--models", folder]
        command += ["--library", str(Path(folder) / "latents.sqlite")]
        bridge = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            with _connected(port, bridge) as client:
                yield client
        finally:
            bridge.terminate()
            bridge.wait()


def _connected(port: int, bridge: subprocess.Popen[bytes]) -> BridgeClient:
    end = time.monotonic() + START_SECONDS
    while bridge.poll() is None and time.monotonic() < end:
        client = BridgeClient(("127.0.0.1", port))
        try:
            client.request("/mai/ping")
            return client
        except NoAnswer:
            client.close()
            time.sleep(0.05)
    raise SystemExit(f"the bridge did not start (exit {bridge.poll()})")
