"""The accompaniment of matrix products is MuseGAN's of convolutions, and plays to the track it is given."""

from __future__ import annotations

from functools import cache, partial

import pytest
import torch
from torch import Tensor, nn

from tests.training.networks.plain_accompaniment import PlainAccompaniment, as_plain
from tests.training.networks.plain_layers import load
from tests.training.twins import assert_close, assert_gradients_agree, shake
from training.averaging import calibrate
from training.networks.accompaniment import AccompanimentGenerator
from training.networks.grid import GridFactors, grid_of
from training.sampling.latent_noise import draw_latents

SHAPES = [  # data_shape, beat resolution, the given track
    ([4, 48, 84, 5], 12, 1),  # the original's
    ([2, 16, 40, 3], 4, 2),  # no overlap, pitches left out
    ([1, 9, 30, 2], 3, 0),  # one bar of three beats, overlap
]
Case = tuple[list[int], int, int]


def twins(case: Case) -> tuple[AccompanimentGenerator, PlainAccompaniment]:
    """Both networks with the same weights, in float64, and normalisations that do something."""
    shape, resolution, given = case
    grid = grid_of(shape, resolution)
    torch.manual_seed(0)
    ours = AccompanimentGenerator(16, shape[3], grid, condition_track=given)
    reference = PlainAccompaniment(16, shape[3], grid, given)
    shake(ours)
    load(reference, as_plain(ours.state_dict(), grid))
    return ours.double(), reference.double()


def inputs(case: Case, batch: int = 2) -> tuple[Tensor, Tensor]:
    """Latents, and given tracks of random cells in {-1, 1}."""
    bars, steps, pitches, _ = case[0]
    cells = torch.rand(batch, bars, steps, pitches, generator=torch.Generator().manual_seed(3)) < 0.1
    return draw_latents(batch, 16, (1,)).double(), cells.double() * 2.0 - 1.0


@pytest.mark.parametrize("case", SHAPES)
def test_it_learns_and_rests_as_the_network_of_convolutions(case: Case) -> None:
    ours, reference = twins(case)
    layout = partial(as_plain, grid=ours.grid)
    tracks = [given.requires_grad_() for _, given in (inputs(case), inputs(case))]
    latents = inputs(case)[0]
    found, expected = ours(latents, tracks[0]), reference(latents, tracks[1])
    assert found.shape == (2, *case[0])
    assert_close(found, expected, 1e-10, "the roll")

    listener = torch.randn(expected.shape, generator=torch.Generator().manual_seed(2))
    (found * listener).sum().backward()
    (expected * listener).sum().backward()
    assert_gradients_agree(ours, reference, layout, 1e-8)
    assert tracks[0].grad is not None
    assert tracks[1].grad is not None
    assert_close(tracks[0].grad, tracks[1].grad, 1e-8, "the gradient of the given track")

    counted, statistics = layout(ours.state_dict()), reference.state_dict()
    for name in (name for name in statistics if "running" in name):
        assert_close(counted[name], statistics[name], 1e-10, name)

    with torch.no_grad():
        at_rest = ours.eval()(*inputs(case))
        assert_close(at_rest, reference.eval()(*inputs(case)), 1e-10, "the roll at rest")
        assert float((at_rest - found).abs().max()) > 1e-3  # in training it hears the batch's statistics


def test_it_has_as_many_weights_as_a_published_run_prints() -> None:
    ours = AccompanimentGenerator()
    assert size(ours) == 3_889_372
    assert size(ours.encoder) == 288_080


def size(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


SMALL = grid_of([2, 8, 24, 5], 2)


@cache
def trained(given: int, grid: GridFactors = SMALL) -> AccompanimentGenerator:
    """A small one in eval mode, with the statistics of a batch."""
    torch.manual_seed(0)
    network = AccompanimentGenerator(16, 5, grid, condition_track=given)
    shake(network)
    calibrate(network, [(draw_latents(16, 16, (0,)), some_track(16, seed=0))])
    return network


def some_track(batch: int, seed: int) -> Tensor:
    cells = torch.rand(batch, 2, 8, 24, generator=torch.Generator().manual_seed(seed)) < 0.2
    return cells.float() * 2.0 - 1.0


@torch.no_grad()
@pytest.mark.parametrize("index", range(5))
def test_the_given_track_comes_back_unchanged_at_its_place_whichever_it_is(index: int) -> None:
    given = some_track(3, seed=1)
    roll = trained(index)(draw_latents(3, 16, (1,)), given)
    assert roll.shape == (3, 2, 8, 24, 5)
    assert torch.equal(roll[..., index], given)
    others = [track for track in range(5) if track != index]
    assert all(float(roll[..., track].std()) > 0.01 for track in others)
    # The four that it plays are the same four networks' in the same order, wherever the given track is.
    first = trained(0)(draw_latents(3, 16, (1,)), given)
    assert torch.equal(roll[..., others], first[..., 1:])


@torch.no_grad()
def test_what_it_plays_follows_the_given_track_and_the_latent() -> None:
    network = trained(2)
    latents, given = draw_latents(3, 16, (1,)), some_track(3, seed=1)
    roll = network(latents, given)
    others = [0, 1, 3, 4]
    for changed in (network(latents, some_track(3, seed=2)), network(draw_latents(3, 16, (9,)), given)):
        for track in others:
            assert float((changed[..., track] - roll[..., track]).abs().max()) > 1e-3
    assert torch.equal(network(latents, given), roll)


@torch.no_grad()
def test_under_autocast_it_plays_the_same_to_the_given_track_as_it_came() -> None:
    network = trained(2)
    latents, given = draw_latents(3, 16, (1,)), some_track(3, seed=1)
    expected = network(latents, given)
    with torch.autocast("cpu", torch.bfloat16):
        roll = network(latents, given)
    assert torch.equal(roll[..., 2].float(), given)
    assert_close(roll.float(), expected, 0.05, "the roll")


def test_without_a_given_track_it_says_that_it_needs_one() -> None:
    with pytest.raises(ValueError, match="an accompaniment plays to a given track, and none came"):
        trained(2)(draw_latents(1, 16, (1,)))


def test_a_batch_of_one_can_be_learned_from() -> None:
    torch.manual_seed(0)
    network = AccompanimentGenerator(16, 5, SMALL, condition_track=1)
    roll = network(draw_latents(1, 16, (1,)), some_track(1, seed=1))
    roll.sum().backward()
    assert all(bool(p.grad.isfinite().all()) for p in network.parameters() if p.grad is not None)
    assert all(bool(tensor.isfinite().all()) for tensor in network.state_dict().values())
