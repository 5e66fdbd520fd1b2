"""A real bridge for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reaper.served import HttpBridge, served


@pytest.fixture(scope="module")
def bridge(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpBridge]:
    """With the small model and a library of its own."""
    library = tmp_path_factory.mktemp("library") / "library.sqlite"
    with served(["--model", str(tiny_model), "--library", str(library), "--provider", "cpu"]) as made:
        yield made
