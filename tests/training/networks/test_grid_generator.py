from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from bridge.contract import LatentLayout
from tests.training.twins import shake
from training.averaging import calibrate
from training.networks.grid import GridFactors
from training.networks.grid_generator import DEFAULT_LAYOUT, GridGenerator, blended
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


def with_gates(generator: GridGenerator, song: float, tracks: float) -> GridGenerator:
    """A copy whose entries are as lively as asked for, 0 to 1, whatever the latent says."""
    made = copy.deepcopy(generator)
    with torch.no_grad():
        for entry, wanted in ((made.song_entry, song), (made.track_entry, tracks)):
            entry.lively.zero_()
            entry.lively_bias.fill_(torch.logit(torch.tensor(wanted)))  # without end at 0 and 1
    return made


def equal_bars(generator: GridGenerator) -> list[bool]:
    """Of each of some phrases, whether all of its bars are one, to the bit."""
    latents = draw_latents(5, generator.latent_size, (6,))
    with torch.no_grad():
        rolls = generator.activations(latents)
    assert bool(rolls.isfinite().all())
    return (rolls == rolls[:, :1]).flatten(1).all(1).tolist()


def test_a_phrase_without_liveliness_has_equal_bars(generator: GridGenerator) -> None:
    assert equal_bars(with_gates(generator, 0.0, 0.0)) == [True] * 5


@pytest.mark.parametrize(("song", "tracks"), [(1.0, 0.0), (0.0, 1.0), (0.5, 0.5)])
def test_a_phrase_with_some_liveliness_has_bars_that_differ(
    generator: GridGenerator, song: float, tracks: float
) -> None:
    assert equal_bars(with_gates(generator, song, tracks)) == [False] * 5


def test_the_livelier_a_phrase_the_more_its_bars_differ(generator: GridGenerator) -> None:
    latents = draw_latents(8, generator.latent_size, (6,))
    with torch.no_grad():
        rolls = [with_gates(generator, share, share).activations(latents) for share in (0.1, 0.4, 1.0)]
    apart = [float((roll - roll.mean(1, keepdim=True)).square().mean()) for roll in rolls]
    assert apart == sorted(apart)
    assert apart[2] > 2 * apart[0]


def test_how_lively_a_phrase_is_the_lasting_part_says() -> None:
    # One player's latent makes its bars one, another's lets them differ, in the same batch.
    entry = LatentEntry(players=1, lasting=2, passing=2, bars=4, channels_out=5, leak=0.2).eval()
    with torch.no_grad():
        entry.lively.copy_(torch.tensor([[1000.0, 0.0]]))
    lasting = torch.tensor([[[-1.0, 0.5]], [[1.0, 0.5]]])
    rows = entry(lasting, torch.randn(2, 1, 4, 2)).view(2, 4, 5).detach()
    assert torch.equal(rows[0], rows[0, :1].expand(4, -1))
    assert not torch.equal(rows[1, 0], rows[1, 1])


def test_without_liveliness_the_handles_of_bars_move_nothing_and_the_others_all_that_they_name(
    generator: GridGenerator,
) -> None:
    still = with_gates(generator, 0.0, 0.0)
    assert not bool(moved(still, slice(6, 15)).any()), "of bars"
    assert not bool(moved(still, slice(27, 45)).any()), "of tracks' bars"
    assert torch.equal(moved(still, slice(0, 6)), only(EVERYWHERE, EVERYWHERE))
    assert torch.equal(moved(still, slice(19, 23)), only(EVERYWHERE, slice(1, 2)))


def test_one_track_may_repeat_its_bar_where_the_others_do_not(generator: GridGenerator) -> None:
    still = with_gates(generator, 0.0, 1.0)
    with torch.no_grad():
        still.track_entry.lively_bias[1] = -torch.inf
        roll = still.activations(draw_latents(4, still.latent_size, (7,)))
    same = (roll == roll[:, :1]).flatten(1, 3).all(1)
    assert same.tolist() == [[False, True, False]] * 4


def test_at_first_a_phrase_repeats_its_bar_more_than_another_phrases() -> None:
    torch.manual_seed(0)
    made = GridGenerator()
    sounding = made(draw_latents(8, made.latent_size, (4,))) > 0
    own = (sounding[:, 0] != sounding[:, 1]).float().mean()
    others = (sounding[:, 0] != sounding[:, 1].roll(1, 0)).float().mean()
    assert float(own) < 0.8 * float(others)


def test_it_has_fewer_than_three_and_a_half_million_weights() -> None:
    assert DEFAULT_LAYOUT.size(4, 5) == GridGenerator().latent_size == 338
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


@pytest.mark.parametrize(("asked", "share"), [(0.0, 0.0), (0.2, 0.2), (0.9, 1 / 3), (-1.0, 0.0)])
def test_a_step_hears_its_neighbours_of_the_same_bar_as_far_as_its_track_has_learned_it(
    asked: float, share: float
) -> None:
    source = torch.Generator().manual_seed(0)
    roll = torch.randn(2, 3, 5, 4, 2, generator=source, dtype=torch.float64)  # bars of five steps
    found = blended(roll, torch.tensor([asked, 0.1]), 2)
    for track, weight in ((0, share), (1, 0.1)):
        for step in range(5):
            before, after = (roll[:, :, min(max(step + way, 0), 4), :, track] for way in (-1, 1))
            plain = (1.0 - 2.0 * weight) * roll[:, :, step, :, track] + weight * (before + after)
            torch.testing.assert_close(found[:, :, step, :, track], plain, rtol=1e-6, atol=1e-6)


def test_blended_steps_leave_every_handle_exact(generator: GridGenerator) -> None:
    smooth = copy.deepcopy(generator)
    with torch.no_grad():
        smooth.neighbours.fill_(0.25)
    assert torch.equal(moved(smooth, slice(9, 12)), only(slice(1, 2), EVERYWHERE)), "of the second bar"
    assert torch.equal(moved(smooth, slice(23, 27)), only(EVERYWHERE, slice(2, 3))), "of the third track"
    latents = draw_latents(2, generator.latent_size, (8,))
    with torch.no_grad():
        assert not torch.allclose(smooth(latents), generator(latents))
        torch.testing.assert_close(smooth(latents), torch.tanh(smooth.activations(latents)))


def test_an_entry_folded_gives_the_rows_that_it_gives_when_it_plays() -> None:
    torch.manual_seed(0)
    entry = LatentEntry(players=2, lasting=3, passing=2, bars=4, channels_out=5, leak=0.2)
    shake(entry)
    lasting, passing = torch.randn(6, 2, 3), torch.randn(6, 2, 4, 2)
    for _ in range(200):
        entry(lasting, passing)
    rows = entry.eval()(lasting, passing)
    expected = []
    for player, folded in enumerate(entry.folded()):
        lasts = lasting[:, player]
        lively = torch.sigmoid(lasts @ folded.lively + folded.lively_bias)[:, None, None]
        of_bars = torch.einsum("nl,lbo->nbo", lasts, folded.form) + passing[:, player] @ folded.passing
        expected.append((lasts @ folded.lasting + folded.shift)[:, None] + lively * of_bars)
    expected_rows = torch.nn.functional.leaky_relu(torch.stack(expected), 0.2)
    torch.testing.assert_close(rows, expected_rows.flatten(1, 2))
