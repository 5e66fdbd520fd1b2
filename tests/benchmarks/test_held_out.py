"""Phrases that a model never heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.held_out import CannotMeasure, HeldOut, held_out_phrases
from bridge.contract import ModelContract
from training.data.phrase_file import load_phrases
from training.data.phrases import split_by_song


def test_they_are_all_phrases_of_the_songs_that_training_holds_out(phrase_file: Path, band: ModelContract) -> None:
    found = held_out_phrases(phrase_file, band, share=0.5, seed=3)
    data = load_phrases(phrase_file)
    indices = split_by_song(data, 0.5, 3).validation
    assert sorted(found.song.tolist()) == sorted(data.song[indices].tolist())
    assert len(np.unique(found.song)) == 2
    own = {cells.tobytes() for cells in data.unpack(indices)}
    assert {cells.tobytes() for cells in found.cells} == own


def test_the_same_seed_draws_the_same(phrase_file: Path, band: ModelContract) -> None:
    one, other = (held_out_phrases(phrase_file, band, share=0.5, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.cells, other.cells)


def test_only_phrases_in_which_a_track_plays_have_it() -> None:
    cells = np.zeros((4, 1, 4, 12, 2), dtype=np.bool_)
    cells[1:, 0, 0, 3, 1] = True
    found = HeldOut(cells, np.arange(4, dtype=np.int32)).with_track(1, most=2)
    assert found.song.tolist() == [1, 2]
    assert found.cells.shape == (2, 1, 4, 12, 2)
    assert len(HeldOut(cells, np.arange(4, dtype=np.int32)).with_track(0, most=2).song) == 0


def test_phrases_of_another_shape_or_other_tracks_are_refused_with_both(phrase_file: Path, band: ModelContract) -> None:
    with pytest.raises(CannotMeasure, match=r"\(4, 48, 84, 5\) from pitch 24 up, 'A band' plays \(4, 16, 84, 5\)"):
        held_out_phrases(phrase_file, replace(band, steps_per_beat=4), share=0.5, seed=0)
    with pytest.raises(CannotMeasure, match="has the tracks Drums, Piano, Guitar, Bass, Strings, 'A band' Strings"):
        held_out_phrases(phrase_file, replace(band, tracks=band.tracks[::-1]), share=0.5, seed=0)


def test_a_share_that_holds_nothing_out_is_refused(phrase_file: Path, band: ModelContract) -> None:
    with pytest.raises(CannotMeasure, match=r"a share of 0\.0 of the songs .* holds none out"):
        held_out_phrases(phrase_file, band, share=0.0, seed=0)
