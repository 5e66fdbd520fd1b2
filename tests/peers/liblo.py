"""liblo's two programs: oscsend, which has a new source port for each message, and oscdump, which shows what comes."""

from __future__ import annotations

import queue
import shlex
import shutil
import socket
import subprocess
import threading
from types import TracebackType

import pytest

Words = tuple[str, ...]  # address, type tags, then the arguments as oscdump writes them

needs_liblo = pytest.mark.skipif(
    not (shutil.which("oscsend") and shutil.which("oscdump")),
    reason="no liblo test: oscsend and oscdump are not installed (Debian: apt install liblo-tools)",
)


def free_port() -> int:
    """A UDP port that nothing listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class LibloClient:
    """Sends with oscsend to a bridge, hears its answers with oscdump."""

    def __init__(self, bridge_port: int) -> None:
        self.bridge_port = bridge_port
        self.port = free_port()
        self._came: queue.SimpleQueue[Words] = queue.SimpleQueue()
        self._dump = subprocess.Popen(["oscdump", "-L", str(self.port)], stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._wait_until_listening()

    def send(self, address: str, types: str = "", *values: object) -> None:
        """One message, one run of oscsend."""
        arguments = [address, *([types] if types else []), *map(str, values)]
        subprocess.run(["oscsend", "127.0.0.1", str(self.bridge_port), *arguments], check=True)

    def hello(self) -> Words:
        """Introduce oscdump's port to the bridge; returns the welcome."""
        self.send("/mai/hello", "isi", 1, "tester", self.port)
        return self.hear("/mai/welcome")[-1]

    def ask(self, address: str, types: str, *values: object) -> list[Words]:
        """Send a request and return all its answers, the closing /mai/done with them."""
        self.send(address, types, *values)
        return self.hear("/mai/done")

    def refused(self, address: str, types: str = "", *values: object) -> Words:
        """Send a request that must fail; returns the arguments of the /mai/error: id, address, code, message."""
        self.send(address, types, *values)
        heard = self.hear("/mai/error")
        assert len(heard) == 1, f"more than an error came: {heard}"
        return heard[0][2:]

    def hear(self, closing: str, timeout: float = 10.0) -> list[Words]:
        """All messages up to the next one at the address `closing`."""
        heard: list[Words] = []
        while not heard or heard[-1][0] != closing:
            try:
                heard.append(self._came.get(timeout=timeout))
            except queue.Empty:
                pytest.fail(f"no {closing} within {timeout:g} s, only: {heard}")
        return heard

    def close(self) -> None:
        self._dump.terminate()
        self._dump.wait()
        self._reader.join()

    def __enter__(self) -> LibloClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> None:
        assert self._dump.stdout is not None
        for line in self._dump.stdout:
            _time, address, *rest = shlex.split(line)
            self._came.put((address, *(rest or [""])))
        self._dump.stdout.close()

    def _wait_until_listening(self) -> None:
        for _ in range(100):
            subprocess.run(["oscsend", "127.0.0.1", str(self.port), "/listening"], check=True)
            try:
                self._came.get(timeout=0.1)
                return
            except queue.Empty:
                continue
        pytest.fail(f"oscdump does not listen on port {self.port}")
