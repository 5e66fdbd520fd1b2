"""A disk that is full amid an evening: the band plays on, nothing is lost, and with room again all is as ever."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import pytest

from bridge.clock import now
from bridge.doors.client import BridgeClient, BridgeError
from bridge.library import LatentLibrary
from bridge.logs.places import log_file
from tests.peers.bridge_process import RunningBridge, serve

DISK_BYTES = 8 << 20
PATIENCE_SECONDS = 15.0


class Disk(Protocol):
    """A disk that can be full. A write then fails as the system lets it fail, not as a test says."""

    folder: Path

    def fill(self, bridge: RunningBridge, /) -> None: ...

    def make_room(self, bridge: RunningBridge, /) -> None: ...


class SmallDisk:
    """A file system of a few MB: `No space left on device`. Mounted by root alone."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._filler = folder, folder / "filler"

    def fill(self, _bridge: RunningBridge | None = None) -> None:
        with self._filler.open("wb", buffering=0) as filler:
            for size in (1 << 16, 1):  # to the last byte
                with suppress(OSError):
                    while filler.write(b"\0" * size) == size:
                        pass

    def make_room(self, _bridge: RunningBridge | None = None) -> None:
        self._filler.unlink()


class LimitedFiles:
    """The bridge's own files may not grow: `File too large`. Anyone may do that to a process of theirs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, bridge: RunningBridge) -> None:
        self._limit(bridge, 1)

    def make_room(self, bridge: RunningBridge) -> None:
        self._limit(bridge, None)

    def _limit(self, bridge: RunningBridge, size: int | None) -> None:
        import resource  # other systems have none

        _, hard = resource.prlimit(bridge.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(bridge.process.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    with suppress(OSError):
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0:
            try:
                yield SmallDisk(folder)
            finally:
                subprocess.run(["umount", "--lazy", str(folder)], check=True)
            return
    pytest.skip("only root may mount a file system")


@pytest.fixture(params=["a small disk", "limited files"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "a small disk":
        with small_disk(tmp_path) as mounted:
            yield mounted
    elif sys.platform == "linux":
        yield LimitedFiles(tmp_path)
    else:
        pytest.skip("only Linux limits another process's files")


def refused(client: BridgeClient, name: str) -> str:
    """What the bridge says to a save that fails."""
    with pytest.raises(BridgeError) as caught:
        client.request("/mai/latent/save", name)
    assert caught.value.code == "storage"
    return str(caught.value)


def names(client: BridgeClient) -> set[str]:
    return {str(name) for part in client.request("/mai/latent/list")[:-1] for name in part.arguments[1:]}


def storage(client: BridgeClient) -> dict[str, object]:
    status = json.loads(str(client.request("/mai/status")[-1].arguments[1]))
    found: dict[str, object] = status["storage"]
    return found


def wait_for_errors(client: BridgeClient, there: bool) -> dict[str, object]:
    """Until the thread that saves settings has met its error, or has saved again."""
    end = now() + PATIENCE_SECONDS
    while bool((state := storage(client))["last_error"]) is not there:
        assert now() < end, f"{state} after {PATIENCE_SECONDS:g} s"
        time.sleep(0.05)
    return state


def test_a_full_disk_stops_no_band_and_loses_nothing(tiny_model: Path, disk: Disk) -> None:
    library = disk.folder / "latents.sqlite"
    with serve(tiny_model, library) as bridge, BridgeClient(bridge.address, PATIENCE_SECONDS) as client:
        client.request("/mai/generate", 1)
        client.request("/mai/latent/save", "before")

        disk.fill(bridge)
        said = refused(client, "on a full disk")
        assert "free some space" in said or "free space" in said
        client.request("/mai/set", "humanize", 0.25)
        state = wait_for_errors(client, there=True)
        assert "space" in str(state["last_error"])
        bars = client.request("/mai/generate", 2)
        assert len({bar.arguments[1:3] for bar in bars[:-1]}) == 20, "the band plays on"
        assert "before" in names(client)
        assert "on a full disk" not in names(client)
        client.request("/mai/latent/recall", "before")

        disk.make_room(bridge)
        client.request("/mai/latent/save", "after")
        assert wait_for_errors(client, there=False)["errors"] != 0
        assert {"before", "after"} <= names(client)
        assert bridge.stop() == 0
    with LatentLibrary.of_existing(library) as kept:
        assert {"before", "after"} <= set(kept.names())
        assert "on a full disk" not in kept.names()
    log_lines = log_file(library).read_text(encoding="utf-8").splitlines()
    assert log_lines, "the log was written"
    assert all(json.loads(line) for line in log_lines), "no line of it is torn"


def test_the_settings_of_a_full_disk_are_there_after_the_next_start(tiny_model: Path, disk: Disk) -> None:
    library = disk.folder / "latents.sqlite"
    with serve(tiny_model, library) as bridge, BridgeClient(bridge.address, PATIENCE_SECONDS) as client:
        disk.fill(bridge)
        client.request("/mai/set", "humanize", 0.25)
        wait_for_errors(client, there=True)
        disk.make_room(bridge)
        wait_for_errors(client, there=False)
        bridge.process.kill()
        bridge.process.wait()
    with serve(tiny_model, library) as bridge, BridgeClient(bridge.address, PATIENCE_SECONDS) as client:
        assert client.request("/mai/get", "humanize")[-1].arguments[2] == 0.25


def test_the_small_disk_is_really_full(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        disk.fill()
        with pytest.raises(OSError, match="space") as caught, (tmp_path / "more").open("wb", buffering=0) as more:
            more.write(b"\0" * 5000)
        assert caught.value.errno == errno.ENOSPC
