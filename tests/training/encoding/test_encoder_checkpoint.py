"""An encoder's checkpoints: whole or not at all, and of one generator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.encoding.grid_trio import GRID, same
from training.checkpoint import CheckpointError
from training.encoding.encoder_checkpoint import (
    EncoderCheckpoint,
    build_encoder,
    encoder_room,
    load_encoder,
    newest_encoder,
    save_encoder,
    trained_encoder,
)
from training.encoding.encoder_config import EncoderConfig
from training.experiment import Experiment


@pytest.fixture
def checkpoint() -> EncoderCheckpoint:
    encoder = build_encoder(GRID)
    optimiser = torch.optim.Adam(encoder.parameters())
    states = encoder.state_dict(), optimiser.state_dict(), {"weight": torch.ones(2)}
    return EncoderCheckpoint(30, GRID, EncoderConfig(steps=40), *states)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_saved_is_loaded(checkpoint: EncoderCheckpoint, tmp_path: Path) -> None:
    found = load_encoder(save_encoder(tmp_path, checkpoint))
    assert (found.step, found.params, found.config) == (30, GRID, EncoderConfig(steps=40))
    assert same(found.encoder, checkpoint.encoder)
    assert same(trained_encoder(found).state_dict(), checkpoint.encoder)


def test_the_newest_two_are_kept(checkpoint: EncoderCheckpoint, tmp_path: Path) -> None:
    for step in (10, 20, 30):
        save_encoder(tmp_path, replace(checkpoint, step=step))
    assert names(tmp_path) == ["checkpoint_0000020.pt", "checkpoint_0000030.pt"]


def test_an_encoder_that_begins_again_is_newer_than_what_it_was(checkpoint: EncoderCheckpoint, tmp_path: Path) -> None:
    room = encoder_room(Experiment(tmp_path)).model
    for step in (20, 30, 5):
        save_encoder(room, replace(checkpoint, step=step))
    newest = newest_encoder(Experiment(tmp_path))
    assert newest is not None
    assert newest.step == 5


def test_an_experiment_without_an_encoder_has_none(tmp_path: Path) -> None:
    assert newest_encoder(Experiment(tmp_path)) is None


@pytest.mark.parametrize(
    "other",
    [{"weight": torch.zeros(2)}, {"weight": torch.ones(2), "bias": torch.ones(1)}, {}, {"weight": torch.ones(3)}],
)
def test_it_knows_the_generator_that_it_listens_to(checkpoint: EncoderCheckpoint, other: dict[str, Any]) -> None:
    assert checkpoint.listens_to({"weight": torch.ones(2)})
    assert not checkpoint.listens_to(other)


def test_a_file_that_is_no_encoder_is_refused(checkpoint: EncoderCheckpoint, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint_0000001.pt"
    path.write_bytes(b"a song")
    with pytest.raises(CheckpointError, match="Delete it"):
        load_encoder(path)
    torch.save({"format": 1, "step": 3}, path)
    with pytest.raises(CheckpointError, match=r"is not a checkpoint of this version \(format encoder 1\)"):
        load_encoder(path)
    torch.save({"format": "encoder 1", "step": 3}, path)
    with pytest.raises(CheckpointError, match="is not an encoder's checkpoint of this version"):
        load_encoder(path)
    smaller = replace(checkpoint, params=replace(GRID, latent_dim=27, latent_parts=replace(GRID.latent_parts, song=6)))
    with pytest.raises(CheckpointError, match="do not fit its params"):
        trained_encoder(smaller)
