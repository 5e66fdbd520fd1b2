"""A stream under a host that changes its mind, with a client that morphs all the time: the bars come whole and in time.

The machine is shared: where a bar was late while it stood still, the evening is played once more, then given up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from bridge.doors.client import BridgeClient
from bridge.paths import EMBEDDED_MODEL
from tests.peers.bridge_process import RunningBridge, serve
from tests.peers.chosen_phrases import generate_first, generated
from tests.peers.evening import Evening, best_of_two, listen, skip_where_the_machine_stood_still
from tests.peers.morphing import Morpher, save_both_ends
from tests.peers.song_host import SongHost, steady, up_and_down
from tests.peers.streamed_bars import Notes, StreamedBar, StreamListener

BAR = 4.0  # beats
PHRASE = 4 * BAR
SLOWEST, FASTEST, RAMP_SECONDS = 90.0, 150.0, 10.0
LOOP_END, JUMPS = 24.0, 4  # four bars before it begins the loop; one locate, and the loop's end three times
FEWEST_MORPHS = 1000  # 60 a second would be 2,700
DRUMS, LOCKED = 0, 1  # the locked one is the piano
TRACKS = 5
METRE_TEMPO = 240.0
CHANGED_AT = 18.0  # a bar line in 3/4
EPSILON = 1e-3  # beats; OSC carries float32


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    """With the model that comes along, which has to work for its bars."""
    with serve(EMBEDDED_MODEL, tmp_path_factory.mktemp("library") / "library.sqlite") as running:
        yield running


@pytest.fixture(scope="module")
def evening(bridge: RunningBridge) -> Evening:
    """Some 45 s of tempo ramps, with a jump back, a loop of four bars, a morph all the time, and a locked piano."""

    def play(host: SongHost, listener: StreamListener) -> None:
        with Morpher(bridge.address) as morpher:
            listener.wait_until(lambda bars: bars != [] and bars[-1].start >= LOOP_END)
            host.locate(host.beat_now() - PHRASE)
            host.loop(LOOP_END - PHRASE, LOOP_END)
            listener.wait_until(lambda bars: host.surprises == JUMPS and bars[-1].start >= LOOP_END - BAR, 60.0)
            host.leave_the_loop()
            listener.wait_until(lambda bars: bars[-1].start >= LOOP_END + BAR)
        if morpher.sent < FEWEST_MORPHS:
            pytest.skip(f"nothing to conclude: this machine sent {morpher.sent} morphs, expected {FEWEST_MORPHS}")

    def play_once() -> Evening:
        with BridgeClient(bridge.address) as client:
            client.request("/mai/lock", LOCKED, 0)
            save_both_ends(client)
            client.request("/mai/lock", LOCKED, 1)
        return listen(bridge, SongHost(bridge.address, up_and_down(SLOWEST, FASTEST, RAMP_SECONDS)), play)

    return best_of_two(play_once)


def test_every_streamed_bar_arrives_whole(evening: Evening) -> None:
    assert evening.torn == []
    assert len(evening.places) > 20
    assert len(evening.bars) > 2 * len(evening.places), "the morph changed no bar that was announced"


def test_every_bar_line_of_the_song_has_its_bar(evening: Evening) -> None:
    steps = [after.start - before.start for before, after in pairwise(evening.places)]
    assert [step for step in steps if step != BAR and step > 0] == []
    assert sum(step < 0 for step in steps) == evening.surprises == JUMPS


def test_a_song_position_is_always_the_same_bar_of_the_phrase(evening: Evening) -> None:
    assert {(bar.start - evening.bars[0].start) / BAR % 4 - bar.bar for bar in evening.bars} == {0.0}


def test_every_streamed_bar_arrives_before_its_start(evening: Evening) -> None:
    skip_where_the_machine_stood_still(evening)
    assert evening.late == []


def test_the_bridge_counts_no_late_bar(evening: Evening) -> None:
    skip_where_the_machine_stood_still(evening)
    assert evening.late_count == 0


def test_a_locked_track_plays_the_same_in_every_loop_of_the_phrase_whatever_is_morphed(evening: Evening) -> None:
    # The first bar after a jump begins again what is held over its bar line: it is compared with its like.
    sounded: dict[tuple[int, bool], list[Notes]] = {}
    follows = False
    for before, bar in pairwise([evening.bars[0], *evening.bars]):
        if bar.start != before.start:
            follows = bar.start == before.start + BAR
        sounded.setdefault((bar.bar, follows), []).append(bar.notes)
    assert {bar for bar, follows in sounded if follows} == {0, 1, 2, 3}
    assert any(notes[LOCKED] for bars in sounded.values() for notes in bars), "the locked track was silent"
    for place, bars in sounded.items():
        assert len({notes[LOCKED] for notes in bars}) == 1, place
        if len(bars) > 10:
            assert len(set(bars)) > 1, f"no other track was morphed at {place}"


@dataclass(frozen=True)
class OddMetres:
    """Bars of three quarters, from CHANGED_AT on of seven eighths; then the song stood still and went on."""

    phrase: list[Notes]  # a bar each, as generate answered it
    evening: Evening
    stood_at: float
    quiet: bool  # no bar came while it stood
    before: int  # bars that had come by then

    @property
    def in_three_four(self) -> list[StreamedBar]:
        """Also the bar at the change: nobody knew of it when that was announced."""
        return [bar for bar in self.evening.places if bar.start <= CHANGED_AT]

    @property
    def in_seven_eight(self) -> list[StreamedBar]:
        return [bar for bar in self.evening.places if bar.start > CHANGED_AT]


@pytest.fixture(scope="module")
def odd_metres(bridge: RunningBridge) -> OddMetres:
    with BridgeClient(bridge.address) as client:
        client.request("/mai/lock", LOCKED, 0)
        phrase = generated(client, TRACKS, generate_first(client, TRACKS, is_tied))
        stood: list[tuple[float, bool, int]] = []

        def play(host: SongHost, listener: StreamListener) -> None:
            host.change_metre(CHANGED_AT, 7, 8)
            listener.wait_until(lambda bars: bars != [] and bars[-1].start >= CHANGED_AT + 4 * 3.5)
            host.stop()
            client.request("/mai/ping")  # the bridge has heard it
            before = len(listener.bars)
            stood.append((host.beat_now(), listener.is_quiet(1.5 * 3.5 * 60.0 / METRE_TEMPO), before))
            host.play()
            listener.wait_until(lambda bars: len(bars) >= before + 3)

        evening = best_of_two(lambda: listen(bridge, SongHost(bridge.address, steady(METRE_TEMPO), (3, 4)), play))
    return OddMetres(phrase, evening, *stood[-1])


def test_in_three_four_and_seven_eight_bars_come_whole_and_in_time(odd_metres: OddMetres) -> None:
    assert odd_metres.evening.torn == []
    skip_where_the_machine_stood_still(odd_metres.evening)
    assert odd_metres.evening.kept_time, odd_metres.evening.late


def test_bars_in_three_four_lie_three_beats_apart_and_in_seven_eight_three_and_a_half(odd_metres: OddMetres) -> None:
    assert [bar.start for bar in odd_metres.in_three_four] == [3.0, 6.0, 9.0, 12.0, 15.0, 18.0]
    starts = [bar.start for bar in odd_metres.in_seven_eight]
    assert starts == [CHANGED_AT + 3.5 * number for number in range(1, len(starts) + 1)]
    assert len(starts) >= 6


def test_a_bar_of_an_odd_metre_plays_the_beginning_of_the_phrases_next_bar_and_nothing_else(
    odd_metres: OddMetres,
) -> None:
    bars = odd_metres.evening.places
    assert [bar.bar for bar in bars] == [number % 4 for number in range(len(bars))]
    held: dict[tuple[int, int], float] = {}  # track and pitch: the song position to which it sounds
    for bar, beats in in_their_metres(odd_metres):
        if bar.at >= odd_metres.evening.bars[odd_metres.before].at > bar.at - 0.1:
            held.clear()  # the song stood still, and nothing sounded
        for track, notes in enumerate(bar.notes):
            expected = set()
            for note in odd_metres.phrase[bar.bar][track]:
                end = bar.start + min(beats, note.start + note.duration)
                begin = bar.start + note.start
                if note.start == 0.0 and track != DRUMS:
                    begin = max(begin, held.get((track, note.pitch), 0.0))
                if note.start < beats and begin < end - EPSILON:
                    expected.add((note.pitch, round(begin, 3)))
            assert {(note.pitch, round(bar.start + note.start, 3)) for note in notes} == expected, (bar.start, track)
            held |= {(track, note.pitch): bar.start + note.start + note.duration for note in notes}


def test_no_note_of_an_odd_metre_lasts_past_its_bar_but_one_that_the_next_bar_begins_with(
    odd_metres: OddMetres,
) -> None:
    longer = 0
    for bar, beats in in_their_metres(odd_metres):
        following = odd_metres.phrase[(bar.bar + 1) % 4]
        for track, notes in enumerate(bar.notes):
            begun = {note.pitch for note in following[track] if note.start == 0.0 and track != DRUMS}
            assert all(note.start < beats for note in notes), (bar.start, track)
            past = {note.pitch for note in notes if note.start + note.duration > beats + EPSILON}
            assert past <= begun, (bar.start, track)
            longer += len(past)
    assert longer > 0, "no note is held over a bar line: nothing was tested"


def test_while_the_song_stands_still_no_bar_comes_and_then_it_goes_on_where_it_stood(odd_metres: OddMetres) -> None:
    assert odd_metres.quiet
    again = odd_metres.evening.bars[odd_metres.before]
    assert again.start <= odd_metres.stood_at + 3.5
    assert again.start > odd_metres.stood_at - 3.5


def is_tied(phrase: list[Notes]) -> bool:
    """Whether notes are held over a bar line of it in 3/4, and over one in 7/8."""
    return all(
        any(
            note.start < beats < note.start + note.duration and note.pitch in {after.pitch for after in begun}
            for bar, following in pairwise([*phrase, phrase[0]])
            for track in range(1, TRACKS)
            for begun in [[after for after in following[track] if after.start == 0.0]]
            for note in bar[track]
        )
        for beats in (3.0, 3.5)
    )


def in_their_metres(odd_metres: OddMetres) -> list[tuple[StreamedBar, float]]:
    """The bars, each with how many beats it has."""
    return [
        *((bar, 3.0) for bar in odd_metres.in_three_four),
        *((bar, 3.5) for bar in odd_metres.in_seven_eight),
    ]
