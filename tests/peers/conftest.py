"""A bridge for each test: nothing that one peer said is known to the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.bridge_process import RunningBridge, serve


@pytest.fixture
def running_bridge(tiny_model: Path, tmp_path: Path) -> Iterator[RunningBridge]:
    """A real `maisynth serve` without MIDI; SIGTERM must end it with status 0."""
    with serve(tiny_model, tmp_path / "library.sqlite") as bridge:
        yield bridge
        assert bridge.stop() == 0, "the bridge did not end well on SIGTERM"
