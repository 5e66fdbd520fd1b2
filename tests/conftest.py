"""What several tests need: a band's contract, and a JACK server that no sound card is needed for."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.jack_shared_memory import sweep
from bridge.contract import ModelContract
from tests.a_band import a_band
from tests.tiny_model import write_tiny_model


def pytest_configure(config: pytest.Config) -> None:
    """A skipped test says why, always."""
    if "s" not in config.option.reportchars:
        config.option.reportchars += "s"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI everything is installed: there a test that is skipped because its program is missing fails."""
    report = yield
    if report.skipped and os.environ.get("CI") and "not installed" in str(report.longrepr):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def band() -> ModelContract:
    return a_band()


@pytest.fixture(scope="session")
def jack_server() -> Iterator[str]:
    """The name of a running JACK server, for JACK_DEFAULT_SERVER. One for all tests; skips where there is no JACK."""
    with _running_jack() as (name, _):
        yield name


@pytest.fixture
def mortal_jack_server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A JACK server of the test's own, to kill: its name and its process."""
    with _running_jack() as server:
        yield server


@contextmanager
def _running_jack() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    for program in ("jackd", "jack_wait"):
        if not shutil.which(program):
            pytest.skip(f"no JACK test: {program} is not installed (Debian: apt install jackd2)")
    sweep()
    name = f"maisynth-{uuid.uuid4().hex[:12]}"  # jackd cannot start again under a name that it has just left
    options = ["--no-realtime", "--name", name, "-t", "10000", "-d", "dummy", "-r", "48000", "-p", "64"]
    process = subprocess.Popen(["jackd", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        waited = subprocess.run(["jack_wait", "-w", "-t", "10", "-s", name], capture_output=True, check=False)
        if waited.returncode or process.poll() is not None:
            pytest.skip(f"no JACK test: jackd does not start here (exit {process.poll()}; is /dev/shm too small?)")
        yield name, process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:  # jackd 1.9.21 often hangs once it has had clients
            process.kill()
            process.wait()
        sweep()


@pytest.fixture(scope="session")
def tiny_model(band: ModelContract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a small real ONNX model that plays the band's grid."""
    path = tmp_path_factory.mktemp("models") / "tiny.onnx"
    write_tiny_model(path, band)
    return path
