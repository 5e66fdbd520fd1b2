"""The host's clock against a simulated host whose true position is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from bridge.clocks.host import HostClock
from bridge.clocks.metre import COMMON_TIME, Metre
from bridge.clocks.song import Change
from tests.bridge.clocks.host_simulator import Network, TransportMessage, listen, transport_messages
from tests.bridge.clocks.true_song import TrueSong

LATE = 0.01  # seconds by which messages are late at the most
TEN_MILLISECONDS = Network(LATE)
POLL = 0.007


@dataclass(frozen=True)
class Error:
    """How far the told song lies ahead of the true one at a true beat; behind: negative."""

    time: float
    beat: float
    seconds: float


def errors(song: TrueSong, network: Network = TEN_MILLISECONDS, every: float = 1.0) -> list[Error]:
    """The clock's error at every look while both songs play, and know of the same jumps."""
    clock, found = HostClock(), []
    first: int | None = None
    for time in listen(clock, transport_messages(song, network, every), POLL, song.time - POLL):
        told, true = clock.song(time), song.at(time)
        if told.playing and true.playing:
            first = true.leap - told.leap if first is None else first
            if true.leap - told.leap == first:
                beat = true.beat_at(time)
                found.append(Error(time, beat, (told.beat_at(time) - beat) * 60 / true.bpm_at(time)))
    return found


def worst(found: list[Error], from_beat: float = 0.0, to_beat: float = math.inf) -> float:
    """The largest error in seconds, between two beats."""
    chosen = [abs(error.seconds) for error in found if from_beat <= error.beat < to_beat]
    assert chosen, "nothing was measured"
    return max(chosen)


def heard(*messages: tuple[float, float, float, bool]) -> tuple[HostClock, list[Change]]:
    """A clock that has heard (time, beat, bpm, playing) one after the other, and what it said to each."""
    clock = HostClock()
    return clock, [clock.hear(beat, bpm, playing, COMMON_TIME, time) for time, beat, bpm, playing in messages]


def test_before_the_first_message_the_song_stands_at_its_start_and_the_notice_says_what_to_do() -> None:
    clock = HostClock(90.0, Metre(3, 4))
    song = clock.song(100.0)
    assert (song.playing, song.beat_at(100.0), song.metre) == (False, 0.0, Metre(3, 4))
    assert song.tempo == pytest.approx(90.0)
    assert "/mai/transport" in str(clock.notice(100.0))


def test_start_stop_and_continue_are_told_apart() -> None:
    clock, changes = heard(
        (1.0, 0.0, 120.0, False),
        (2.0, 0.0, 120.0, True),
        (2.5, 1.0, 120.0, True),
        (3.0, 2.0, 120.0, False),
        (9.0, 2.0, 120.0, False),
        (10.0, 2.0, 120.0, True),
    )
    assert changes == [
        Change.STEADY, Change.STARTED, Change.STEADY, Change.STOPPED, Change.STEADY, Change.STARTED
    ]  # fmt: skip
    assert clock.song(11.0).beat_at(11.0) == 4.0


def test_a_stopped_song_stands_where_the_host_says() -> None:
    clock, changes = heard((0.0, 0.0, 120.0, True), (1.0, 2.0, 120.0, False), (2.0, 17.5, 120.0, False))
    assert changes[-1] is Change.LOCATED
    assert clock.song(50.0).beat_at(50.0) == 17.5


@pytest.mark.parametrize("beat", [9.0, 0.5, 1000.0, -4.0])
def test_a_locate_while_playing_is_believed_at_once(beat: float) -> None:
    clock, changes = heard((0.0, 0.0, 120.0, True), (2.0, 4.0, 120.0, True), (2.3, beat, 120.0, True))
    assert changes[-1] is Change.LOCATED
    assert clock.song(2.4).beat_at(2.4) == pytest.approx(beat + 0.2)


def test_a_message_that_was_held_up_does_not_move_the_song() -> None:
    clock, changes = heard((0.0, 0.0, 120.0, True), (0.7, 1.0, 120.0, True), (1.0, 2.0, 120.0, True))
    assert changes[1:] == [Change.STEADY, Change.STEADY]
    assert clock.song(1.5).beat_at(1.5) == pytest.approx(3.0)


