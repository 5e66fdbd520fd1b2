"""A bridge in a process of its own, whose model has an encoder: it is found, or refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.contract import ModelContract
from bridge.doors.client import BridgeClient
from bridge.engine.latents import draw_latent
from bridge.engine.likeness import Likeness
from bridge.generator import Generator
from bridge.model_files.encoder_file import encoder_path, to_metadata
from tests.bridge.test_daemon import free_port, running
from tests.tiny_encoder import write_tiny_encoder
from tests.tiny_model import write_tiny_model

SEED = 5


def captured(client: BridgeClient) -> float:
    """How like a clip of the band's own is what is captured of it, 0-1."""
    generate, capture = 1, 2  # the client counts its requests
    bars = [one for one in client.request("/mai/generate", SEED) if one.address == "/mai/bar"]
    assert {bar.arguments[0] for bar in bars} == {generate}
    for number, bar in enumerate(bars):
        at, track, notes = int(bar.arguments[1]), int(bar.arguments[2]), list(bar.arguments[6:])
        notes[2::4] = [float(start) + 4.0 * at for start in notes[2::4]]
        client.send("/mai/clip", capture, number, len(bars), track, *notes)
    done = client.request("/mai/latent/capture", "heard")[-1]
    assert done.arguments[:2] == (capture, "heard")
    return float(done.arguments[2])


def own_likeness(model: Path) -> float:
    """How like the clip the phrase is that it was made of: less than 1, for its cells are not all sure."""
    generator = Generator(model, "cpu")
    latent = draw_latent(generator.contract, SEED)
    roll = generator(latent, range(4)) > 0.0
    return Likeness.of(generator, latent, {track: roll[:, track] for track in range(5)}).similarity


def notice(client: BridgeClient) -> str:
    (status,) = client.request("/mai/status")
    return str(json.loads(str(status.arguments[1]))["notice"])


@pytest.mark.parametrize("fits", [True, False])
def test_a_clip_is_captured_with_the_encoder_that_lies_beside_the_model(
    band: ModelContract, tmp_path: Path, fits: bool
) -> None:
    model = tmp_path / "tiny.onnx"
    contract = write_tiny_model(model, band)
    write_tiny_encoder(encoder_path(model), contract, metadata=to_metadata(contract.model_hash if fits else "f" * 64))
    port = free_port()
    with running(model, tmp_path, port), BridgeClient(("127.0.0.1", port), timeout=30.0) as client:
        assert captured(client) > 0.9 * own_likeness(model)
        told = notice(client)
    if fits:
        assert "encoder" not in told
    else:
        assert "Clips are searched for without an encoder" in told
        assert "tiny.encoder.onnx is for the model ffffffffffff" in told
