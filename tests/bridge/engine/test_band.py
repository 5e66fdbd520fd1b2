"""The band remembers bars and notes, and plays what it would play without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.band import REMEMBERED_NOTES, Band
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.piece import combine, plain_piece, recorded_piece, repeated
from bridge.engine.settings import PlaySettings
from bridge.playing.chain import play_bar
from tests.fakes import PatternGenerator

STYLE = PlaySettings(humanize=1.0)


@pytest.fixture
def playing(band: ModelContract) -> Band:
    return Band(PatternGenerator(band))


def test_a_bar_played_again_is_the_same_list_and_not_computed_again(playing: Band, band: ModelContract) -> None:
    piece = plain_piece(draw_latent(band, 1), band)
    first = playing.notes(piece, 2, STYLE)
    assert first == play_bar(playing.activations(piece, 2, STYLE), band, STYLE, seed=2)
    assert playing.notes(piece, 2, STYLE) is first
    assert playing.notes(piece, 6, STYLE) is first, "the piece begins again after its last bar"


def test_another_style_another_bar_and_another_latent_are_other_notes(playing: Band, band: ModelContract) -> None:
    piece = plain_piece(draw_latent(band, 1), band)
    first = playing.notes(piece, 0, STYLE)
    louder = playing.notes(piece, 0, replace(STYLE, velocity=STYLE.velocity - 30))
    assert [note.velocity for note in louder[1]] != [note.velocity for note in first[1]]
    assert playing.notes(piece, 1, STYLE) != first
    assert playing.notes(plain_piece(draw_latent(band, 5), band), 0, STYLE) != first
    assert playing.notes(piece, 0, STYLE) is first


def test_a_bar_of_several_sources_is_remembered_as_such(playing: Band, band: ModelContract) -> None:
    one, other = (plain_piece(draw_latent(band, seed), band) for seed in (1, 5))
    mixed = combine(one, other, lambda track, _bar: track == 2)
    for bar in range(4):
        expected = [*playing.notes(one, bar, STYLE)[:2], playing.notes(other, bar, STYLE)[2]]
        assert playing.notes(mixed, bar, STYLE)[:3] == expected


def test_a_bar_that_stands_elsewhere_in_a_piece_is_uneven_in_its_own_way(playing: Band, band: ModelContract) -> None:
    long = repeated(plain_piece(draw_latent(band, 1), band), 8)
    assert playing.notes(long, 0, STYLE) != playing.notes(long, 4, STYLE)


def test_recorded_bars_are_not_mistaken_for_one_another(playing: Band, band: ModelContract) -> None:
    shape = (band.bars, len(band.tracks), band.steps_per_bar, band.pitches)
    for pitch in range(3 * REMEMBERED_NOTES):  # each roll may lie where an earlier one lay
        roll = np.zeros(shape, dtype=np.bool_)
        roll[0, 1, :12, pitch % band.pitches] = True
        (note,) = playing.notes(recorded_piece(roll, band), 0, PlaySettings())[1]
        assert note.pitch == band.lowest_pitch + pitch % band.pitches


def test_a_model_with_a_key_is_asked_again_for_another_key_and_no_other_model_is(band: ModelContract) -> None:
    keyed = replace(band, latent=replace(band.latent, key=2))
    for contract, runs in ((keyed, 3), (band, 1)):
        generator = PatternGenerator(contract)
        playing, piece = Band(generator), plain_piece(draw_latent(contract, 1), contract)
        for key, scale in (("off", "major"), ("D", "major"), ("B", "minor"), ("D", "major")):
            playing.notes(piece, 0, PlaySettings(key=key, scale=scale))
        assert len(generator.computed) == runs


def test_only_so_many_are_remembered(playing: Band, band: ModelContract) -> None:
    for seed in range(REMEMBERED_NOTES + 10):
        playing.notes(plain_piece(draw_latent(band, seed), band), 0, STYLE)
    assert len(playing._notes) == REMEMBERED_NOTES


def test_bars_in_turn_are_the_first_at_once_and_the_others_meanwhile(band: ModelContract) -> None:
    told: list[str] = []

    class Told(PatternGenerator):
        def begin(self, latent: Latent, bars: Sequence[int]) -> Callable[[], NDArray[np.float32]]:
            told.append(f"begun {list(bars)}")
            return super().begin(latent, bars)

    generator = Told(band)
    playing, latent = Band(generator), draw_latent(band, 1)
    for bar in playing.in_turn(repeated(plain_piece(latent, band), 6), [0, 1, 2, 5, 4], STYLE):
        told.append(f"bar {bar} of {generator.computed}")
        assert playing.remembers(latent, bar % 4, STYLE)
    assert told == [
        "begun [1, 2]",
        "bar 0 of [(0,)]",
        *(f"bar {bar} of [(0,), (1, 2)]" for bar in (1, 2, 5, 4)),
    ], "and what two bars need is computed once"
    assert list(playing.in_turn(plain_piece(latent, band), [2], STYLE)) == [2]
    assert list(playing.in_turn(plain_piece(latent, band), [], STYLE)) == []
    assert generator.computed == [(0,), (1, 2)]


def test_it_tells_which_bars_of_a_latent_it_remembers(playing: Band, band: ModelContract) -> None:
    latent = draw_latent(band, 1)
    assert not playing.remembers(latent, 0, STYLE)
    playing.prepare(plain_piece(latent, band), [0, 2], STYLE)
    assert [playing.remembers(latent, bar, STYLE) for bar in range(4)] == [True, False, True, False]
    assert not playing.remembers(latent.copy(), 0, STYLE)
