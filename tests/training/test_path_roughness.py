from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from training.path_roughness import STEPS, path_roughness, step_towards
from training.sampling.latent_noise import draw_latents


def test_a_step_is_its_share_of_the_angle_and_of_the_length() -> None:
    one, other = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 4.0]])
    (step,) = step_towards(one, other, 0.25)
    assert float(step.norm()) == pytest.approx(2.5)
    assert math.degrees(math.atan2(float(step[1]), float(step[0]))) == pytest.approx(22.5)
    torch.testing.assert_close(step_towards(one, other, 0.0), one)
    torch.testing.assert_close(step_towards(one, other, 1.0), other)


def test_a_latent_on_its_way_to_itself_stays() -> None:
    latents = draw_latents(3, 16, (1,))
    torch.testing.assert_close(step_towards(latents, latents, 0.5), latents, rtol=1e-3, atol=1e-4)


class Fader:
    """A roll of 64 cells that a morph between the axes changes one by one, and back `detours` times besides."""

    def __init__(self, detours: int) -> None:
        self.detours = detours

    def __call__(self, latents: Tensor) -> Tensor:
        share = torch.atan2(latents[:, 1], latents[:, 0]) / (math.pi / 2)
        times = 1 + 2 * self.detours
        place = (share[:, None] * times) % 2.0
        place = torch.where(place > 1.0, 2.0 - place, place)  # there and back
        cells = torch.arange(32) / 32.0
        goes = torch.sigmoid((cells - place) * 100.0)
        roll = torch.cat((goes, 1.0 - goes), dim=1) * 2.0 - 1.0  # what goes in one half comes in the other
        return roll[:, :, None]  # of one track


@pytest.mark.parametrize("detours", [0, 1, 3])
def test_a_way_without_detours_is_one_and_each_detour_adds_two(detours: int) -> None:
    # A penalty at one place sees one step of the way: many places are looked at.
    shares = torch.rand(4000, generator=torch.Generator().manual_seed(1)) * (1.0 - 2.0 / STEPS)
    angles = shares * math.pi / 2
    latents = torch.stack((angles.cos(), angles.sin()), dim=1)
    towards = torch.stack((-angles.sin(), angles.cos()), dim=1)  # a quarter of a circle on, wherever a step begins
    assert float(path_roughness(Fader(detours), latents, towards)) == pytest.approx(1 + 2 * detours, rel=0.1)


def test_each_track_counts_by_what_it_plays_itself() -> None:
    # Of two tracks the one that plays a tenth as much counts as much: it gains nothing by falling silent.
    latents, towards = draw_latents(8, 6, (4,)), draw_latents(8, 6, (5,))
    weight = torch.randn(6, 400, generator=torch.Generator().manual_seed(6))

    def of(cells: int) -> Tensor:
        return torch.where(torch.arange(400) < cells, 0.0, -50.0)

    def band(one: int, other: int) -> float:
        def play(z: Tensor) -> Tensor:
            felt = z @ weight
            return torch.stack((torch.tanh(felt + of(one)), torch.tanh(felt + of(other))), dim=2)

        return float(path_roughness(play, latents, towards))

    full, few = band(400, 400), band(40, 40)
    assert band(400, 40) == pytest.approx((full + few) / 2, rel=1e-4)


def test_it_can_be_learned_from() -> None:
    latents, towards = draw_latents(4, 16, (1,)), draw_latents(4, 16, (2,))
    weight = torch.randn(16, 40, generator=torch.Generator().manual_seed(3)).requires_grad_()
    roughness = path_roughness(lambda z: torch.tanh(z @ weight - 1.0), latents, towards)
    (gradient,) = torch.autograd.grad(roughness, weight)
    assert float(roughness.detach()) > 0.0
    assert bool(gradient.isfinite().all())
    assert bool(gradient.any())
