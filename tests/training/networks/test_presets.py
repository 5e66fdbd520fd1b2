"""Every network that params.yaml can name: its size, its shape, and that it learns."""

from __future__ import annotations

import copy
from typing import Any, cast

import pytest
import torch
from torch import nn

from training import config
from training.config import LatentParts, Nets, Params
from training.latent_layout import latent_layout, latent_size
from training.networks.critics import DefaultCritic
from training.networks.presets import CRITICS, GENERATORS, build_critic, build_generator
from training.sampling.latent_noise import draw_latents

GENERATOR_SIZES = {
    "default": 2_578_127,
    "dbn": 2_578_127,
    "sbn": 2_578_127,
    "accompaniment": 3_889_372,
    "composer": 2_964_431,  # the authors' have six steps a part of a beat where these have three
    "jamming": 4_685_135,
    "hybrid": 4_523_215,
    "grid": 2_470_965,  # ours
    "bad_pitch_order": 1_148_303,
    "bad_temp_order": 2_207_951,
}
CRITIC_SIZES = {
    "default": 1_365_841,
    "phrase": 2_473_186,  # ours
    "no_chroma_stream": 1_290_097,
    "no_onset_offset_stream": 1_289_713,
    "no_chroma_onset_offset_streams": 1_213_969,
}


def params_of(generator: str = "default", critic: str = "default", **others: Any) -> Params:
    accompanies = generator == "accompaniment"
    if generator == "grid":
        bars, _, _, tracks = others.get("data_shape", Params().data_shape)
        others["latent_dim"] = LatentParts().size(bars, tracks)
    return Params(
        use_binary_neurons=generator in ("dbn", "sbn"),
        is_accompaniment=accompanies,
        condition_track_idx=3 if accompanies else None,
        nets=Nets(generator=generator, discriminator=critic),
        **others,
    )


def size(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def without_gradient(network: nn.Module) -> set[str]:
    return {
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not bool(parameter.grad.isfinite().all()) or not bool(parameter.grad.any())
    }


def test_the_names_in_the_configuration_are_those_of_the_tables() -> None:
    assert tuple(GENERATORS) == config.GENERATORS
    assert tuple(CRITICS) == config.CRITICS


@pytest.mark.parametrize(("name", "expected"), GENERATOR_SIZES.items())
def test_a_generator_has_as_many_weights_as_the_originals_of_its_name(name: str, expected: int) -> None:
    assert size(build_generator(params_of(generator=name))) == expected


@pytest.mark.parametrize(("name", "expected"), CRITIC_SIZES.items())
def test_a_critic_has_as_many_weights_as_the_originals_of_its_name(name: str, expected: int) -> None:
    assert size(build_critic(params_of(critic=name))) == expected


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_makes_phrases_and_every_layer_learns(name: str) -> None:
    torch.manual_seed(0)
    params = params_of(generator=name)
    generator = build_generator(params)
    given = torch.randn(2, 4, 48, 84).sign() if params.is_accompaniment else None
    roll = generator(draw_latents(2, generator.latent_size, (1,)), given)
    assert roll.shape == (2, 4, 48, 84, 5)
    assert float(roll.detach().abs().max()) <= 1.0
    listener = torch.randn(roll.shape, generator=torch.Generator().manual_seed(2))
    (roll * listener).sum().backward()
    # A bias before a normalisation has no effect: what gradient it has is rounding.
    assert {entry for entry in without_gradient(generator) if not entry.endswith("bias")} == set()


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize(("shape", "resolution"), [((2, 8, 22, 4), 2), ((1, 3, 40, 4), 1)])
def test_a_generator_has_the_grid_and_the_latent_of_its_parameters(
    name: str, shape: tuple[int, ...], resolution: int
) -> None:
    torch.manual_seed(0)
    params = params_of(generator=name, data_shape=shape, beat_resolution=resolution, latent_dim=12)
    generator = build_generator(params)
    assert (generator.layout, generator.latent_size) == (latent_layout(params), latent_size(params))
    given = torch.randn(3, *shape[:3]).sign() if params.is_accompaniment else None
    roll = generator(draw_latents(3, generator.latent_size, (1,)), given)
    assert roll.shape == (3, *shape)
    if given is not None:
        assert torch.equal(roll[..., 3], given)


@pytest.mark.parametrize("name", [name for name in GENERATORS if name != "sbn"])  # whose cells fire by chance
def test_the_output_shift_lets_a_few_cells_sound_at_first(name: str) -> None:
    torch.manual_seed(0)
    params = params_of(generator=name, data_shape=(1, 8, 24, 5), beat_resolution=2, latent_dim=16)
    assert params.initial_output_shift == -2.0
    generator = build_generator(params)
    roll = generator(draw_latents(8, generator.latent_size, (1,)), torch.full((8, 1, 8, 24), -1.0))
    played = [track for track in range(5) if track != params.condition_track_idx]
    assert 0.002 < float((roll[..., played] > 0).float().mean()) < 0.06


@pytest.mark.parametrize("name", CRITICS)
def test_a_critic_scores_windows_of_two_bars_and_every_layer_learns(name: str) -> None:
    torch.manual_seed(0)
    critic = build_critic(params_of(critic=name))
    scores = critic(torch.randn(2, 4, 48, 84, 5))
    assert scores.shape == (2, 5 if name == "phrase" else 3)  # ours scores the phrase and its repeats too
    scores.sum().backward()
    assert without_gradient(critic) == set()


def test_a_critic_without_a_stream_is_the_default_critic_without_it() -> None:
    # Where the left-out stream's features weigh nothing, both give the same scores.
    torch.manual_seed(0)
    roll = torch.randn(1, 4, 48, 84, 5)
    whole = cast(DefaultCritic, build_critic(params_of()))
    for name, silent in (
        ("no_chroma_stream", slice(256, 320)),
        ("no_onset_offset_stream", slice(320, 384)),
        ("no_chroma_onset_offset_streams", slice(256, 384)),
    ):
        part = build_critic(params_of(critic=name))
        state = {entry: value.clone() for entry, value in whole.state_dict().items() if entry in part.state_dict()}
        kept = torch.ones(384, dtype=torch.bool)
        kept[silent] = False
        by_bar = state["window.weight"].view(2, 384, 512)
        state["window.weight"] = by_bar[:, kept].reshape(-1, 512)
        part.load_state_dict(state)
        deafened = copy.deepcopy(whole)
        with torch.no_grad():
            deafened.window.weight.view(2, 384, 512)[:, silent] = 0.0
            torch.testing.assert_close(part(roll), deafened(roll))
            assert not torch.allclose(part(roll), whole(roll))
