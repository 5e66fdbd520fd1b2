"""A JACK server whose frames keep time without real-time priority: at 64 frames a period it loses some on a busy
machine, seconds of them a minute; at 256, the period of a common sound card, none."""

from __future__ import annotations

import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

PERIOD = 256
FRAMES_A_SECOND = 48_000


@contextmanager
def steady_jack() -> Iterator[str]:
    """The server's name, for JACK_DEFAULT_SERVER. Skips where it does not start."""
    name = f"steady-{uuid.uuid4().hex[:12]}"
    rate, period = str(FRAMES_A_SECOND), str(PERIOD)
    options = ["--no-realtime", "--name", name, "-t", "10000", "-d", "dummy", "-r", rate, "-p", period]
    process = subprocess.Popen(["jackd", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        waited = subprocess.run(["jack_wait", "-w", "-t", "10", "-s", name], capture_output=True, check=False)
        if waited.returncode or process.poll() is not None:
            pytest.skip(f"no JACK test: jackd does not start here (exit {process.poll()}; is /dev/shm too small?)")
        yield name
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:  # jackd 1.9.21 often hangs once it has had clients
            process.kill()
            process.wait()