def test_messages_that_were_held_up_together_do_not_move_the_song() -> None:
    clock, changes = heard(
        (0.0, 0.0, 120.0, True),
        (0.5, 1.0, 120.0, True),
        *((0.875, 1.25 + sixteenth / 4, 120.0, True) for sixteenth in range(3)),
        (1.0, 2.0, 120.0, True),
    )
    assert set(changes[1:]) == {Change.STEADY}
    assert clock.song(1.5).beat_at(1.5) == pytest.approx(3.0)


def test_a_small_jump_back_is_believed_when_the_next_message_agrees() -> None:
    clock, changes = heard(
        (0.0, 0.0, 120.0, True), (2.0, 4.0, 120.0, True), (2.5, 4.7, 120.0, True), (3.0, 5.7, 120.0, True)
    )
    assert changes[2:] == [Change.STEADY, Change.LOCATED]
    assert clock.song(3.5).beat_at(3.5) == pytest.approx(6.7)


def test_a_new_tempo_is_told_and_the_song_does_not_jump() -> None:
    clock, changes = heard((0.0, 0.0, 120.0, True), (1.0, 2.0, 90.0, True), (1.0 + 2 / 3, 3.0, 90.0, True))
    assert changes[1:] == [Change.TEMPO, Change.STEADY]
    assert clock.song(3.0).beat_at(3.0) == pytest.approx(5.0)


def test_a_message_ahead_of_the_song_is_believed_when_it_tells_a_slower_tempo_too() -> None:
    clock, changes = heard((0.01, 0.0, 120.0, True), (1.0, 2.0, 118.0, True))
    assert changes[-1] is Change.TEMPO
    assert clock.song(1.0).beat_at(1.0) == pytest.approx(2.0)


def test_a_new_start_is_not_measured_by_messages_from_before() -> None:
    late = ((count / 2 + 0.02, float(count), 120.0, True) for count in range(1, 32))
    clock, _ = heard((0.0, 0.0, 120.0, True), *late, (16.5, 33.0, 120.0, False), (20.0, 0.0, 120.0, True))
    clock.hear(1.0, 120.0, True, COMMON_TIME, 20.52)
    assert clock.song(20.6).beat_at(20.6) == pytest.approx(1.2)


def test_a_tempo_that_is_told_rounded_is_no_change() -> None:
    _, changes = heard(*((count / 2, float(count), 120.0 + 0.01 * (count % 2), True) for count in range(40)))
    assert set(changes[1:]) == {Change.STEADY}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("every", [1.0, 0.25])
def test_ten_milliseconds_of_network_shrink_to_two_after_some_beats(seed: int, every: float) -> None:
    found = errors(TrueSong(120.0).play(96), Network(LATE, seed=seed), every)
    assert worst(found) <= LATE
    assert worst(found, 8) < 0.007
    assert worst(found, 32) < 0.002
    mean = sum(abs(error.seconds) for error in found if error.beat >= 16) / len(found)
    assert mean < 0.001


def test_without_delay_the_song_is_exact_through_starts_locates_loops_and_tempo_changes() -> None:
    song = TrueSong(133.7).play(9).stop(2.0).locate(64).play(5.5).set_tempo(80).play(6).loop(8, 16, 3).play(4)
    assert worst(errors(song, Network(0.0))) < 1e-4


@pytest.mark.parametrize("seed", range(10))
def test_a_loop_keeps_what_is_known_of_the_network(seed: int) -> None:
    song = TrueSong(120.0).play(32).loop(0, 32, 1).loop(16, 32, 4)
    jumps = [stretch.start for stretch in song.stretches[2:]]
    found = errors(song, Network(LATE, seed=seed))
    after = [abs(error.seconds) for error in found for jump in jumps if jump + LATE < error.time < jump + 1.0]
    assert len(after) > 100
    assert max(after) < 0.004


@pytest.mark.parametrize("metre", [Metre(7, 8), Metre(5, 4), Metre(3, 4)])
def test_a_one_bar_loop_in_any_metre_is_followed(metre: Metre) -> None:
    song = TrueSong(120.0, metre).play(16).loop(0, metre.beats_per_bar, 8)
    assert worst(errors(song)) <= LATE + 1e-6


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("to_bpm", "beats", "bound"), [(130, 16, 0.008), (100, 16, 0.010), (180, 16, 0.015)])
def test_a_ramp_is_followed_to_half_the_change_between_two_messages(
    seed: int, to_bpm: float, beats: float, bound: float
) -> None:
    song = TrueSong(120.0).play(32).play(beats, to_bpm=to_bpm).play(48)
    found = errors(song, Network(LATE, seed=seed))
    assert worst(found, 32, 32 + beats) < bound
    assert worst(found, 32 + beats + 33) < 0.003


