from __future__ import annotations

import pytest
import torch
from torch import Tensor

from bridge.contract import LatentLayout
from training.averaging import calibrate
from training.networks.grid import GridFactors
from training.networks.grid_generator import DEFAULT_LAYOUT, GridGenerator
from training.networks.latent_entry import LatentEntry
from training.sampling.latent_noise import draw_latents

LAYOUT = LatentLayout(song=6, bar=3, track=4, track_bar=2)
GRID = GridFactors(bars=3, coarse_time=2, fine_time=2, finest_time=2, coarse_pitch=1, bands=2)
TRACKS = 3


@pytest.fixture(scope="module")
def generator() -> GridGenerator:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        made = GridGenerator(LAYOUT, TRACKS, GRID, output_shift=0.0)
        calibrate(made, [(draw_latents(64, made.latent_size, (1,)), None)])
    return made


def moved(generator: GridGenerator, values: slice) -> Tensor:
    """(bars, tracks) bool: where a phrase differs when these values of its latent do."""
    before = draw_latents(1, generator.latent_size, (2,))
    after = before.clone()
    after[:, values] += 0.5
    with torch.no_grad():
        differs = generator.activations(after) != generator.activations(before)
    return differs[0].flatten(1, 2).any(1)


def only(bars: slice, tracks: slice) -> Tensor:
    expected = torch.zeros(GRID.bars, TRACKS, dtype=torch.bool)
    expected[bars, tracks] = True
    return expected


EVERYWHERE = slice(None)


def test_the_songs_part_moves_every_bar_of_every_track(generator: GridGenerator) -> None:
    assert torch.equal(moved(generator, slice(0, 6)), only(EVERYWHERE, EVERYWHERE))


@pytest.mark.parametrize("bar", range(GRID.bars))
def test_a_bars_part_moves_that_bar_alone(generator: GridGenerator, bar: int) -> None:
    first = 6 + 3 * bar
    assert torch.equal(moved(generator, slice(first, first + 3)), only(slice(bar, bar + 1), EVERYWHERE))


@pytest.mark.parametrize("track", range(TRACKS))
def test_a_tracks_part_moves_that_track_alone(generator: GridGenerator, track: int) -> None:
    first = 15 + 4 * track
    assert torch.equal(moved(generator, slice(first, first + 4)), only(EVERYWHERE, slice(track, track + 1)))


@pytest.mark.parametrize(("track", "bar"), [(0, 0), (1, 2), (2, 1)])
def test_a_part_of_a_tracks_bar_moves_that_alone(generator: GridGenerator, track: int, bar: int) -> None:
    first = 27 + 2 * (track * GRID.bars + bar)
    place = only(slice(bar, bar + 1), slice(track, track + 1))
    assert torch.equal(moved(generator, slice(first, first + 2)), place)


def test_what_one_phrase_of_a_batch_is_changes_no_other(generator: GridGenerator) -> None:
    latents = draw_latents(4, generator.latent_size, (3,))
    with torch.no_grad():
        torch.testing.assert_close(generator(latents)[2:3], generator(latents[2:3]))


def test_at_first_a_phrase_repeats_its_bar_more_than_another_phrases() -> None:
    torch.manual_seed(0)
    made = GridGenerator()
    sounding = made(draw_latents(8, made.latent_size, (4,))) > 0
    own = (sounding[:, 0] != sounding[:, 1]).float().mean()
    others = (sounding[:, 0] != sounding[:, 1].roll(1, 0)).float().mean()
    assert float(own) < 0.8 * float(others)


def test_it_has_fewer_than_three_and_a_half_million_weights() -> None:
    assert DEFAULT_LAYOUT.size(4, 5) == GridGenerator().latent_size == 336
    assert sum(parameter.numel() for parameter in GridGenerator().parameters()) < 3_500_000


@torch.no_grad()
def test_rivalry_leaves_the_loudest_pitch_and_weakens_the_others(generator: GridGenerator) -> None:
    cells = torch.zeros(TRACKS, 1, GRID.bands * GRID.fine_time * GRID.finest_time * GRID.band_pitches)
    cells = cells.view(TRACKS, 1, GRID.bands, GRID.fine_time, GRID.finest_time, GRID.band_pitches).clone()
    cells[0, 0, 1, 0, 1, 5] = 8.0  # of one step
    after = generator._against_rivals(cells.view(TRACKS, -1)).view(cells.shape)
    assert float(after[0, 0, 1, 0, 1, 5]) == pytest.approx(8.0, abs=0.01)
    assert float(after[0, 0, 0, 0, 1, 5]) < -0.7, "an octave below, in the same step"
    assert float(after[0, 0, 0, 1, 1, 5]) > -0.4, "another step"
    rivalry = generator.rivalry.clone()
    generator.rivalry.fill_(-1.0)
    torch.testing.assert_close(generator._against_rivals(cells.view(TRACKS, -1)), cells.view(TRACKS, -1))
    generator.rivalry.copy_(rivalry)


def test_an_entry_folded_gives_the_rows_that_it_gives_when_it_plays() -> None:
    torch.manual_seed(0)
    entry = LatentEntry(players=2, lasting=3, passing=2, bars=4, channels_out=5, leak=0.2)
    lasting, passing = torch.randn(6, 2, 3), torch.randn(6, 2, 4, 2)
    for _ in range(200):
        entry(lasting, passing)
    rows = entry.eval()(lasting, passing)
    weight, bar_weight, shift = entry.folded()
    expected = torch.einsum("npl,plbo->pnbo", lasting, weight) + torch.einsum("npbv,pvo->pnbo", passing, bar_weight)
    expected = torch.nn.functional.leaky_relu(expected + shift[:, None, None], 0.2)
    torch.testing.assert_close(rows, expected.flatten(1, 2))
