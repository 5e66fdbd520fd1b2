"""Whether a track follows a clip."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from training.measures.following import Comparisons, Following
from training.measures.tonal_distance import tonal_distance

Rolls = NDArray[np.bool_]  # (n, bars, steps, pitches): one track


def held(*pitches: int | None) -> Rolls:
    """A phrase a pitch, which is held through its one bar of four beats; None: silence."""
    rolls = np.zeros((len(pitches), 1, 8, 24), dtype=np.bool_)
    for number, pitch in enumerate(pitches):
        if pitch is not None:
            rolls[number, :, :, pitch] = True
    return rolls


def follows(clips: Rolls, played: Rolls, song: list[int]) -> Following:
    return Following.of(Comparisons.of(clips, played, np.array(song, dtype=np.int32)))


def far(interval: int) -> float:
    pair = np.stack([held(0), held(interval)], axis=-1)
    return float(tonal_distance(pair, [(0, 1)])[0])


def test_an_echo_follows_and_every_other_clip_is_farther() -> None:
    clips = held(0, 1, 2, 3)
    found = follows(clips, clips, [0, 1, 2, 3])
    assert found.own == pytest.approx(0.0, abs=1e-12)
    assert found.shuffled == pytest.approx((3 * far(1) + 2 * far(2) + far(3)) / 6)
    assert found.gap == found.shuffled - found.own
    assert (found.nearer, found.nearer_error, found.sounding, found.phrases) == (1.0, 0.0, 1.0, 4)


def test_who_plays_the_same_to_everything_is_near_to_its_own_clip_as_often_as_not() -> None:
    rng = np.random.default_rng(0)
    clips = held(*rng.integers(12, size=60).tolist())
    found = follows(clips, held(*[0] * 60), list(range(60)))
    assert found.gap == pytest.approx(0.0, abs=0.05)
    assert found.nearer == pytest.approx(0.5, abs=1e-9), "each clip that is nearer to one is farther to another"


def test_the_distance_is_that_of_evaluate() -> None:
    rolls = np.random.default_rng(1).random((2, 6, 4, 16, 36)) < 0.03
    found = follows(rolls[0], rolls[1], list(range(6)))
    assert found.own == pytest.approx(tonal_distance(np.stack(list(rolls), axis=-1), [(0, 1)])[0])
    others = [np.stack([rolls[0][[clip]], rolls[1][[phrase]]], axis=-1) for clip, phrase in permutations(range(6), 2)]
    assert found.shuffled == pytest.approx(tonal_distance(np.concatenate(others), [(0, 1)])[0])


def test_clips_of_the_same_song_are_not_compared_with() -> None:
    clips = held(0, 0, 6, 6)
    found = follows(clips, clips, [7, 7, 3, 3])
    assert found.shuffled == pytest.approx(far(6))
    assert found.nearer == 1.0, "its song's other phrase is as near, and no matter"


def test_beats_in_which_one_rests_do_not_count() -> None:
    clips, played = held(0, 6), held(0, 6)
    played[0, 0, 2:] = False  # one beat of four is left
    played[0, 0, :2, :] = False
    played[0, 0, :2, 7] = True
    found = follows(clips, played, [0, 1])
    assert found.own == pytest.approx(far(7) / 5)
    assert found.sounding == pytest.approx(5 / 8)


def test_a_player_who_is_silent_has_nothing_to_tell() -> None:
    found = follows(held(0, 6), held(None, None), [0, 1])
    assert found.sounding == 0.0
    assert all(math.isnan(value) for value in (found.own, found.shuffled, found.gap, found.gap_error, found.nearer))


def test_a_tie_is_half_a_win() -> None:
    found = follows(held(0, 0), held(0, 0), [0, 1])
    assert found.nearer == 0.5
    assert found.gap == pytest.approx(0.0, abs=1e-12)


def test_the_error_is_that_of_the_songs_and_not_of_their_many_phrases() -> None:
    few = follows(held(0, 1, 5), held(7, 2, 5), [0, 1, 2])
    many = follows(
        held(*[0] * 20, *[1] * 20, *[5] * 20), held(*[7] * 20, *[2] * 20, *[5] * 20), [0] * 20 + [1] * 20 + [2] * 20
    )
    assert many.phrases == 60
    assert many.gap == pytest.approx(few.gap)
    assert many.gap_error == pytest.approx(few.gap_error)
    assert few.gap_error > 0.0


def test_of_songs_alike_the_error_is_the_standard_error_of_their_mean() -> None:
    pitches = [0, 3, 4, 7, 9]
    clips, played = held(*pitches), held(*[0] * 5)
    comparisons = Comparisons.of(clips, played, np.arange(5, dtype=np.int32))
    farther = comparisons.nearer / comparisons.compared
    found = Following.of(comparisons)
    assert found.nearer == pytest.approx(farther.mean())
    assert found.nearer_error == pytest.approx(farther.std(ddof=1) / math.sqrt(5))


def test_one_song_has_no_error_and_no_other_to_compare_with() -> None:
    found = follows(held(0, 1), held(0, 1), [4, 4])
    assert found.own == pytest.approx(0.0, abs=1e-12)
    assert all(math.isnan(value) for value in (found.shuffled, found.gap, found.gap_error, found.nearer_error))


def test_several_tracks_are_counted_together() -> None:
    song = np.arange(3, dtype=np.int32)
    parts = [Comparisons.of(held(0, 1, 2), held(*played), song) for played in ((0, 1, 2), (6, 7, 8))]
    found = Following.of(Comparisons.joined(parts))
    assert found.phrases == 6
    assert found.own == pytest.approx(far(6) / 2)
