"""The stream against a host that starts, stops, jumps and changes its tempo, in virtual time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.latents import Latent
from tests.bridge.engine.stage import LIVE, STRANGER, Stage, bars_of, error_of
from tests.fakes import PatternGenerator

Bar = tuple[int | float | str, ...]


class Host:
    """A DAW that plays along with the test's clock and says where it is ten times a beat."""

    def __init__(self, stage: Stage, bpm: float = 120.0, metre: tuple[int, int] = (4, 4)) -> None:
        self.stage, self.bpm, self.metre = stage, bpm, metre
        self.beat, self.playing = 0.0, 0

    def tell(self) -> None:
        self.stage.say(LIVE, "/mai/transport", self.beat, self.bpm, self.playing, *self.metre)

    def play(self, beats: float, bpm: float | None = None) -> None:
        """Go on for so many beats, with the tempo going evenly to `bpm`."""
        self.playing = 1
        begin, first = self.beat, self.bpm
        self.tell()
        while self.beat < begin + beats - 1e-9:
            step = min(0.1, begin + beats - self.beat)
            self.beat += step
            if bpm is not None:
                self.bpm = first + (bpm - first) * (self.beat - begin) / beats
            seconds = step * 60.0 / self.bpm
            self.stage.wait(seconds, seconds / 4)
            self.tell()

    def locate(self, beat: float) -> None:
        self.beat = beat
        self.tell()

    def stop(self) -> None:
        self.playing = 0
        self.tell()


def streamed(stage: Stage, track: int = 1) -> list[tuple[float, int]]:
    """(start beat, bar of the piece) of each bar of the stream, in the order they were sent."""
    sent = [bar for bar in bars_of(stage.wire.to(STRANGER)) if bar[2] == track and float(bar[5]) >= 0]
    return [(float(bar[5]), int(bar[1])) for bar in sent]


def start(stage: Stage, *at_beat: float) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 42)
    stage.wire.clear()
    stage.say(STRANGER, "/mai/stream/start", 5, *at_beat)


def test_a_stream_waits_for_the_host_to_play_and_follows_it(stage: Stage) -> None:
    host = Host(stage)
    host.stop()
    start(stage)
    stage.wait(5.0)
    assert streamed(stage) == []
    host.play(16.5)
    starts = [beat for beat, _ in streamed(stage)]
    assert starts == [0.0, 4.0, 8.0, 12.0, 16.0]
    assert stage.engine.counters.late == 0


def test_every_bar_comes_before_its_time_through_a_tempo_ramp(stage: Stage) -> None:
    host = Host(stage, bpm=80.0)
    host.play(2.0)
    start(stage)
    seen: dict[float, float] = {}
    for bpm in (180.0, 60.0, 200.0):
        for _ in range(8):
            host.play(4.0, host.bpm + (bpm - host.bpm) / 8)
            for beat, _ in streamed(stage):
                seen.setdefault(beat, host.beat)
    starts = [beat for beat, _ in streamed(stage)]
    assert starts == [4.0 * number for number in range(1, len(starts) + 1)]
    assert len(starts) > 20
    assert stage.engine.counters.late == 0


def test_after_a_locate_the_stream_goes_on_at_the_new_place_with_the_bar_that_belongs_there(stage: Stage) -> None:
    host = Host(stage)
    host.play(1.0)
    start(stage)
    host.play(9.5)
    stage.wire.clear()
    host.locate(32.0)
    host.play(6.0)
    # The stream began at beat 4 with bar 0, so bar 3 of the piece lies at beat 32.
    assert streamed(stage)[:2] == [(32.0, 3), (36.0, 0)]
    assert stage.player.silences >= 1
    assert 12.0 not in stage.player.bars, "what was sent for the old place is gone"


def test_a_loop_repeats_the_same_bars(stage: Stage) -> None:
    host = Host(stage)
    host.play(1.0)
    start(stage, 4.0)
    rounds = []
    for _ in range(4):
        stage.wire.clear()
        host.locate(8.0)
        host.play(8.0)
        rounds.append([one for one in streamed(stage) if 8.0 <= one[0] < 16.0])
    assert rounds[1] == rounds[2] == rounds[3] == [(8.0, 1), (12.0, 2)]


def test_a_stop_ends_the_notes_and_a_start_goes_on(stage: Stage) -> None:
    host = Host(stage)
    host.play(1.0)
    start(stage)
    host.play(8.0)
    silences = stage.player.silences
    host.stop()
    assert stage.player.silences == silences + 1
    stage.wire.clear()
    stage.wait(4.0)
    assert streamed(stage) == []
    host.play(4.0)
    assert [beat for beat, _ in streamed(stage)] == [8.0, 12.0]


@pytest.mark.parametrize(("metre", "length"), [((3, 4), 3.0), ((7, 8), 3.5), ((6, 8), 3.0), ((5, 4), 5.0)])
def test_bars_follow_the_hosts_metre(stage: Stage, metre: tuple[int, int], length: float) -> None:
    host = Host(stage, metre=metre)
    host.play(0.5)
    start(stage)
    host.play(6 * length)
    starts = [beat for beat, _ in streamed(stage)]
    assert starts[:5] == [length * number for number in range(1, 6)]
    for bar in bars_of(stage.wire.to(STRANGER)):
        assert all(float(begin) < length for begin in bar[8::4]), "nothing begins after the bar"