@pytest.mark.parametrize("to_bpm", [60, 180])
def test_a_steep_ramp_is_smooth_when_the_host_tells_it_in_small_steps(to_bpm: float) -> None:
    song = TrueSong(120.0).play(32).play(8, to_bpm=to_bpm).play(8)
    assert worst(errors(song, Network(LATE), every=1 / 8), 32) < 0.008


def test_a_ramp_is_no_locate() -> None:
    clock = HostClock()
    song = TrueSong(120.0).play(8).play(8, to_bpm=180).play(8, to_bpm=60)
    changes = {
        clock.hear(message.beat, message.bpm, message.playing, message.metre, message.arrives)
        for message in transport_messages(song, Network(LATE, seed=3))
    }
    assert changes == {Change.STARTED, Change.STEADY, Change.TEMPO}


def test_lost_messages_cost_nothing_while_the_tempo_holds() -> None:
    assert worst(errors(TrueSong(120.0).play(128), Network(LATE, loss=0.3, seed=1)), 64) < 0.003


def test_a_sound_cards_clock_that_runs_a_little_fast_is_followed() -> None:
    fast = TrueSong(120.0 * 1.0001).play(200)
    clock = HostClock()
    for message in transport_messages(fast):
        clock.hear(message.beat, 120.0, True, COMMON_TIME, message.arrives)
    assert abs(clock.song(fast.time).beat_at(fast.time) - 200) * 0.5 < 0.002


def test_a_host_that_is_late_for_good_is_believed_after_thirty_two_messages() -> None:
    clock = HostClock()
    for count in range(100):
        clock.hear(float(count), 120.0, True, COMMON_TIME, count / 2 + (0.02 if count >= 50 else 0.0))
    assert clock.song(50.02).beat_at(50.02) == pytest.approx(100.0)


def test_a_silent_host_is_reported_lost_while_the_band_plays_on_and_found_again() -> None:
    clock, _ = heard((0.0, 0.0, 120.0, True), (0.5, 1.0, 120.0, True))
    assert clock.notice(2.0) is None
    assert clock.notice(3.5) == "the DAW has been silent for 3 s: the band plays on at 120 beats a minute"
    assert clock.song(10.5).beat_at(10.5) == pytest.approx(21.0)
    assert clock.hear(21.01, 120.0, True, COMMON_TIME, 10.5) is Change.STEADY
    assert clock.notice(10.6) is None


def test_a_slow_song_is_given_four_beats_before_its_host_is_lost() -> None:
    clock, _ = heard((0.0, 0.0, 30.0, True))
    assert clock.notice(7.9) is None
    assert clock.notice(8.1) is not None


def test_a_stopped_host_may_be_silent_for_ever() -> None:
    clock, _ = heard((0.0, 0.0, 120.0, True), (1.0, 2.0, 120.0, False))
    assert clock.notice(1e6) is None


@pytest.mark.parametrize(
    ("beat", "bpm", "complaint"),
    [
        (math.nan, 120.0, "beat is nan"),
        (math.inf, 120.0, "beat is inf"),
        (0.0, math.nan, "bpm is nan, expected 1 to 1000"),
        (0.0, 0.0, "bpm is 0"),
        (0.0, -120.0, "bpm is -120"),
        (0.0, 1e9, "bpm is"),
    ],
)
def test_what_no_host_can_mean_is_refused_and_changes_nothing(beat: float, bpm: float, complaint: str) -> None:
    clock, _ = heard((0.0, 0.0, 120.0, True))
    before = clock.song(1.0)
    with pytest.raises(ValueError, match=complaint):
        clock.hear(beat, bpm, True, COMMON_TIME, 1.0)
    with pytest.raises(ValueError, match="bar_start nan"):
        clock.hear(0.0, 120.0, True, COMMON_TIME, 1.0, bar_start=math.nan)
    assert clock.song(1.0) == before


def test_the_simulated_network_delays_and_loses_but_never_hurries() -> None:
    song = TrueSong(120.0).play(100).stop(1.0)
    exact = {message.beat: message.arrives for message in transport_messages(song)}
    delayed: list[TransportMessage] = transport_messages(song, Network(LATE, loss=0.2, seed=7))
    assert 60 < len(delayed) < 95
    assert all(0 <= message.arrives - exact[message.beat] <= LATE for message in delayed)
    assert [message.playing for message in delayed][-1] is False
