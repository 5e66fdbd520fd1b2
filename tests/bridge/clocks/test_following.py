"""What a musician counts on, whatever the host does: the song keeps near the true one, never goes back, and every bar
line comes once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.clocks.host import HostClock
from bridge.clocks.metre import DENOMINATORS, Metre
from bridge.clocks.midi_clock import MidiClock
from bridge.clocks.song import Song
from tests.bridge.clocks import sequencer_simulator as sequencer
from tests.bridge.clocks.host_simulator import Network, listen, transport_messages
from tests.bridge.clocks.sequencer_simulator import clock_messages
from tests.bridge.clocks.true_song import TrueSong

Action = Callable[[TrueSong], object]

SIXTEENTHS = st.integers(1, 40).map(lambda count: count / 4)
METRES = st.builds(Metre, st.integers(2, 16), st.sampled_from(DENOMINATORS[2:4]))
TEMPI = st.floats(50, 240)
ACTIONS_AT_ONE_TEMPO: st.SearchStrategy[Action] = st.one_of(
    SIXTEENTHS.map(lambda beats: lambda song: song.play(beats)),
    SIXTEENTHS.map(lambda beats: lambda song: song.play(beats)),
    st.floats(0.1, 3.0).map(lambda seconds: lambda song: song.stop(seconds)),
    st.tuples(st.integers(0, 400), SIXTEENTHS).map(lambda to: lambda song: locate_far(song, to[0] / 4).play(to[1])),
    st.tuples(st.integers(0, 8), st.integers(1, 4), st.integers(1, 4)).map(
        lambda loop: lambda song: loop_far(song, 4.0 * loop[0], 4.0 * loop[1], loop[2])
    ),
)
STEADY_ACTIONS: st.SearchStrategy[Action] = st.one_of(
    ACTIONS_AT_ONE_TEMPO,
    st.tuples(TEMPI, SIXTEENTHS).map(lambda step: lambda song: song.set_tempo(step[0]).play(step[1])),
)
RAMPS: st.SearchStrategy[Action] = st.tuples(TEMPI, st.integers(16, 48)).map(
    lambda ramp: lambda song: song.play(float(ramp[1]), to_bpm=ramp[0])
)
NETWORKS = st.builds(Network, st.sampled_from((0.0, 0.003, 0.01)), st.sampled_from((0.0, 0.2)), st.integers(0, 1000))
POLL = 0.01


def far(song: TrueSong, beat: float) -> float:
    """The beat, or one further away: a jump back by less than two may take two messages to be believed."""
    return beat if abs(beat - song.beat) >= 2 else song.beat + 2


def locate_far(song: TrueSong, beat: float) -> TrueSong:
    return song.locate(far(song, beat))


def loop_far(song: TrueSong, start: float, beats: float, times: int) -> TrueSong:
    start = far(song, start)
    return song.loop(start, start + beats, times)


def play(actions: list[Action], bpm: float, metre: Metre) -> TrueSong:
    song = TrueSong(bpm, metre).stop(0.1)
    for action in actions:
        action(song)
    song.play(1.0).stop(0.5)
    return song


def tellings(song: TrueSong, network: Network, every: float) -> list[tuple[float, Song]]:
    """(time, what the clock tells) at every look of a scheduler, from the first message on."""
    clock = HostClock()
    messages = transport_messages(song, network, every)
    looks = [(time, clock.song(time)) for time in listen(clock, messages, POLL, song.time)]
    return [(time, told) for time, told in looks if time >= messages[0].arrives]


def lines_that_came(looks: list[tuple[float, Song]]) -> list[list[float]]:
    """The bar lines that a scheduler meets, by leap: the bar that it is put into, then each that the song reaches."""
    came: dict[int, list[float]] = {}
    for time, told in looks:
        if not told.playing:
            continue
        beat = told.beat_at(time)
        lines = came.setdefault(told.leap, [])
        if not lines:
            lines.append(told.bar_start(beat))
        while lines[-1] + told.metre.beats_per_bar <= beat:
            lines.append(lines[-1] + told.metre.beats_per_bar)
    return list(came.values())


@dataclass
class TrueLines:
    """The bar lines from the one before the first beat on, between two leaps, and where that ended."""

    lines: list[float]
    last_beat: float = 0.0
    seconds_per_beat: float = 0.0


def true_lines(song: TrueSong) -> list[TrueLines]:
    found: dict[int, TrueLines] = {}
    ends = [stretch.start for stretch in song.stretches[1:]] + [song.time]
    for stretch, end in zip(song.stretches, ends, strict=True):
        if stretch.playing:
            true = found.setdefault(stretch.leap, TrueLines([stretch.metre.bar_start(stretch.beat)]))
            true.last_beat, true.seconds_per_beat = stretch.beat_at(end), 60 / stretch.bpm_at(end)
            while true.lines[-1] + stretch.metre.beats_per_bar < true.last_beat - 1e-6:
                true.lines.append(true.lines[-1] + stretch.metre.beats_per_bar)
    return list(found.values())


def assert_every_line_came_once(came: list[list[float]], truth: list[TrueLines], late: float) -> None:
    """One line may come too many: the host has stopped or jumped, but its message is still on its way for `late`."""
    assert len(came) == len(truth)
    for lines, true in zip(came, truth, strict=True):
        overrun = true.last_beat + late / true.seconds_per_beat
        if len(lines) == len(true.lines) + 1 and true.last_beat - 1e-6 <= lines[-1] <= overrun:
            lines.pop()
        assert lines == pytest.approx(true.lines)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(STEADY_ACTIONS, RAMPS), min_size=1, max_size=6), TEMPI, METRES, NETWORKS)
def test_a_playing_song_never_goes_back_without_a_leap(
    actions: list[Action], bpm: float, metre: Metre, network: Network
) -> None:
    last_beat, last_leap = 0.0, 0
    for time, told in tellings(play(actions, bpm, metre), network, 1.0):
        if told.playing and told.leap == last_leap:
            assert told.beat_at(time) >= last_beat - 1e-9
        last_beat, last_leap = told.beat_at(time), told.leap


@settings(max_examples=40, deadline=None)
@given(st.lists(STEADY_ACTIONS, min_size=1, max_size=6), TEMPI, METRES, NETWORKS)
def test_the_song_keeps_as_near_to_the_true_one_as_a_message_is_late(
    actions: list[Action], bpm: float, metre: Metre, network: Network
) -> None:
    song = play(actions, bpm, metre)
    fastest = max(stretch.bpm for stretch in song.stretches)
    for time, told in tellings(song, network, 1.0):
        true = song.at(time)
        if told.leap == true.leap and told.playing and time > true.start + network.longest_delay:
            error = (told.beat_at(time) - true.beat_at(time)) * 60 / true.bpm
            # A faster tempo went on until the message came that ended it.
            assert abs(error) <= network.longest_delay * fastest / true.bpm + 0.0005


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(STEADY_ACTIONS, RAMPS), min_size=1, max_size=6), TEMPI, METRES, NETWORKS)
def test_every_jump_is_heard_and_nothing_else_is_taken_for_one(
    actions: list[Action], bpm: float, metre: Metre, network: Network
) -> None:
    song = play(actions, bpm, metre)
    looks = tellings(song, network, 0.25)
    assert looks[-1][1].leap == song.stretches[-1].leap


@settings(max_examples=40, deadline=None)
@given(st.lists(STEADY_ACTIONS, min_size=1, max_size=6), TEMPI, METRES, NETWORKS)
def test_every_bar_line_comes_once_and_in_order(
    actions: list[Action], bpm: float, metre: Metre, network: Network
) -> None:
    song = play(actions, bpm, metre)
    came = lines_that_came(tellings(song, network, 1.0))
    assert_every_line_came_once(came, true_lines(song), network.longest_delay + 0.001)


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS_AT_ONE_TEMPO, min_size=1, max_size=6), TEMPI, METRES, st.integers(0, 1000))
def test_every_bar_line_comes_once_by_midi_clock_too(
    actions: list[Action], bpm: float, metre: Metre, seed: int
) -> None:
    song = play(actions, bpm, metre)
    clock = MidiClock(bpm, metre)
    looks = [
        (time, clock.song(time)) for time in sequencer.listen(clock, clock_messages(song, 0.003, seed), POLL, song.time)
    ]
    assert_every_line_came_once(lines_that_came(looks), true_lines(song), 0.008)
