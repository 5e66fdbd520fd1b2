"""The encoder reads each part of a latent from where the generator plays it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from bridge.contract import LatentLayout
from training.encoding.encoder import PhraseEncoder
from training.networks.grid import DEFAULT_GRID, GridFactors, grid_of
from training.networks.playing_key import in_key, key_of

LAYOUT = LatentLayout(song=6, bar=2, track=3, track_bar=1)
SMALL = grid_of((2, 16, 36, 3), 4)
CUT = grid_of((3, 8, 30, 2), 2)  # whose highest octave is not whole


def phrases(grid: GridFactors, tracks: int, count: int = 2, seed: int = 0) -> Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.where(
        torch.rand(count, grid.bars, grid.steps, grid.pitches, tracks, generator=source) < 0.1, 1.0, -1.0
    )


def encoder(grid: GridFactors = SMALL, tracks: int = 3) -> PhraseEncoder:
    torch.manual_seed(1)
    return PhraseEncoder(LAYOUT, tracks, grid)


def parts(latent: Tensor, bars: int, tracks: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """song (n, 6), bars (n, bars, 2), tracks (n, tracks, 3), track bars (n, tracks, bars, 1)."""
    song, bar, track, track_bar = torch.split(latent, [6, bars * 2, tracks * 3, tracks * bars], dim=1)
    return song, bar.view(-1, bars, 2), track.view(-1, tracks, 3), track_bar.view(-1, tracks, bars, 1)


@pytest.mark.parametrize(("grid", "tracks"), [(SMALL, 3), (CUT, 2)])
def test_it_gives_every_value_of_the_latent_within_its_cut(grid: GridFactors, tracks: int) -> None:
    found = encoder(grid, tracks)(phrases(grid, tracks), torch.ones(2, tracks))
    assert found.shape == (2, LAYOUT.size(grid.bars, tracks))
    assert found.dtype == torch.float32
    assert found.abs().max() < 2.0
    assert not torch.allclose(found[0], found[1])


def test_the_default_one_fits_in_eight_megabytes() -> None:
    default = PhraseEncoder(LatentLayout(song=64, bar=8, track=32, track_bar=4), 5, DEFAULT_GRID)
    assert sum(parameter.numel() for parameter in default.parameters()) < 2_000_000
    assert default.latent_size == 336


def test_a_track_that_is_not_given_is_not_heard() -> None:
    roll, network = phrases(SMALL, 3), encoder()
    given = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    other = roll.clone()
    other[..., 1] = -other[..., 1]
    other[1, ..., 0] = -other[1, ..., 0]
    torch.testing.assert_close(network(other, given), network(roll, given), rtol=0, atol=0)
    assert not torch.allclose(network(other, torch.ones(2, 3)), network(roll, torch.ones(2, 3)))


def test_a_silent_track_is_told_from_one_that_is_not_given() -> None:
    roll, network = phrases(SMALL, 3), encoder()
    roll[..., 1] = -1.0
    without = torch.tensor([[1.0, 0.0, 1.0]]).expand(2, -1)
    assert not torch.allclose(network(roll, without), network(roll, torch.ones(2, 3)))


def test_one_phrase_is_not_heard_in_another() -> None:
    roll, network = phrases(SMALL, 3, count=3), encoder()
    given = torch.ones(3, 3)
    alone = torch.cat([network(roll[n : n + 1], given[n : n + 1]) for n in range(3)])
    torch.testing.assert_close(network(roll, given), alone, rtol=1e-5, atol=1e-6)


def test_a_bars_notes_change_its_own_parts_most_directly() -> None:
    """What goes past the whole phrase: a bar's own path, a track's own path."""
    roll, network = phrases(SMALL, 3, count=1), encoder()
    with torch.no_grad():  # deaf to the phrase: only the own paths are left
        network.phrase.weight.zero_()
        network.own.weight.zero_()
    before = parts(network(roll, torch.ones(1, 3)), 2, 3)
    other = roll.clone()
    other[:, 1, :, :, 2] = -other[:, 1, :, :, 2]
    after = parts(network(other, torch.ones(1, 3)), 2, 3)
    torch.testing.assert_close(after[0], before[0])
    changed_bars = (after[1] != before[1]).any(2)[0].tolist()
    assert changed_bars == [False, True]
    changed_track_bars = (after[3] != before[3]).any(3)[0].tolist()
    assert changed_track_bars == [[False, False], [False, False], [False, True]]


def test_every_weight_learns() -> None:
    network = encoder()
    torch.autograd.backward(network(phrases(SMALL, 3), torch.ones(2, 3)).square().sum())
    silent = [name for name, one in network.named_parameters() if one.grad is None or not one.grad.abs().sum() > 0]
    assert silent == []


KEYED = replace(LAYOUT, song=8, key=2)


def keyed_encoder() -> PhraseEncoder:
    torch.manual_seed(1)
    return PhraseEncoder(KEYED, 3, SMALL, drums=(0,))


def test_of_a_layout_with_a_key_the_same_phrase_in_another_key_has_the_same_other_values() -> None:
    home, network = phrases(SMALL, 3, count=1), keyed_encoder()
    home[:, :, :, :6] = home[:, :, :, -6:] = -1.0  # nothing leaves the range
    home[:, :, :, 18, 1] = 1.0
    assert network.key is not None
    with torch.no_grad():  # as if it had learned that home is where the second track plays pitch 18
        for weight in (network.key.notes.weight, network.key.score.weight):
            weight.zero_()
        network.key.notes.weight[(36 + 12) + 18, 0] = network.key.score.weight[0, 0] = 1.0
    keys = torch.arange(12)
    moved = in_key(home.expand(12, -1, -1, -1, -1), keys, torch.tensor([True, False, False]), -1.0)
    found = network(moved, torch.ones(12, 3))
    assert torch.equal(key_of(found[:, :2]), keys)
    torch.testing.assert_close(found[:, 2:], found[:1, 2:].expand(12, -1), rtol=1e-4, atol=1e-5)


def test_the_drums_and_tracks_that_are_not_given_say_nothing_of_the_key() -> None:
    roll, network = phrases(SMALL, 3), keyed_encoder()
    other = roll.clone()
    other[..., 0] = -other[..., 0]
    other[..., 1] = -other[..., 1]
    given = torch.tensor([[1.0, 0.0, 1.0]]).expand(2, -1)
    torch.testing.assert_close(network.key_scores(other, given), network.key_scores(roll, given))


def test_at_home_it_does_not_ask_for_the_key() -> None:
    roll, network = phrases(SMALL, 3), keyed_encoder()
    found = network.at_home(roll, torch.ones(2, 3))
    assert key_of(found[:, :2]).tolist() == [0, 0]
    torch.testing.assert_close(found[:, 2:], network.values(roll, torch.ones(2, 3)))
