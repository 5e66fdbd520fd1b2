from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.contract import ModelContract
from bridge.engine.latents import draw_latent
from bridge.engine.piece import Piece, combine, long_piece, plain_piece, recorded_piece
from bridge.engine.piece_values import BadValues, piece_to_values, values_to_piece
from tests.a_band import a_band

BAND = a_band()


def assert_same(one: Piece, other: Piece) -> None:
    assert (one.bars, one.tracks) == (other.bars, other.tracks)
    for track in range(one.tracks):
        for bar in range(one.bars):
            mine, yours = one.cell(track, bar), other.cell(track, bar)
            assert mine.bar == yours.bar
            np.testing.assert_array_equal(one.sources[mine.source], other.sources[yours.source])


def test_one_phrase_of_one_latent_is_that_latent() -> None:
    latent = draw_latent(BAND, 5)
    np.testing.assert_array_equal(piece_to_values(plain_piece(latent, BAND), BAND), latent)
    assert values_to_piece(latent, BAND).is_plain


@settings(max_examples=30, deadline=None)
@given(
    seeds=st.lists(st.integers(0, 9), min_size=1, max_size=4),
    bars=st.integers(1, 12),
    track=st.integers(0, 4),
    bar=st.integers(0, 11),
    recorded=st.booleans(),
)
def test_a_piece_comes_back_as_it_was(seeds: list[int], bars: int, track: int, bar: int, recorded: bool) -> None:
    piece = long_piece([draw_latent(BAND, seed) for seed in seeds], bars, BAND)
    piece = combine(piece, long_piece([draw_latent(BAND, 77)] * 3, bars, BAND), lambda t, b: (t, b) == (track, bar))
    if recorded:
        roll = np.random.default_rng(bars).random((bars, 5, 48, 84)) < 0.03
        piece = combine(piece, recorded_piece(roll, BAND), lambda t, _b: t == track)
    values = piece_to_values(piece, BAND)
    assert values.dtype == np.float32
    assert values.ndim == 1
    assert_same(values_to_piece(values, BAND), piece)


@pytest.mark.parametrize("change", ["shorter", "longer", "nan", "fraction", "source", "huge"])
def test_values_that_are_no_piece_are_refused(change: str) -> None:
    piece = long_piece([draw_latent(BAND, 1), draw_latent(BAND, 2)], 8, BAND)
    values = piece_to_values(piece, BAND)
    if change == "shorter":
        values = values[:-2]
    elif change == "longer":
        values = np.concatenate((values, np.zeros(3, dtype=np.float32)))
    else:
        values[{"nan": 0, "fraction": -1, "source": -4, "huge": -3}[change]] = {
            "nan": np.nan, "fraction": 1.5, "source": 99.0, "huge": 1e9
        }[change]  # fmt: skip
    with pytest.raises(BadValues):
        values_to_piece(values, BAND)


def test_values_of_another_models_latent_are_refused_with_what_was_expected(band: ModelContract) -> None:
    with pytest.raises(BadValues, match=f"5 values came, expected {band.latent_size}"):
        values_to_piece(np.zeros(5, dtype=np.float32), band)
