"""What is made anew takes its handle's values alone; what stays is left as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge.contract import LatentLayout, ModelContract
from bridge.engine.handles import bar_values, common_values, track_bar_values, track_values
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.piece import Piece, changed_cells, is_latent, long_piece, plain_piece, recorded_piece
from bridge.engine.renewal import in_harmony, renewed


@pytest.fixture
def grid(band: ModelContract) -> ModelContract:
    return replace(band, latent=LatentLayout(song=3, bar=2, track=4, track_bar=1))


def latent_at(piece: Piece, track: int, bar: int) -> Latent:
    source = piece.sources[piece.cell(track, bar).source]
    assert is_latent(source)
    return source


def taken(piece: Piece, track: int, bar: int, old: Latent, fresh: Latent) -> list[int]:
    """Which values of the latent that plays there are the fresh one's; the others are the old one's."""
    plays = latent_at(piece, track, bar)
    assert set(np.flatnonzero(plays != fresh)) | set(np.flatnonzero(plays != old)) == set(range(len(old)))
    return np.flatnonzero(plays != old).tolist()


def test_a_track_anew_keeps_what_all_tracks_hear(grid: ModelContract) -> None:
    old, fresh = draw_latent(grid, 1), draw_latent(grid, 2)
    before = plain_piece(old, grid)
    after = renewed(before, plain_piece(fresh, grid), grid, [3], None, ())
    assert changed_cells(before, after) == {(3, bar) for bar in range(4)}
    for bar in range(4):
        assert taken(after, 3, bar, old, fresh) == track_values(grid, 3).tolist()
    assert len(after.sources) == 2, "one run of the model for the track, one for the others"


def test_a_bar_anew_keeps_the_song_and_every_tracks_own_part(grid: ModelContract) -> None:
    old, fresh = draw_latent(grid, 1), draw_latent(grid, 2)
    before = plain_piece(old, grid)
    after = renewed(before, plain_piece(fresh, grid), grid, range(5), 2, kept=[4])
    assert changed_cells(before, after) == {(track, 2) for track in range(4)}
    assert taken(after, 0, 2, old, fresh) == bar_values(grid, 2).tolist()


def test_a_bar_of_a_track_anew_moves_the_track_in_that_bar_alone(grid: ModelContract) -> None:
    old, fresh = draw_latent(grid, 1), draw_latent(grid, 2)
    before = plain_piece(old, grid)
    after = renewed(before, plain_piece(fresh, grid), grid, [1], 3, ())
    assert changed_cells(before, after) == {(1, 3)}
    assert taken(after, 1, 3, old, fresh) == track_bar_values(grid, 1, 3).tolist()


def test_everything_anew_is_the_fresh_piece(grid: ModelContract) -> None:
    fresh = plain_piece(draw_latent(grid, 2), grid)
    after = renewed(plain_piece(draw_latent(grid, 1), grid), fresh, grid, range(5), None, ())
    assert after.id == fresh.id


def test_without_handles_the_fresh_notes_are_taken_as_they_are(band: ModelContract) -> None:
    old, fresh = draw_latent(band, 1), draw_latent(band, 2)
    after = renewed(plain_piece(old, band), plain_piece(fresh, band), band, [3], None, ())
    assert latent_at(after, 3, 0) is fresh
    assert latent_at(after, 2, 0) is old


def test_with_a_handle_for_tracks_alone_a_bar_anew_is_the_fresh_ones(band: ModelContract) -> None:
    hybrid = replace(band, latent=LatentLayout(song=3, track=4))
    old, fresh = draw_latent(hybrid, 1), draw_latent(hybrid, 2)
    after = renewed(plain_piece(old, hybrid), plain_piece(fresh, hybrid), hybrid, range(5), 1, ())
    assert latent_at(after, 0, 1) is fresh
    track_bar = renewed(plain_piece(old, hybrid), plain_piece(fresh, hybrid), hybrid, [2], 1, ())
    assert taken(track_bar, 2, 1, old, fresh) == track_values(hybrid, 2).tolist()


def test_notes_that_were_recorded_have_no_handle(grid: ModelContract) -> None:
    roll = np.zeros((4, 5, 48, 84), dtype=np.bool_)
    fresh = draw_latent(grid, 2)
    after = renewed(recorded_piece(roll, grid), plain_piece(fresh, grid), grid, [1], None, ())
    assert latent_at(after, 1, 0) is fresh
    np.testing.assert_array_equal(after.sources[after.cell(0, 0).source], roll)


def test_each_phrase_of_a_long_piece_keeps_its_own_harmony(grid: ModelContract) -> None:
    old = [draw_latent(grid, seed) for seed in (1, 2)]
    fresh = [draw_latent(grid, seed) for seed in (3, 4)]
    after = renewed(long_piece(old, 6, grid), long_piece(fresh, 6, grid), grid, [2], None, ())
    for bar, phrase in ((0, 0), (3, 0), (4, 1), (5, 1)):
        assert taken(after, 2, bar, old[phrase], fresh[phrase]) == track_values(grid, 2).tolist()


def test_new_music_beside_a_locked_pitched_track_is_made_for_its_harmony(grid: ModelContract) -> None:
    old, fresh = draw_latent(grid, 1), draw_latent(grid, 2)
    fitting = in_harmony(fresh, plain_piece(old, grid), {0, 3}, grid)
    assert np.flatnonzero(fitting != fresh).tolist() == common_values(grid).tolist()
    np.testing.assert_array_equal(fitting[common_values(grid)], old[common_values(grid)])


def test_locked_drums_ask_for_no_harmony(grid: ModelContract) -> None:
    fresh = draw_latent(grid, 2)
    assert in_harmony(fresh, plain_piece(draw_latent(grid, 1), grid), {0}, grid) is fresh
    assert in_harmony(fresh, None, {3}, grid) is fresh


def test_a_model_without_handles_plays_what_was_drawn(band: ModelContract) -> None:
    fresh = draw_latent(band, 2)
    assert in_harmony(fresh, plain_piece(draw_latent(band, 1), band), {3}, band) is fresh
