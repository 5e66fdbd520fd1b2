"""MIDI ports without a sound card: a JACK server of the benchmark's own, and a listener at a port."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rtmidi

from benchmarks.jack_shared_memory import sweep
from benchmarks.midi_log import LoggedMessage, read_log

FRAMES_A_SECOND = 48_000
PERIOD = 16  # frames: JACK passes notes on once a period, here every third of a millisecond
_END_SECONDS = 5.0


class NoJack(RuntimeError):
    """There are no MIDI ports to measure at; the message says what is missing."""


@contextmanager
def jack_server(period: int = PERIOD) -> Iterator[None]:
    """A JACK server that this process and those it starts find by JACK_DEFAULT_SERVER. Raises NoJack.

    With real-time priority where the system allows it; without, a busy machine holds the server itself up.
    """
    _check_installed()
    sweep()
    name = f"bench-{uuid.uuid4().hex[:8]}"
    priority = ["--realtime", "-P", "20"] if _may_be_real_time() else ["--no-realtime"]
    command = ["jackd", *priority, "--name", name, "-t", "10000"]
    command += ["-d", "dummy", "-r", str(FRAMES_A_SECOND), "-p", str(period)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    before = os.environ.get("JACK_DEFAULT_SERVER")
    os.environ["JACK_DEFAULT_SERVER"] = name
    try:
        waited = subprocess.run(["jack_wait", "-w", "-t", "10", "-s", name], capture_output=True, check=False)
        if waited.returncode or server.poll() is not None:
            raise NoJack(f"jackd does not start here (exit {server.poll()}; is /dev/shm too small?)")
        yield
    finally:
        if before is None:
            del os.environ["JACK_DEFAULT_SERVER"]
        else:
            os.environ["JACK_DEFAULT_SERVER"] = before
        _end(server)
        sweep()


class Ear:
    """What a listener has heard; empty until it has ended."""

    def __init__(self) -> None:
        self.heard: list[LoggedMessage] = []


@contextmanager
def midi_ear(port: str) -> Iterator[Ear]:
    """A listener at the first JACK port whose name contains `port`. Raises NoJack."""
    ear = Ear()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "heard.txt"
        command = [sys.executable, "-m", "benchmarks.midi_ear", port, str(log)]
        listener = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert listener.stdin is not None
        assert listener.stdout is not None
        try:
            if listener.stdout.readline().strip() != "ready":
                raise NoJack(f"nobody listens to the port {port!r}")
            yield ear
        finally:
            listener.stdin.close()
            status = listener.wait()
            listener.stdout.close()
        if status:
            raise NoJack(f"who listened to the port {port!r} ended with {status}: run it again")
        ear.heard = read_log(log)


def _check_installed() -> None:
    missing = [program for program in ("jackd", "jack_wait") if shutil.which(program) is None]
    if missing:
        raise NoJack(f"{' and '.join(missing)} not installed (Debian: apt install jackd2 jack-example-tools)")
    if rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api():
        raise NoJack("this python-rtmidi was built without JACK")


def _may_be_real_time() -> bool:
    """Whether this user's programs may ask for real-time priority; asked by a program that ends at once."""
    ask = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))"
    return subprocess.run([sys.executable, "-c", ask], capture_output=True, check=False).returncode == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:  # jackd 1.9.21 often hangs once it has had clients
        process.kill()
        process.wait()
