"""Composer, jamming and hybrid of matrix products are their authors' of transposed convolutions, and who hears what."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor

from tests.training.networks.plain_ensembles import PlainEnsemble, as_plain
from tests.training.networks.plain_layers import load
from tests.training.twins import assert_close, assert_gradients_agree, shake
from training.averaging import calibrate
from training.networks.ensembles import (
    ComposerGenerator,
    EnsembleGenerator,
    HybridGenerator,
    JammingGenerator,
    LatentShares,
    TemporalNetwork,
)
from training.networks.grid import grid_of
from training.sampling.latent_noise import draw_latents

Ensemble = type[ComposerGenerator] | type[JammingGenerator] | type[HybridGenerator]
WIDTHS: list[tuple[Ensemble, int]] = [(ComposerGenerator, 1024), (JammingGenerator, 512), (HybridGenerator, 512)]
SHAPES: list[tuple[list[int], int]] = [
    ([4, 24, 84, 2], 6),  # four bars and the original's overlap in pitch
    ([2, 6, 22, 3], 2),  # no overlap, pitches left out
    ([1, 4, 12, 2], 1),  # one bar, whose moment nothing joins; one band
]


def latents_of(network: EnsembleGenerator, count: int = 2, seed: int = 1) -> Tensor:
    return draw_latents(count, network.latent_size, (seed,))


@pytest.mark.parametrize(("kind", "width"), WIDTHS)
@pytest.mark.parametrize(("shape", "resolution"), SHAPES)
def test_it_learns_and_rests_as_the_network_of_transposed_convolutions(
    kind: Ensemble, width: int, shape: list[int], resolution: int
) -> None:
    torch.manual_seed(0)
    grid = grid_of(shape, resolution)
    ours = kind(16, shape[3], grid)
    reference = PlainEnsemble(ours.shares, width, kind is ComposerGenerator, shape[3], grid)
    shake(ours)
    layout = partial(as_plain, shares=ours.shares, grid=grid)
    load(reference, layout(ours.state_dict()))
    ours.double()
    reference.double()

    latents = latents_of(ours, 3).double()
    found, expected = ours(latents), reference(latents)
    assert found.shape == (3, *shape)
    assert_close(found, expected, 1e-10, "the roll")
    listener = torch.randn(expected.shape, generator=torch.Generator().manual_seed(2))
    (found * listener).sum().backward()
    (expected * listener).sum().backward()
    assert_gradients_agree(ours, reference, layout, 1e-8)

    counted, statistics = layout(ours.state_dict()), reference.state_dict()
    for name in (name for name in statistics if "running" in name):
        assert_close(counted[name], statistics[name], 1e-10, name)
    with torch.no_grad():
        at_rest = ours.eval()(latents)
        assert_close(at_rest, reference.eval()(latents), 1e-10, "the roll at rest")
        assert float(at_rest.std()) > 0.01


@pytest.mark.parametrize(
    ("kind", "at_96_steps", "at_48_steps"),
    [
        (ComposerGenerator, 2_995_151, 2_964_431),
        (JammingGenerator, 4_723_535, 4_685_135),
        (HybridGenerator, 4_561_615, 4_523_215),
    ],
)
def test_it_has_as_many_weights_as_its_authors(kind: Ensemble, at_96_steps: int, at_48_steps: int) -> None:
    for shape, resolution, expected in (([4, 96, 84, 5], 24, at_96_steps), ([4, 48, 84, 5], 12, at_48_steps)):
        network = kind(grid=grid_of(shape, resolution))
        assert sum(parameter.numel() for parameter in network.parameters()) == expected


def test_what_a_track_hears_is_as_long_as_the_latent_of_the_configuration() -> None:
    grid = grid_of([2, 4, 12, 3], 1)
    shares = {kind: kind(128, 3, grid).shares for kind, _ in WIDTHS}
    assert shares == {
        ComposerGenerator: LatentShares(song=64, song_varying=64),
        JammingGenerator: LatentShares(track=64, track_varying=64),
        HybridGenerator: LatentShares(32, 32, 32, 32),
    }
    assert {kind: kind(128, 3, grid).latent_size for kind in shares} == {
        ComposerGenerator: 128,
        JammingGenerator: 3 * 128,
        HybridGenerator: 64 + 3 * 64,
    }


def at_rest(kind: Ensemble) -> EnsembleGenerator:
    """Three tracks and two bars, in eval mode, with the statistics of a batch."""
    torch.manual_seed(0)
    network = kind(16, 3, grid_of([2, 8, 24, 3], 2))
    shake(network)
    calibrate(network, [(latents_of(network, 16, seed=0), None)])
    return network


@torch.no_grad()
@pytest.mark.parametrize("kind", [JammingGenerator, HybridGenerator])
@pytest.mark.parametrize("track", range(3))
def test_a_tracks_part_of_the_latent_changes_that_track_alone_to_the_last_bit(kind: Ensemble, track: int) -> None:
    network = at_rest(kind)
    latents = latents_of(network)
    first, size = network.layout.song + track * network.layout.track, network.layout.track
    changed = latents.clone()
    changed[:, first : first + size] = draw_latents(2, size, (7,))
    before, after = network(latents), network(changed)
    same = [torch.equal(before[..., other], after[..., other]) for other in range(3)]
    assert same == [other != track for other in range(3)]


@torch.no_grad()
@pytest.mark.parametrize("kind", [HybridGenerator, ComposerGenerator])
@pytest.mark.parametrize("half", [0, 1])
def test_either_half_of_the_songs_part_changes_every_track(kind: Ensemble, half: int) -> None:
    network = at_rest(kind)
    latents, size = latents_of(network), network.layout.song // 2
    changed = latents.clone()
    changed[:, half * size : (half + 1) * size] = draw_latents(2, size, (7,))
    differences = (network(changed) - network(latents)).abs().amax((0, 1, 2, 3))
    assert (differences > 1e-3).all()


@torch.no_grad()
def test_bars_differ_by_what_varies_alone() -> None:
    # Where the varying half of the latent is made the same in every bar, so is the music.
    network = at_rest(JammingGenerator)
    latents = latents_of(network)
    roll = network(latents)
    assert float((roll[:, 0] - roll[:, 1]).abs().max()) > 1e-3
    for time in network.track_time:
        assert isinstance(time, TemporalNetwork)
        time.bar_norm.scale.zero_()
    even = network(latents)
    assert torch.equal(even[:, 0], even[:, 1])


@torch.no_grad()
def test_neighbouring_bars_share_a_moment_and_others_none() -> None:
    torch.manual_seed(0)
    network = TemporalNetwork(8, 4)
    shake(network)
    network.eval()
    latent = draw_latents(1, 8, (1,))
    before = network(latent)
    network.bias[256:512] += 1.0  # the second of three moments
    changed = (network(latent) - before).abs().amax((0, 2)) > 0
    assert changed.tolist() == [False, True, True, False]


@pytest.mark.parametrize(("kind", "_width"), WIDTHS)
def test_a_batch_of_one_can_be_learned_from(kind: Ensemble, _width: int) -> None:
    torch.manual_seed(0)
    network = kind(16, 2, grid_of([1, 4, 12, 2], 1))
    network(latents_of(network, 1)).sum().backward()
    assert all(bool(p.grad.isfinite().all()) for p in network.parameters() if p.grad is not None)
    assert all(bool(tensor.isfinite().all()) for tensor in network.state_dict().values())
