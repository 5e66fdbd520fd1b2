"""A JACK server that waits for its clients, and says when one kept it waiting too long: what a soak listens through.

A busy machine makes clients late. A server that does not wait then passes on what a client
wrote a period before, so that a listener hears notes twice and misses others, which nobody played so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.jack_loop import FRAMES_A_SECOND, NoJack
from benchmarks.jack_shared_memory import sweep
from bridge.midi.real_time import become_real_time

PERIOD = 256  # frames: a common sound card's, 5.3 ms
_END_SECONDS = 5.0


class JackLog:
    """What the server complained of."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def slips(self) -> int:
        """How often a client was not done with its period in time, or the server itself was late."""
        return sum("not finished" in line or "XRun" in line for line in self._path.read_text().splitlines())


@contextmanager
def waiting_jack_server() -> Iterator[JackLog]:
    """A server that this process and those it starts find by JACK_DEFAULT_SERVER. Raises NoJack."""
    for program in ("jackd", "jack_wait"):
        if shutil.which(program) is None:
            raise NoJack(f"{program} is not installed (Debian: apt install jackd2 jack-example-tools)")
    sweep()
    name = f"soak-{uuid.uuid4().hex[:8]}"
    priority = ["--realtime", "-P", "20"] if _may_be_real_time() else ["--no-realtime"]
    command = ["jackd", *priority, "--sync", "--name", name, "-t", "1000"]
    command += ["-d", "dummy", "-r", str(FRAMES_A_SECOND), "-p", str(PERIOD)]
    before = os.environ.get("JACK_DEFAULT_SERVER")
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "jack.txt").open("w") as told:
        server = subprocess.Popen(command, stdout=told, stderr=told)
        os.environ["JACK_DEFAULT_SERVER"] = name
        try:
            waited = subprocess.run(["jack_wait", "-w", "-t", "10", "-s", name], capture_output=True, check=False)
            if waited.returncode or server.poll() is not None:
                raise NoJack(f"jackd does not start here (exit {server.poll()}; is /dev/shm too small?)")
            yield JackLog(Path(told.name))
        finally:
            if before is None:
                del os.environ["JACK_DEFAULT_SERVER"]
            else:
                os.environ["JACK_DEFAULT_SERVER"] = before
            server.terminate()
            try:
                server.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:  # jackd 1.9.21 often hangs once it has had clients
                server.kill()
                server.wait()
            sweep()


def _may_be_real_time() -> bool:
    """Whether the system allows it; asked in a thread that ends at once."""
    allowed: list[bool] = []
    asking = threading.Thread(target=lambda: allowed.append(become_real_time()))
    asking.start()
    asking.join()
    return allowed == [True]
