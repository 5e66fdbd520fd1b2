from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.clocks.metre import Metre
from bridge.clocks.song import Change, Song, change_between, join, standing_song
from bridge.clocks.transport import BeatReference

AT_120 = BeatReference(beat=8.0, seconds_per_beat=0.5, at=100.0)
PLAYING = Song(AT_120, playing=True, leap=1)


def test_a_song_that_plays_moves_and_one_that_stands_does_not() -> None:
    assert PLAYING.beat_at(101.0) == 10.0
    assert PLAYING.time_of(10.0) == 101.0
    assert replace(PLAYING, playing=False).beat_at(101.0) == 8.0


def test_a_song_stands_at_its_first_beat_until_its_time_has_come() -> None:
    assert PLAYING.beat_at(99.0) == 8.0


def test_a_song_that_has_not_begun_stands_at_its_start_in_its_tempo() -> None:
    song = standing_song(90.0)
    assert (song.beat_at(50.0), song.playing) == (0.0, False)
    assert song.tempo == pytest.approx(90.0)


def test_bar_lines_are_counted_from_where_the_metre_came_in() -> None:
    song = replace(PLAYING, metre=Metre(7, 8), bars_from=16.0)
    assert (song.bar_start(20.0), song.next_bar(20.0)) == (19.5, 23.0)


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (PLAYING, Change.STEADY),
        (replace(PLAYING, reference=BeatReference(8.001, 0.5, 100.0)), Change.STEADY),
        (replace(PLAYING, reference=BeatReference(8.0, 0.5001, 100.0)), Change.STEADY),
        (replace(PLAYING, reference=BeatReference(8.0, 0.51, 100.0)), Change.TEMPO),
        (replace(PLAYING, metre=Metre(3, 4)), Change.METRE),
        (replace(PLAYING, bars_from=2.0), Change.METRE),
        (replace(PLAYING, leap=2), Change.LOCATED),
        (replace(PLAYING, leap=3, metre=Metre(3, 4)), Change.LOCATED),
        (replace(PLAYING, playing=False, leap=2), Change.STOPPED),
    ],
)
def test_two_tellings_of_a_song_say_what_happened_between(after: Song, change: Change) -> None:
    assert change_between(PLAYING, after) is change


def test_a_standing_song_that_plays_has_started() -> None:
    assert change_between(replace(PLAYING, playing=False, leap=0), PLAYING) is Change.STARTED


def test_a_correction_ahead_is_made_at_once() -> None:
    line = BeatReference(8.1, 0.5, 100.0)
    joined = replace(PLAYING, reference=join(PLAYING, line, 101.0))
    assert joined.beat_at(101.0) == pytest.approx(10.1)
    assert joined.beat_at(102.0) == pytest.approx(line.beat_at(102.0))


def test_a_correction_back_lets_the_song_wait_for_the_line() -> None:
    line = BeatReference(7.9, 0.5, 100.0)
    joined = replace(PLAYING, reference=join(PLAYING, line, 101.0))
    assert joined.beat_at(101.0) == joined.beat_at(101.04) == pytest.approx(10.0)
    assert joined.beat_at(101.06) == pytest.approx(line.beat_at(101.06))
    assert joined.time_of(12.0) == pytest.approx(line.time_of(12.0))


def test_a_song_that_waits_is_not_sent_back_by_the_next_correction() -> None:
    waiting = replace(PLAYING, reference=join(PLAYING, BeatReference(7.9, 0.5, 100.0), 101.0))
    again = replace(waiting, reference=join(waiting, BeatReference(7.9, 0.5, 100.0), 101.01))
    assert again.beat_at(101.01) == waiting.beat_at(101.01) == pytest.approx(10.0)
