"""One update of each network, where both are linear and what they learn is known; then of real ones."""

from __future__ import annotations

import copy
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from bridge.contract import LatentLayout
from training.config import Config, LatentParts, Nets, Params
from training.losses import LOSSES, PENALTIES
from training.networks.generators import BandGenerator
from training.networks.grid import GridFactors
from training.networks.presets import build_critic, build_generator
from training.path_roughness import EVERY, PHRASES, path_roughness
from training.sampling.latent_noise import draw_latents
from training.updates import Updates

GRID = GridFactors(bars=2, coarse_time=1, fine_time=1, finest_time=2, coarse_pitch=1, bands=2)
TRACKS, LATENT, BATCH = 3, 4, 10  # more phrases than a way is looked at of
SHAPE = (GRID.bars, GRID.steps, GRID.pitches, TRACKS)
CELLS = 2 * 2 * 24 * 3
RATE = 0.1
PLAIN = Config(use_gradient_penalties=False, path_penalty=0.0)


class LinearBand(BandGenerator):
    """A phrase that is a matrix times the latent. It keeps what it was given to hear."""

    def __init__(self) -> None:
        super().__init__(LatentLayout(song=LATENT), TRACKS, GRID)
        self.weight = nn.Parameter(torch.randn(LATENT, CELLS) * 0.1)
        self.heard: list[Tensor | None] = []

    def forward(self, latent: Tensor, given: Tensor | None = None) -> Tensor:
        self.heard.append(given)
        return (latent @ self.weight).view(-1, *SHAPE)


