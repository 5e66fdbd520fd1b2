"""Binary neurons and ablated networks are exported as the default generator is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch

from bridge.generator import Generator
from export.artefact import make_artefact
from export.describe import Provenance
from export.lowering import lower
from export.verify import trained_rolls
from tests.export.conftest import CONFIG, PARAMS
from training.averaging import calibrate
from training.checkpoint import Checkpoint
from training.config import Nets, Params
from training.networks.binary_neurons import set_slope
from training.networks.generators import DefaultGenerator
from training.networks.presets import build_generator
from training.sampling.latent_noise import draw_latents

OTHERS = ("dbn", "sbn", "bad_pitch_order", "bad_temp_order")
SLOPE = 2.5


def params_of(name: str) -> Params:
    return replace(PARAMS, initial_output_shift=0.1, use_binary_neurons=name in ("dbn", "sbn"), nets=Nets(name))


@cache
def a_generator(name: str) -> DefaultGenerator:
    """In eval mode; nearly half of its cells sound, so that nothing hides where tanh is flat."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        generator = build_generator(params_of(name))
        with torch.no_grad():
            for parameter in generator.parameters():
                if parameter.dim() < 3:
                    parameter.add_(0.2 * torch.rand_like(parameter))
    set_slope(generator, SLOPE)
    calibrate(generator, [draw_latents(8, PARAMS.latent_dim, (3,))])
    return generator


@torch.no_grad()
@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("bars", [[0, 1, 2, 3], [2, 0]])
def test_lowered_it_plays_what_the_trained_generator_plays(name: str, bars: list[int]) -> None:
    generator = a_generator(name)
    latents = draw_latents(2, PARAMS.latent_dim, (5,))
    wanted = torch.from_numpy(trained_rolls(generator, latents))[:, bars]
    assert wanted.std() > 0.1
    torch.testing.assert_close(lower(generator)(latents, torch.tensor(bars)), wanted, atol=1e-4, rtol=0)
    again = torch.from_numpy(trained_rolls(generator, latents))[:, bars]
    assert torch.equal(again, wanted), "chance plays along"


@pytest.mark.parametrize("name", ["sbn", "bad_pitch_order", "bad_temp_order"])
def test_it_becomes_a_model_that_the_bridge_plays(name: str, tmp_path: Path) -> None:
    generator = a_generator(name)
    checkpoint = Checkpoint(
        step=7,
        params=params_of(name),
        config=CONFIG,
        generator={},
        critic={},
        average=generator.state_dict(),
        generator_optimiser={},
        critic_optimiser={},
    )
    artefact = make_artefact(checkpoint, "average", Provenance(name), tmp_path / "model.onnx")
    contract = artefact.contract
    assert (contract.bars, contract.beats_per_bar, contract.steps_per_beat, contract.pitches) == (4, 4, 12, 84)
    latent = draw_latents(1, PARAMS.latent_dim, (5,))
    found = Generator(artefact.path, provider="cpu")(latent[0].numpy(), [1])
    expected = trained_rolls(generator, latent)[0, [1]]
    assert float(abs(found - expected).max()) < 1e-4
