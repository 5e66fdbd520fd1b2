"""A bridge in a process of its own loads a model that has starting latents beside it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.doors.client import BridgeClient
from bridge.engine.latents import draw_latent
from bridge.library.saved_latent import SavedLatent
from bridge.library.transfer import write_latents
from bridge.model_files.starting_latents import starting_latents_file
from tests.bridge.test_daemon import free_port, running
from tests.tiny_model import write_tiny_model


def a_model_with_latents(path: Path, band: ModelContract, seed: int, *names: str) -> ModelContract:
    contract = write_tiny_model(path, band, seed)
    with starting_latents_file(path).open("wb") as file:
        latents = (draw_latent(contract, number) for number in range(len(names)))
        saved = (
            SavedLatent(name, contract.model_hash, values, None, 1.0)
            for name, values in zip(names, latents, strict=True)
        )
        write_latents(saved, file)
    return contract


def names(client: BridgeClient) -> tuple[int | float | str, ...]:
    return client.request("/mai/latent/list")[0].arguments[1:]


def test_they_come_when_the_model_is_loaded_and_not_twice(band: ModelContract, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    a_model_with_latents(tmp_path / "first.onnx", band, 0, "verse")
    second = a_model_with_latents(folder / "second.onnx", band, 1, "verse", "bridge", "outro")
    port = free_port()
    flags = ("--no-http", "--models", str(folder))
    with (
        running(tmp_path / "first.onnx", tmp_path, port, flags),
        BridgeClient(("127.0.0.1", port), timeout=30.0) as client,
    ):
        assert names(client) == ("verse",)
        client.request("/mai/model/load", "second")
        assert names(client) == ("bridge", "outro", "verse")
        data = client.request("/mai/latent/get", "outro")[0].arguments
        assert data[2] == second.model_hash
        assert np.array(data[5:]) == pytest.approx(draw_latent(second, 2))
        assert client.request("/mai/latent/get", "verse")[0].arguments[2] == f"{0:064x}", "the name was taken"
        client.request("/mai/latent/delete", "bridge")
        client.request("/mai/model/load", "first")
        client.request("/mai/model/load", "second")
        assert names(client) == ("outro", "verse")


def test_a_damaged_file_beside_the_model_is_told_and_the_model_plays(band: ModelContract, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    write_tiny_model(tmp_path / "first.onnx", band, 0)
    write_tiny_model(folder / "second.onnx", band, 1)
    starting_latents_file(folder / "second.onnx").write_bytes(b"\xff{")
    port = free_port()
    flags = ("--no-http", "--models", str(folder))
    with (
        running(tmp_path / "first.onnx", tmp_path, port, flags),
        BridgeClient(("127.0.0.1", port), timeout=30.0) as client,
    ):
        assert client.request("/mai/model/load", "second")[-1].address == "/mai/done"
        (status,) = client.request("/mai/status")
        assert "are left out: the file is no JSON" in json.loads(str(status.arguments[1]))["notice"]
        assert client.request("/mai/generate", 1)[-1].address == "/mai/done"
