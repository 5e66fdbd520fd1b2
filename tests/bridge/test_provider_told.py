"""The musician learns what runs the model, and why."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from bridge.contract import ModelContract
from bridge.daemon import Bridge
from bridge.doors.client import BridgeClient
from bridge.engine.band import Band
from bridge.engine.settings import BridgeSettings
from tests.fakes import PatternGenerator


def status(client: BridgeClient) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(str(client.request("/mai/status")[-1].arguments[1]))
    return table


def settings(model: Path, folder: Path, provider: str) -> BridgeSettings:
    return BridgeSettings(
        model, folder / "l.sqlite", models=folder, port=0, http_port=None, provider=provider, midi_api="none"
    )


@pytest.mark.parametrize("provider", ["cpu", "auto"])
def test_status_says_why_a_provider_plays_and_that_its_gpu_has_failed(
    tiny_model: Path, tmp_path: Path, provider: str
) -> None:
    told: list[dict[str, Any]] = []
    with Bridge(settings(tiny_model, tmp_path, provider)) as bridge:

        def ask() -> None:
            try:
                with BridgeClient(bridge.osc_address) as client:
                    told.append(status(client))
                    bridge.generator.notice = "CUDA failed (out of memory); the CPU plays"
                    status(client)
                    told.append(status(client))
            finally:
                bridge.stop()

        client = threading.Thread(target=ask)
        client.start()
        bridge.run()
        client.join(10.0)
        before, after = told
        assert before["provider_reason"] == bridge.generator.provider_reason[:200]
    assert "plays" in before["provider_reason"]
    assert (before["notice"], after["notice"]) == (None, "CUDA failed (out of memory); the CPU plays")


def test_a_generator_without_a_choice_gives_no_reason(band: ModelContract) -> None:
    assert Band(PatternGenerator(band)).provider_reason is None
