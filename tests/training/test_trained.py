"""The trained generator of an experiment: which weights it has, and what is said when there are none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bridge.contract import LatentLayout
from tests.training.echo import LATENT_DIM, echo, heard
from training.averaging import calibrate
from training.checkpoint import Checkpoint, CheckpointError, save_checkpoint
from training.config import Config, Midi, Params
from training.experiment import Experiment
from training.networks.generators import BandGenerator
from training.networks.grid import DEFAULT_GRID
from training.networks.presets import build_generator
from training.trained import load_trained, play, trained_generator
from training.weights_option import WEIGHTS

PARAMS = Params(latent_dim=2)


@cache
def generator_state(number: int) -> dict[str, Any]:
    """A network whose normalisation statistics fit it, so that other latents sound otherwise."""
    torch.manual_seed(number)
    generator = build_generator(PARAMS)
    calibrate(generator, [(torch.randn(4, PARAMS.latent_dim), None)])
    return generator.state_dict()


def checkpoint(step: int = 3) -> Checkpoint:
    """Two generators of their own, as if trained."""
    return Checkpoint(
        step=step,
        params=PARAMS,
        config=Config(midi=Midi(tempo=93.0)),
        generator=generator_state(0),
        critic={},
        average=generator_state(1),
        generator_optimiser={},
        critic_optimiser={},
    )


def test_the_newest_checkpoint_is_loaded_with_the_weights_asked_for(tmp_path: Path) -> None:
    experiment = Experiment(tmp_path)
    save_checkpoint(experiment.model, checkpoint(2))
    newest = checkpoint(3)
    save_checkpoint(experiment.model, newest)
    for weights in WEIGHTS:
        trained = load_trained(experiment, weights)
        assert (trained.step, trained.params, trained.config) == (3, newest.params, newest.config)
        assert not trained.generator.training
        saved = newest.average if weights == "average" else newest.generator
        loaded = trained.generator.state_dict()
        assert loaded.keys() == saved.keys()
        assert all(torch.equal(loaded[name], saved[name]) for name in saved)
    output = load_trained(experiment).play(np.zeros((1, 2), dtype=np.float32))
    assert output.shape == (1, 4, 48, 84, 5)
    assert output.dtype == np.float32


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no experiment"):
        load_trained(Experiment(tmp_path / "lost"))
    with pytest.raises(CheckpointError, match=r"model holds no checkpoint: run maisynth-train run-train"):
        load_trained(Experiment(tmp_path))


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(CheckpointError, match="average weights do not fit"):
        trained_generator(replace(checkpoint(), params=Params(latent_dim=3)))


def test_latents_are_played_in_order_whatever_the_batch() -> None:
    latents = torch.linspace(-1.0, 1.0, 7 * LATENT_DIM).view(7, LATENT_DIM)
    for batch in (1, 3, 7, 16):
        output = play(echo().generator, latents, batch=batch)
        np.testing.assert_allclose(heard(output.astype(np.float16)), latents.numpy(), atol=1e-3)


def test_a_sample_is_what_the_generator_plays_above_zero() -> None:
    class Echo(BandGenerator):
        def __init__(self) -> None:
            super().__init__(LatentLayout(song=2), 1, DEFAULT_GRID)
            self.place = torch.nn.Parameter(torch.zeros(1))

        def forward(self, latent: torch.Tensor, _given: torch.Tensor | None = None) -> torch.Tensor:
            assert len(latent) <= 3
            return latent.view(-1, 1, 1, 2, 1)

    latents = torch.tensor([[-1.0, 1.0], [0.0, 0.1], [0.5, -0.5], [1.0, 1.0]])
    played = play(Echo(), latents, batch=3) > 0
    np.testing.assert_array_equal(played[:, 0, 0, :, 0], [[False, True], [False, True], [True, False], [True, True]])
