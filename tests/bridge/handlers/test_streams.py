"""A stream on the internal clock, auditions, panic."""

from __future__ import annotations

import pytest

from bridge.doors.clients import FORGET_AFTER_SECONDS
from tests.bridge.engine.stage import LIVE, REAPER, STRANGER, Stage, bars_of, error_of, notes_of


def test_a_stream_goes_on_for_others_when_whoever_started_it_vanishes(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(LIVE, "/mai/stream/start", 2)
    stage.wait(FORGET_AFTER_SECONDS + 1)
    stage.say(REAPER, "/mai/hello", 1, "Reaper", 0)
    stage.wire.clear()
    stage.wait(3)
    assert stage.wire.to(LIVE) == []
    assert bars_of(stage.wire.to(REAPER))


def test_a_stream_starts_at_the_next_bar_line_and_each_bar_arrives_before_its_time(stage: Stage) -> None:
    stage.wait(0.7)  # beat 1.4 at 120
    (done,) = [m for m in stage.say(STRANGER, "/mai/stream/start", 5) if m.address == "/mai/done"]
    assert done.arguments == (5, 4.0)

    arrivals: dict[float, float] = {}
    for _ in range(1000):
        stage.wait(0.01)
        for bar in bars_of(stage.wire.to(STRANGER)):
            arrivals.setdefault(float(bar[5]), stage.beat)
    starts = sorted(arrivals)
    assert starts == [4.0 * number for number in range(1, len(starts) + 1)]
    assert len(starts) >= 5
    assert all(0 < start - arrivals[start] <= 1.05 for start in starts)  # a lookahead of one beat
    assert stage.engine.counters.late == 0


def test_a_stream_plays_the_phrases_bars_in_turn(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 42)
    stage.wire.clear()
    stage.say(STRANGER, "/mai/stream/start", 5)
    stage.wait(12)
    order = [bar[1] for bar in bars_of(stage.wire.to(STRANGER)) if bar[2] == 0]
    assert order[:6] == [0, 1, 2, 3, 0, 1]
    assert {bar[0] for bar in bars_of(stage.wire.to(STRANGER))} == {5}


def test_a_stream_takes_up_what_is_generated_meanwhile_at_the_next_bar(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 42)
    stage.say(STRANGER, "/mai/stream/start", 5)
    stage.wait(2.5)
    new = notes_of(stage.say(STRANGER, "/mai/generate", 6, 4242))
    stage.wire.clear()
    stage.wait(2.1)
    streamed = [bar for bar in bars_of(stage.wire.to(STRANGER)) if bar[5] != -1.0]
    bar_number = streamed[0][1]
    assert [bar[6:] for bar in streamed[:5]] == [notes[5:] for notes in new if notes[0] == bar_number]


def test_streamed_notes_reach_the_midi_port_at_their_beats_on_their_channels(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/stream/start", 5, 4.0)
    stage.wait(2.0)
    first = [note for note in stage.player.bars[4.0] if note.on == 4.0]
    assert {note.channel for note in first} == {9, 0, 1, 2, 3}
    assert stage.player.reference is not None
    assert stage.player.reference.beat_at(stage.now) == pytest.approx(stage.beat)


def test_stopping_a_stream_ends_every_note_and_sends_no_more(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/stream/start", 5)
    stage.wait(3)
    (done,) = stage.say(STRANGER, "/mai/stream/stop", 6)
    assert done.arguments == (6,)
    assert stage.player.silences >= 1
    stage.wire.clear()
    stage.wait(10)
    assert stage.wire.sent == []


def test_a_stream_cannot_start_in_the_past(stage: Stage) -> None:
    stage.wait(10)
    assert error_of(stage.say(STRANGER, "/mai/stream/start", 5, 2.0))[2] == "out_of_range"


def test_a_late_bar_is_counted(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/stream/start", 5, 4.0)
    stage.time[0] += 5.0  # the machine slept; bars at beats 4 and 8 are past
    stage.engine.tick(stage.time[0])
    assert stage.engine.counters.late == 2


def test_a_tempo_change_moves_the_bars_to_come_and_not_the_song_position(stage: Stage) -> None:
    stage.wait(1.0)
    before = stage.beat
    stage.say(STRANGER, "/mai/set", 1, "tempo", 60)
    assert stage.beat == pytest.approx(before)
    assert stage.engine.song(stage.now).time_of(before + 1) == pytest.approx(stage.time[0] + 1.0)


def test_generate_is_auditioned_on_midi_when_no_stream_runs(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 42)
    starts = sorted({round(note.on - stage.time[0], 6) for note in stage.player.played if note.channel == 0})
    assert starts == [0.0, 2.0, 4.0, 6.0]  # a held note a bar; four beats at 120 are two seconds


def test_morphs_are_not_auditioned_and_output_osc_plays_nothing(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/set", 1, "output", "osc")
    stage.say(STRANGER, "/mai/generate", 1, 42)
    stage.say(STRANGER, "/mai/latent/save", 2, "A")
    stage.say(STRANGER, "/mai/set", 3, "output", "both")
    stage.say(STRANGER, "/mai/morph", 4, "A", 1.0)
    assert stage.player.played == []


def test_panic_ends_the_notes_and_the_stream(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/stream/start", 5)
    silences = stage.player.silences
    (done,) = stage.say(STRANGER, "/mai/panic", 6)
    assert done.arguments == (6,)
    assert stage.player.silences == silences + 1
    assert stage.engine.conductor.stream is None
