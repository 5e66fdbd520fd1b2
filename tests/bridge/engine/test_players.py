"""Players are chosen by how near their harmony is to the clip, a player a track for the whole clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.contract import LatentLayout, ModelContract
from bridge.engine import players
from bridge.engine.handles import track_values
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.players import fitting_players
from bridge.pianoroll import Roll

PIANO, GUITAR, BASS, STRINGS = 1, 2, 3, 4
C = 0  # the lowest pitch


@dataclass
class Choir:
    """A generator each of whose tracks holds one note, which its own first value says: a semitone each tenth of it.

    A track whose second value is below `rests_below` rests, from the bar `rests_from` on.
    """

    contract: ModelContract
    rests_below: float = -9.0
    rests_from: int = 0
    played: list[Latent] = field(default_factory=list)
    provider: str = "a choir"
    notice: str | None = None

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        self.played.append(latent)
        contract = self.contract
        roll = np.full((len(bars), 5, contract.steps_per_bar, contract.pitches), -1.0, dtype=np.float32)
        for track in range(5):
            own = latent[track_values(contract, track)]
            sounding = slice(None if own[1] >= self.rests_below else self.rests_from)
            roll[sounding, track, :, semitones(own)] = 1.0
        return roll


def semitones(own: Latent) -> int:
    return int(abs(own[0]) * 10) % 12


@pytest.fixture
def choir(band: ModelContract) -> Choir:
    return Choir(replace(band, steps_per_beat=1, pitches=24, latent=LatentLayout(song=2, track=2)))


def held(contract: ModelContract, pitch: int) -> Roll:
    """A note through the whole phrase."""
    clip = np.zeros((contract.bars, contract.steps_per_bar, contract.pitches), dtype=np.bool_)
    clip[..., pitch] = True
    return clip


def silence(contract: ModelContract) -> Roll:
    return np.zeros_like(held(contract, C))


def chosen(
    choir: Choir, clip: list[Roll], latents: list[Latent], track: int = PIANO, seed: int = 1
) -> tuple[list[Latent], int]:
    """The latents, and how often the chore has yielded."""
    chore = fitting_players(choir, track, clip, latents, seed)
    yields = 0
    while True:
        try:
            next(chore)
            yields += 1
        except StopIteration as done:
            return done.value, yields


def notes(contract: ModelContract, latent: Latent, tracks: Sequence[int]) -> list[int]:
    return [semitones(latent[track_values(contract, track)]) for track in tracks]


def test_every_other_track_comes_as_near_as_one_of_its_players_can(choir: Choir) -> None:
    contract = choir.contract
    latent = draw_latent(contract, 5)
    (found,), _ = chosen(choir, [held(contract, C)], [latent])
    near = {0: 0, 7: 1, 5: 1, 4: 2, 8: 2, 3: 2, 9: 2}  # unison, fifths, thirds
    for track in (GUITAR, BASS, STRINGS):
        tried = [near.get(semitones(one[track_values(contract, track)]), 3) for one in choir.played]
        (note,) = notes(contract, found, [track])
        assert near.get(note, 3) == min(tried)
    assert notes(contract, found, [GUITAR, BASS, STRINGS]) != notes(contract, latent, [GUITAR, BASS, STRINGS])


def test_a_track_that_fits_already_keeps_its_player(choir: Choir) -> None:
    contract = choir.contract
    latent = draw_latent(contract, 5)
    latent[track_values(contract, BASS)[0]] = 0.0
    (found,), _ = chosen(choir, [held(contract, C)], [latent])
    own = track_values(contract, BASS)
    np.testing.assert_array_equal(found[own], latent[own])


def test_what_all_hear_and_the_given_track_and_the_drums_stay(choir: Choir) -> None:
    contract = choir.contract
    latent = draw_latent(contract, 5)
    before = latent.copy()
    (found,), _ = chosen(choir, [held(contract, C)], [latent])
    free = np.concatenate([track_values(contract, track) for track in (GUITAR, BASS, STRINGS)])
    stays = np.setdiff1d(np.arange(contract.latent_size), free)
    np.testing.assert_array_equal(found[stays], latent[stays])
    np.testing.assert_array_equal(latent, before)


def test_the_seed_decides_who_is_tried(choir: Choir) -> None:
    contract = choir.contract
    latents = [draw_latent(contract, 5)]
    one, again, other = (chosen(choir, [held(contract, C)], latents, seed=seed)[0][0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_one_player_a_track_plays_to_the_whole_clip(choir: Choir) -> None:
    contract = choir.contract
    one, other = draw_latent(contract, 5), draw_latent(contract, 6)
    free = [track_values(contract, track) for track in (GUITAR, BASS, STRINGS)]
    for own in free:
        other[own] = one[own]
    clip = [held(contract, C), held(contract, C + 6), silence(contract)]
    found, yields = chosen(choir, clip, [one, other, other])
    for own in free:
        np.testing.assert_array_equal(found[0][own], found[1][own])
    np.testing.assert_array_equal(found[1][:2], other[:2])
    assert found[1] is found[2], "phrases that shared a latent still do"
    assert yields == len(choir.played) == 2 * players.PLAYERS, "phrases of silence are not played"


def test_who_plays_is_preferred_to_who_rests_where_some_player_is_near(choir: Choir) -> None:
    contract = choir.contract
    choir.rests_below = 0.0
    for seed in range(20):
        choir.played.clear()
        (found,), _ = chosen(choir, [held(contract, C)], [draw_latent(contract, seed)], seed=seed)
        for track in (GUITAR, BASS, STRINGS):
            own = track_values(contract, track)
            plays = {semitones(one[own]) for one in choir.played if one[own][1] >= 0.0}
            if len(plays) > 1:
                assert found[own][1] >= 0.0, "some player is nearer than the average"


def test_a_rest_speaks_against_no_player_who_is_near_before_it(choir: Choir) -> None:
    contract = choir.contract
    choir.rests_below, choir.rests_from = 0.0, 1
    resting = 0
    for seed in range(10):
        (found,), _ = chosen(choir, [held(contract, C)], [draw_latent(contract, seed)], seed=seed)
        resting += sum(bool(found[track_values(contract, track)[1]] < 0.0) for track in (GUITAR, BASS, STRINGS))
    assert 3 < resting < 27, "of the 30 who were chosen, some rest and some do not"


def test_a_band_that_rests_altogether_is_left_as_it_is(choir: Choir) -> None:
    choir.rests_below = 9.0
    latent = draw_latent(choir.contract, 5)
    (found,), _ = chosen(choir, [held(choir.contract, C)], [latent])
    np.testing.assert_array_equal(found, latent)


@pytest.mark.parametrize("track", [0, PIANO])
def test_drums_and_silence_have_no_harmony_to_choose_by(choir: Choir, track: int) -> None:
    contract = choir.contract
    clip = [held(contract, C) if track == 0 else silence(contract)]
    latents = [draw_latent(contract, 5)]
    found, yields = chosen(choir, clip, latents, track)
    assert found == latents
    assert found[0] is latents[0]
    assert yields == len(choir.played) == 0


def test_a_model_without_handles_has_no_players_to_choose(band: ModelContract) -> None:
    choir = Choir(replace(band, steps_per_beat=1, pitches=24, latent=LatentLayout(song=8)))
    latents = [draw_latent(choir.contract, 5)]
    found, yields = chosen(choir, [held(choir.contract, C)], latents)
    assert found[0] is latents[0]
    assert yields == 0
