"""A whole bridge in a thread of the test's own process, with every door open on a free port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from bridge.daemon import Bridge
from bridge.engine.settings import BridgeSettings
from tests.bridge.doors.http_client import HttpClient
from tests.bridge.doors.stage import Stage, on_stage

Start = Callable[[], AbstractContextManager[Bridge]]


@contextmanager
def running_bridge(model: Path, library: Path) -> Iterator[Bridge]:
    """One thread makes, runs and closes it; it has ended when the context has."""
    made: Future[Bridge] = Future()

    def live() -> None:
        settings = BridgeSettings(model, library, port=0, http_port=0, midi_api="none")
        try:
            with Bridge(settings) as bridge:
                made.set_result(bridge)
                bridge.run()
        except BaseException as problem:
            if made.done():
                raise
            made.set_exception(problem)

    thread = threading.Thread(target=live, name="engine")
    thread.start()
    bridge = made.result(timeout=20)
    try:
        yield bridge
    finally:
        bridge.stop()
        thread.join(timeout=10)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def bridge(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    with running_bridge(tiny_model, tmp_path_factory.mktemp("bridge") / "latents.sqlite") as bridge:
        yield bridge


@pytest.fixture
def http(bridge: Bridge) -> HttpClient:
    assert bridge.http_url is not None
    return HttpClient(bridge.http_url)


@pytest.fixture
def start_bridge(tiny_model: Path, tmp_path: Path) -> Start:
    """Starts a bridge that the test itself ends."""
    return lambda: running_bridge(tiny_model, tmp_path / "latents.sqlite")


@pytest.fixture
def stage() -> Iterator[Stage]:
    with on_stage() as stage:
        yield stage
