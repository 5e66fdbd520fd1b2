"""A library's file, and a library in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.library import LatentLibrary


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "library.sqlite"


@pytest.fixture
def library(path: Path) -> Iterator[LatentLibrary]:
    with LatentLibrary(path) as opened:
        yield opened