class LinearCritic(nn.Module):
    """One score a phrase, the weighted sum of its cells. It keeps what it heard."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(CELLS) * 0.1)
        self.heard: list[Tensor] = []

    def forward(self, roll: Tensor) -> Tensor:
        self.heard.append(roll.detach())
        return (roll.flatten(1) @ self.weight)[:, None]


def linear(config: Config = PLAIN, given_track: int | None = None) -> Updates:
    """With plain gradient descent, whose step is the gradient times the rate."""
    torch.manual_seed(0)
    band, critic = LinearBand(), LinearCritic()
    of_band, of_critic = (torch.optim.SGD(network.parameters(), RATE) for network in (band, critic))
    return Updates(config, band, critic, of_band, of_critic, nullcontext, given_track)


def weight(network: nn.Module) -> Tensor:
    """Of a linear one, as it is now."""
    (only,) = network.parameters()
    return only.detach().clone()


def real() -> Tensor:
    return torch.randn(BATCH, *SHAPE, generator=torch.Generator().manual_seed(1)).sign()


def latents(seed: int = 2) -> Tensor:
    return draw_latents(BATCH, LATENT, (seed,))


def towards(seed: int = 4) -> Tensor:
    return latents(seed)[:PHRASES]


def mixing() -> Tensor:
    return torch.rand(BATCH, 1, 1, 1, 1, generator=torch.Generator().manual_seed(3))


def test_the_critic_goes_down_the_slope_of_its_loss_and_says_what_it_was() -> None:
    updates = linear()
    band, before = weight(updates.generator), weight(updates.critic)
    apart = (latents() @ band).mean(0) - real().flatten(1).mean(0)  # of a linear critic's loss, the slope
    distance, penalty = updates.critic_update(real(), latents(), mixing())
    assert float(distance) == pytest.approx(float(apart @ before), rel=1e-4)
    assert float(penalty) == 0.0
    torch.testing.assert_close(weight(updates.critic), before - RATE * apart)
    assert torch.equal(weight(updates.generator), band)
    assert all(parameter.grad is None for parameter in updates.generator.parameters())
    assert isinstance(updates.critic, LinearCritic)
    heard_real, heard_fake = updates.critic.heard  # without augmentation the phrases themselves
    assert torch.equal(heard_real, real())
    assert torch.equal(heard_fake.flatten(1), latents() @ band)


@pytest.mark.parametrize("loss", LOSSES)
def test_updates_of_the_critic_lower_its_loss(loss: str) -> None:
    updates = linear(replace(PLAIN, gan_loss_type=loss))
    found = [float(updates.critic_update(real(), latents(), mixing())[0]) for _ in range(10)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] - 0.1


@pytest.mark.parametrize("name", PENALTIES)
def test_the_critic_learns_from_its_penalty_as_strongly_as_asked_for(name: str) -> None:
    config = replace(PLAIN, use_gradient_penalties=True, gradient_penalty_type=name, gradient_penalty=2.5)
    updates = linear(config)
    before = weight(updates.critic)
    apart = (latents() @ weight(updates.generator)).mean(0) - real().flatten(1).mean(0)
    length = float(before.norm())
    expected = {"wasserstein": (length - 1.0) ** 2, "r1": length**2 / 2.0}[name]
    slope = {"wasserstein": 2.0 * (length - 1.0) / length, "r1": 1.0}[name] * before
    distance, penalty = updates.critic_update(real(), latents(), mixing())
    assert float(distance) == pytest.approx(float(apart @ before), rel=1e-4)
    assert float(penalty) == pytest.approx(expected, rel=1e-4)
    torch.testing.assert_close(weight(updates.critic), before - RATE * (apart + 2.5 * slope))


def test_no_update_adds_to_the_gradient_of_the_one_before() -> None:
    # The rate is none: each update finds the same.
    updates = linear()
    for optimiser in (updates.optimise_generator, updates.optimise_critic):
        optimiser.param_groups[0]["lr"] = 0.0
    found = []
    for _ in range(2):
        updates.critic_update(real(), latents(), mixing())
        updates.generator_update(real(), latents())
        both = (*updates.critic.parameters(), *updates.generator.parameters())
        found.append([parameter.grad.clone() for parameter in both if parameter.grad is not None])
    assert len(found[0]) == 2
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)


def test_the_generator_goes_where_the_critic_hears_more_of_the_real() -> None:
    updates = linear()
    before, listens = weight(updates.generator), weight(updates.critic)
    loss = updates.generator_update(real(), latents())
    assert loss.shape == (1,)
    assert float(loss) == pytest.approx(float(-(latents() @ before @ listens).mean()), rel=1e-4)
    torch.testing.assert_close(
        weight(updates.generator), before + RATE * torch.outer(latents().mean(0), listens), rtol=1e-4, atol=1e-6
    )


def test_an_update_of_the_generator_leaves_the_critic_as_it_was() -> None:
    updates = linear()
    updates.critic_update(real(), latents(), mixing())
    (of_critic,) = updates.critic.parameters()
    assert of_critic.grad is not None
    before, gradient = weight(updates.critic), of_critic.grad.clone()
    updates.generator_update(real(), latents())
    updates.generator_update_with_paths(real(), latents(), towards())
    assert torch.equal(of_critic, before)
    assert torch.equal(of_critic.grad, gradient)
    assert of_critic.requires_grad
    updates.critic_update(real(), latents(), mixing())
    assert not torch.equal(of_critic, before), "and it still learns"


def test_the_ways_to_other_latents_change_the_generators_step() -> None:
    config = replace(PLAIN, path_penalty=0.5)
    straight, plain = linear(config), linear(config)
    roughness = path_roughness(straight.generator, latents()[:PHRASES], towards())
    (of_band,) = straight.generator.parameters()
    (pull,) = torch.autograd.grad(EVERY * 0.5 * roughness, of_band)
    with_paths = straight.generator_update_with_paths(real(), latents(), towards())
    without = plain.generator_update(real(), latents())
    assert float(with_paths - without) == pytest.approx(EVERY * 0.5 * float(roughness.detach()), rel=1e-4)
    assert bool(pull.any())
    torch.testing.assert_close(weight(straight.generator), weight(plain.generator) - RATE * pull, rtol=1e-4, atol=1e-6)


def test_another_way_is_another_step_and_without_a_penalty_no_way_counts() -> None:
    def after(penalty: float, seed: int) -> Tensor:
        updates = linear(replace(PLAIN, path_penalty=penalty))
        updates.generator_update_with_paths(real(), latents(), towards(seed))
        return weight(updates.generator)

    assert not torch.equal(after(0.5, 4), after(0.5, 5))
    plain = linear()
    plain.generator_update(real(), latents())
    torch.testing.assert_close(after(0.0, 4), weight(plain.generator))


@pytest.mark.parametrize("track", [0, TRACKS - 1, None])
def test_an_accompaniment_hears_the_given_track_of_the_real_phrases_and_other_bands_nothing(track: int | None) -> None:
    updates = linear(replace(PLAIN, path_penalty=0.5), track)
    updates.critic_update(real(), latents(), mixing())
    updates.generator_update(real(), latents())
    updates.generator_update_with_paths(real(), latents(), towards())
    assert isinstance(updates.generator, LinearBand)
    heard = updates.generator.heard
    if track is None:
        assert heard == [None] * 4
        return
    given = real()[..., track]
    at_both_ends = torch.cat((given[:PHRASES], given[:PHRASES]))  # of a step on the way
    for found, expected in zip(heard, (given, given, given, at_both_ends), strict=True):
        assert found is not None
        assert torch.equal(found, expected)
        assert found.is_contiguous()


def silent_tracks(roll: Tensor) -> int:
    return int((roll == -1.0).flatten(1, 3).all(1).sum())


@pytest.mark.parametrize("name", PENALTIES)
def test_the_critic_hears_real_and_generated_phrases_changed_and_is_penalised_there(name: str) -> None:
    config = replace(PLAIN, augment=0.999, use_gradient_penalties=True, gradient_penalty_type=name)
    updates = linear(config)
    torch.manual_seed(5)
    updates.critic_update(real(), latents(), torch.zeros(BATCH, 1, 1, 1, 1))  # where only real ones are between
    assert isinstance(updates.critic, LinearCritic)
    heard_real, heard_fake, penalised = updates.critic.heard
    assert (silent_tracks(heard_real), silent_tracks(heard_fake)) == (BATCH, BATCH)
    assert torch.equal(penalised, heard_real)


def test_the_generator_is_heard_changed_and_learns_nothing_of_a_silent_track() -> None:
    updates = linear(replace(PLAIN, augment=0.999))
    torch.manual_seed(5)
    updates.generator_update(real()[:1], latents()[:1])
    assert isinstance(updates.critic, LinearCritic)
    (heard,) = updates.critic.heard
    silent = (heard == -1.0).flatten(0, 3).all(0)
    assert int(silent.sum()) == 1
    (of_band,) = updates.generator.parameters()
    assert of_band.grad is not None
    by_track = of_band.grad.view(LATENT, *SHAPE).abs().sum((0, 1, 2, 3))
    assert torch.equal(by_track == 0.0, silent)


PARAMS = Params(data_shape=(2, 8, 24, 3), beat_resolution=2, latent_dim=8)
PARTS = LatentParts(song=4, bar=2, track=2, track_bar=1)
KINDS: dict[str, dict[str, Any]] = {
    "default": {},
    "grid": {"nets": Nets("grid", "phrase"), "latent_parts": PARTS, "latent_dim": PARTS.size(2, 3)},
    "accompaniment": {"nets": Nets("accompaniment", "phrase"), "is_accompaniment": True, "condition_track_idx": 1},
}


def bfloat16() -> AbstractContextManager[object]:
    return torch.autocast("cpu", torch.bfloat16)


@pytest.mark.parametrize("autocast", [nullcontext, bfloat16])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_network_learns_from_each_of_its_updates(kind: str, penalty: str, autocast: Any) -> None:
    params = replace(PARAMS, **KINDS[kind])
    config = Config(gradient_penalty_type=penalty, augment=0.2, path_penalty=0.5)
    torch.manual_seed(0)
    band, critic = build_generator(params), build_critic(params)
    networks = (band, critic)
    of_band, of_critic = (torch.optim.Adam(network.parameters(), 0.01) for network in networks)
    updates = Updates(config, band, critic, of_band, of_critic, autocast, params.condition_track_idx)
    phrases = torch.randn(4, *params.data_shape).sign()
    noise, others = (draw_latents(4, band.latent_size, (seed,)) for seed in (1, 2))

    before = [copy.deepcopy(dict(network.named_parameters())) for network in networks]
    found = updates.critic_update(phrases, noise, mixing()[:4])
    assert found.shape == (2,)
    assert found.dtype == torch.float32
    losses = [updates.generator_update(phrases, noise), updates.generator_update_with_paths(phrases, noise, others)]
    assert bool(torch.cat((found, *losses)).isfinite().all())
    for network, was in zip(networks, before, strict=True):
        now = dict(network.named_parameters())
        assert all(bool(parameter.isfinite().all()) for parameter in now.values())
        moved = {name for name, parameter in now.items() if not torch.equal(parameter, was[name])}
        assert {name for name in set(now) - moved if not name.endswith("bias")} == set()
        assert all(parameter.requires_grad for parameter in now.values())


def test_all_forward_passes_run_in_the_precision_asked_for() -> None:
    seen: list[torch.dtype] = []

    class Listener(LinearCritic):
        def forward(self, roll: Tensor) -> Tensor:
            seen.append(torch.mm(roll.flatten(1), self.weight[:, None]).dtype)
            return super().forward(roll)

    updates = linear(replace(PLAIN, use_gradient_penalties=True))
    critic = Listener()
    updates = replace(
        updates, critic=critic, optimise_critic=torch.optim.SGD(critic.parameters(), RATE), autocast=bfloat16
    )
    updates.critic_update(real(), latents(), mixing())
    updates.generator_update(real(), latents())
    assert seen == [torch.bfloat16] * 4  # real, generated, between, and the generator's
    assert weight(critic).dtype == torch.float32