def test_what_was_sent_for_the_old_metre_does_not_sound_in_the_new(stage: Stage) -> None:
    host = Host(stage)
    host.play(0.5)
    start(stage)
    stage.say(STRANGER, "/mai/set", 6, "lookahead", 4.0)
    host.play(6.0)
    assert {4.0, 8.0} <= set(stage.player.bars)
    host.metre = (3, 4)
    host.play(1.6)
    assert 8.0 not in stage.player.bars
    assert 4.0 in stage.player.bars, "what has begun comes to its end"
    # A metre that comes in amid a bar has its lines counted from the song's start.
    assert 9.0 in stage.player.bars
    assert [one for one in streamed(stage) if one[0] in (9.0, 12.0)][-2:] == [(9.0, 1), (12.0, 2)]


def test_a_change_before_its_time_replaces_the_bar_whole(stage: Stage) -> None:
    start(stage)
    stage.say(STRANGER, "/mai/set", 8, "lookahead", 2.0)
    stage.wait(1.2)  # beat 2.4: bar 0 at beat 4 was sent at beat 2
    before = dict(stage.player.bars)
    assert list(before) == [4.0]
    stage.say(STRANGER, "/mai/generate", 6, 7)
    assert stage.player.bars[4.0] != before[4.0]
    assert [bar[5] for bar in bars_of(stage.wire.to(STRANGER)) if bar[2] == 1 and float(bar[5]) >= 0] == [4.0, 4.0]
    assert stage.engine.counters.replaced == 1


def test_a_change_after_the_deadline_is_heard_in_the_next_bar(stage: Stage) -> None:
    start(stage)
    stage.wait(1.995)  # 5 ms before beat 4
    before = stage.player.bars[4.0]
    stage.say(STRANGER, "/mai/generate", 6, 7)
    assert stage.player.bars[4.0] == before
    assert stage.engine.counters.replaced == 0
    stage.wait(2.0)
    assert 8.0 in stage.player.bars


class Slow(PatternGenerator):
    """A generator that needs its time."""

    def __init__(self, contract: ModelContract, time: list[float]) -> None:
        super().__init__(contract)
        self.time = time

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        self.time[0] += 0.01
        return super().__call__(latent, bars)


def test_a_bar_that_began_while_the_answer_was_computed_is_not_sent_again(stage: Stage) -> None:
    start(stage)
    stage.wait(1.985)  # 15 ms before beat 4, and the phrase takes 20
    before = stage.player.bars[4.0]
    stage.engine.band.generator = Slow(stage.engine.contract, stage.time)
    stage.say(STRANGER, "/mai/generate", 6, 7)
    assert stage.beat > 4.0
    assert stage.player.bars[4.0] == before
    assert stage.engine.counters.replaced == 0


def test_a_bar_that_was_missed_is_a_repetition_and_counted(stage: Stage) -> None:
    start(stage)
    stage.wait(2.5)  # beat 5
    stage.wire.clear()
    stage.time[0] += 3.0  # the machine slept until beat 11: the bar at beat 8 should sound
    stage.engine.tick(stage.now)
    assert streamed(stage)[0] == (8.0, 0), "the last bar once more"
    assert stage.engine.counters.late == 1
    assert stage.player.fallbacks[-1] is not None
    stage.wait(1.0)
    assert streamed(stage)[-1] == (12.0, 2), "and then on"


def test_a_long_sleep_gives_no_burst(stage: Stage) -> None:
    start(stage)
    stage.wait(2.5)
    stage.wire.clear()
    stage.time[0] += 60.0
    stage.engine.tick(stage.now)
    assert len(streamed(stage)) <= 2
    assert stage.engine.counters.late >= 28


def test_hold_stays_on_the_bar_that_plays(stage: Stage) -> None:
    start(stage)
    stage.wait(4.5)
    stage.say(STRANGER, "/mai/set", 6, "stream_mode", "hold")
    stage.wire.clear()
    stage.wait(8.0)
    held = {tuple(bar[6:]) for bar in bars_of(stage.wire.to(STRANGER)) if bar[2] == 2 and float(bar[5]) >= 12.0}
    assert len(held) == 1


def test_wander_moves_on_every_bar_and_leaves_locked_tracks(stage: Stage) -> None:
    start(stage)
    stage.say(STRANGER, "/mai/lock", 7, 3, 1)
    stage.say(STRANGER, "/mai/set", 6, "stream_mode", "wander")
    computed = len(stage.generator.computed)
    stage.wait(30.0)
    assert len(stage.generator.computed) - computed >= 14
    played: dict[tuple[int, int], set[Bar]] = {}
    for bar in bars_of(stage.wire.to(STRANGER)):
        played.setdefault((int(bar[2]), int(bar[1])), set()).add(bar[6:])
    assert all(len(played[3, bar]) == 1 for bar in range(4))
    assert max(len(played[1, bar]) for bar in range(4)) > 1


def test_a_glide_spreads_a_recall_over_bars(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 3)
    stage.say(STRANGER, "/mai/latent/save", 2, "far")
    start(stage)
    stage.say(STRANGER, "/mai/set", 6, "morph_glide", 3.0)
    stage.wait(4.2)
    before = len(stage.generator.computed)
    stage.say(STRANGER, "/mai/latent/recall", 7, "far")
    stage.wait(12.0)
    assert len(stage.generator.computed) - before >= 3, "latents on the way were played"
    target = stage.engine.piece
    assert target is not None
    assert stage.engine.conductor._piece_at(99) is target


def test_the_host_is_refused_what_no_host_can_mean(stage: Stage) -> None:
    assert error_of(stage.say(LIVE, "/mai/transport", 0.0, 120.0, 1, 3, 7))[2] == "out_of_range"
    assert error_of(stage.say(LIVE, "/mai/transport", 0.0, 0.0, 1))[2] == "out_of_range"
