"""What the tests of the bridge share: an engine on a desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.contract import ModelContract
from tests.bridge.engine.stage import Stage, a_stage


@pytest.fixture
def stage(band: ModelContract) -> Iterator[Stage]:
    yield from a_stage(band)
