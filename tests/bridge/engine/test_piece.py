from __future__ import annotations

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.engine.latents import Latent, draw_latent, latent_id
from bridge.engine.piece import (
    Cell,
    Piece,
    changed_cells,
    combine,
    keep_tracks,
    long_piece,
    plain_piece,
    recorded_piece,
    repeated,
)
from bridge.pianoroll import Roll


def latent(contract: ModelContract, seed: int) -> Latent:
    return draw_latent(contract, seed)


def source(piece: Piece, track: int, bar: int) -> Latent | Roll:
    return piece.sources[piece.cell(track, bar).source]


def test_a_plain_piece_is_its_latent_and_has_its_name(band: ModelContract) -> None:
    one = latent(band, 1)
    piece = plain_piece(one, band)
    assert (piece.tracks, piece.bars) == (5, 4)
    assert piece.is_plain
    assert piece.id == latent_id(one)


def test_a_piece_begins_again_after_its_last_bar(band: ModelContract) -> None:
    piece = plain_piece(latent(band, 1), band)
    assert piece.cell(2, 4) == piece.cell(2, 0)
    assert piece.cell(2, 7) == Cell(0, 3)


def test_a_long_piece_takes_a_latent_a_phrase_and_may_end_within_one(band: ModelContract) -> None:
    latents = [latent(band, seed) for seed in range(3)]
    piece = long_piece(latents, 10, band)
    assert piece.bars == 10
    assert [source(piece, 0, bar) is latents[bar // 4] for bar in range(10)] == [True] * 10
    assert [piece.cell(0, bar).bar for bar in range(10)] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]


def test_what_is_combined_keeps_the_rest_of_the_old(band: ModelContract) -> None:
    old, new = plain_piece(latent(band, 1), band), plain_piece(latent(band, 2), band)
    mixed = combine(old, new, lambda track, bar: (track, bar) == (3, 1))
    for track in range(5):
        for bar in range(4):
            expected = new if (track, bar) == (3, 1) else old
            assert source(mixed, track, bar) is expected.sources[0]
    assert changed_cells(old, mixed) == {(3, 1)}
    assert mixed.id not in (old.id, new.id)


def test_what_nothing_names_any_more_is_forgotten(band: ModelContract) -> None:
    piece = plain_piece(latent(band, 0), band)
    for seed in range(50):
        piece = combine(piece, plain_piece(latent(band, seed), band), lambda track, _bar: track == 0)
    assert len(piece.sources) == 2


def test_locked_tracks_go_on_as_they_were_in_a_longer_piece_too(band: ModelContract) -> None:
    old = plain_piece(latent(band, 1), band)
    new = long_piece([latent(band, seed) for seed in (2, 3)], 8, band)
    kept = keep_tracks(old, new, {4})
    assert kept.bars == 8
    assert all(source(kept, 4, bar) is old.sources[0] for bar in range(8))
    assert [kept.cell(4, bar).bar for bar in range(8)] == [0, 1, 2, 3, 0, 1, 2, 3]
    assert source(kept, 0, 5) is new.sources[1]


def test_nothing_changes_where_the_same_latent_is_drawn_again(band: ModelContract) -> None:
    assert changed_cells(plain_piece(latent(band, 1), band), plain_piece(latent(band, 1), band)) == frozenset()


def test_a_recorded_piece_holds_its_notes_in_sources_of_the_models_length(band: ModelContract) -> None:
    roll = np.random.default_rng(0).random((6, 5, 48, 84)) < 0.02
    piece = recorded_piece(roll, band)
    assert piece.bars == 6
    for bar in range(6):
        cell = piece.cell(1, bar)
        np.testing.assert_array_equal(piece.sources[cell.source][cell.bar], roll[bar])


def test_a_repeated_piece_is_as_long_as_asked(band: ModelContract) -> None:
    piece = repeated(plain_piece(latent(band, 1), band), 6)
    assert [piece.cell(0, bar).bar for bar in range(6)] == [0, 1, 2, 3, 0, 1]
    assert not piece.is_plain


@pytest.mark.parametrize("bars", [1, 3, 512])
def test_any_length_can_be_had(band: ModelContract, bars: int) -> None:
    assert long_piece([latent(band, 1)] * 200, bars, band).bars == bars
