"""Model files that are damaged, hostile or gone while a band plays: it plays on, and says why a model does not."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bridge.clock import now
from bridge.contract import ModelContract
from bridge.doors.client import BridgeClient, BridgeError
from bridge.protocol.osc_packet import OscMessage
from tests.peers.bridge_process import RunningBridge, serve
from tests.tiny_model import write_tiny_model

PATIENCE_SECONDS = 20.0
BARS_AND_TRACKS = 20


@dataclass(frozen=True)
class Stage:
    bridge: RunningBridge
    client: BridgeClient
    folder: Path  # of models, where the bridge looks
    playing: Path  # the file of the model that plays, elsewhere

    def listed(self) -> set[str]:
        return {str(name) for part in self.client.request("/mai/model/list")[:-1] for name in part.arguments[1:]}

    def wait_for(self, name: str, there: bool) -> None:
        """Until the bridge, which looks every second, has seen a file come or go."""
        end = now() + PATIENCE_SECONDS
        while (name in self.listed()) is not there:
            assert now() < end, f"{name}: {self.listed()}"
            time.sleep(0.1)

    def play(self, seed: int) -> list[OscMessage]:
        bars = self.client.request("/mai/generate", seed)[:-1]
        assert len({bar.arguments[1:3] for bar in bars}) == BARS_AND_TRACKS
        return [OscMessage(bar.address, bar.arguments[1:]) for bar in bars]


@pytest.fixture(scope="module")
def stage(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("data")
    models = folder / "MAIsynthesizer" / "models"
    models.mkdir(parents=True)
    playing = folder / "playing.onnx"
    shutil.copy(tiny_model, playing)
    environment = {"XDG_DATA_HOME": str(folder)}
    with (
        serve(playing, folder / "latents.sqlite", environment=environment) as bridge,
        BridgeClient(bridge.address, PATIENCE_SECONDS) as client,
    ):
        yield Stage(bridge, client, models, playing)
        assert bridge.stop() == 0


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "no model at all": lambda _: b"\x00\xff" * 5000,
    "an empty file": lambda _: b"",
    "half a model": lambda whole: whole[: len(whole) // 2],
    "a model with a torn middle": lambda whole: whole[:2000] + b"\xff" * 500 + whole[2500:],
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_model_is_refused_and_the_band_plays_on(stage: Stage, damage: str) -> None:
    before = stage.play(7)
    file = stage.folder / "damaged.onnx"
    file.write_bytes(DAMAGED[damage](stage.playing.read_bytes()))
    time.sleep(2.5)  # the bridge looks every second, and takes a file that has held still
    with pytest.raises(BridgeError) as refusal:
        stage.client.request("/mai/model/load", "damaged")
    assert refusal.value.code in ("bad_model", "unknown_name")
    assert stage.play(7) == before, "the same model plays"
    file.unlink()
    stage.wait_for("damaged", there=False)


def test_the_file_of_the_model_that_plays_may_go_and_come_back(stage: Stage) -> None:
    before = stage.play(8)
    kept = stage.playing.read_bytes()
    stage.playing.unlink()
    time.sleep(2.5)
    assert stage.play(8) == before
    stage.playing.write_bytes(b"something else was copied there")
    time.sleep(2.5)
    assert stage.play(8) == before, "a file that is written over changes nothing that plays"
    stage.playing.write_bytes(kept)


def test_a_model_that_was_loaded_from_the_folder_plays_on_when_its_file_goes(stage: Stage, band: ModelContract) -> None:
    file = stage.folder / "other.onnx"
    write_tiny_model(file, replace(band, name="other", model_hash="9" * 64))
    stage.wait_for("other", there=True)
    stage.client.request("/mai/model/load", "other")
    before = stage.play(9)
    stage.client.request("/mai/latent/save", "of the other")
    file.unlink()
    stage.wait_for("other", there=False)
    assert stage.play(9) == before
    stage.client.request("/mai/latent/recall", "of the other")
    with pytest.raises(BridgeError, match="other") as refusal:
        stage.client.request("/mai/model/load", "other")
    assert refusal.value.code == "unknown_name"
