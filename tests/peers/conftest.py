"""A bridge for each file of tests, as a musician keeps one running for a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.bridge_process import RunningBridge, serve


@pytest.fixture(scope="module")
def running_bridge(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    """A real `maisynth serve` without MIDI; SIGTERM must end it with status 0."""
    with serve(tiny_model, tmp_path_factory.mktemp("library") / "library.sqlite") as bridge:
        yield bridge
        assert bridge.stop() == 0, "the bridge did not end well on SIGTERM"
