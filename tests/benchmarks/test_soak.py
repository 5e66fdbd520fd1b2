"""A soak of seconds at a real JACK port, and how its notes are judged."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import soak
from benchmarks.midi_log import LoggedMessage
from benchmarks.soak import Look, Soak, drift_table, verdict
from benchmarks.soak_notes import Balance, Drift, Judged, StreamedNotes, balance, judge
from benchmarks.soak_song import RememberedSong
from bridge.pianoroll import Note

PIANO = 0


def on(at: float, pitch: int = 60, velocity: int = 100) -> LoggedMessage:
    return LoggedMessage(at, (0x90, pitch, velocity))


def off(at: float, pitch: int = 60) -> LoggedMessage:
    return LoggedMessage(at, (0x80, pitch, 0))


def a_note(start: float, pitch: int = 60) -> Note:
    return Note(pitch, 100, start, 0.5)


def streamed(song: RememberedSong, *bars: tuple[float, float, list[Note]]) -> StreamedNotes:
    """Bars of one track by clock second of coming, song position and notes, in the lap of now."""
    notes = StreamedNotes()
    for came, start, bar in bars:
        notes.take(song.lap, start, 0, PIANO, 0, bar, came)
    return notes


def test_a_song_is_where_its_host_took_it() -> None:
    song = RememberedSong(120.0, 10.0)
    song.go_at(60.0, 12.0)
    assert song.beat_at(13.0) == 5.0
    assert song.lap == 0
    song.locate(32.0, 14.0)
    song.stop(15.0)
    assert song.told(20.0) == (33.0, 60.0, 0)
    song.play(20.0)
    assert (song.beat_at(21.0), song.lap) == (34.0, 3)
    assert [song.course_at(at).lap for at in (0.0, 11.0, 13.9, 14.0, 15.0, 99.0)] == [0, 0, 0, 1, 2, 3]
    assert song.time_of(0, 5.0) == 13.0
    assert song.time_of(0, 2.0) == 11.0


def test_a_balance_names_what_hangs_what_began_twice_and_what_ended_twice() -> None:
    assert balance([on(0.0), off(1.0), on(1.0), on(2.0, velocity=0)]) == Balance(2, 2, 0, 0, 0)
    assert balance([on(0.0), on(1.0), off(2.0), off(3.0), on(4.0, 61)]) == Balance(3, 2, 1, 1, 1)
    assert balance([LoggedMessage(0.0, (0xC0, 5)), LoggedMessage(0.0, (0xB0, 1, 2))]) == Balance(0, 0, 0, 0, 0)
    assert balance([]) == Balance(0, 0, 0, 0, 0)


def test_a_note_is_judged_by_the_beat_for_which_it_was_streamed_whatever_the_tempo_does() -> None:
    song = RememberedSong(120.0, 0.0)
    song.go_at(60.0, 2.0)  # at beat 4
    notes = streamed(song, (0.0, 4.0, [a_note(0.0), a_note(1.0), a_note(3.0, 61)]))
    found = judge([on(2.003), on(3.02), on(5.0, 61)], notes, song, 6.0)
    assert [round(drift.seconds, 6) for drift in found.drifts] == [0.003, 0.02, 0.0]
    assert (found.unexpected, found.missing) == ((), ())


def test_what_was_not_streamed_and_what_was_not_heard_is_found() -> None:
    song = RememberedSong(60.0, 0.0)
    notes = streamed(song, (0.0, 0.0, [a_note(1.0), a_note(2.0)]))
    found = judge([on(1.0), on(1.5, 70)], notes, song, 4.0)
    assert found.unexpected == ((1.5, (PIANO, 70)),)
    assert found.missing == ((2.0, (PIANO, 60)),)


def test_a_bar_that_was_sent_anew_takes_the_place_of_the_first_from_when_it_came() -> None:
    song = RememberedSong(60.0, 0.0)
    notes = streamed(song, (0.0, 4.0, [a_note(0.0, 60)]), (3.0, 4.0, [a_note(0.0, 72)]))
    found = judge([on(4.0, 72)], notes, song, 9.0)
    assert (len(found.drifts), found.unexpected, found.missing) == (1, (), ())
    assert judge([on(4.0, 60)], notes, song, 9.0).unexpected
    at_the_last_moment = streamed(song, (0.0, 4.0, [a_note(0.0, 60)]), (3.999, 4.0, [a_note(0.0, 72)]))
    for pitch in (60, 72):
        found = judge([on(4.0, pitch)], at_the_last_moment, song, 9.0)
        assert (found.unexpected, found.missing) == ((), ())


def test_where_no_stream_plays_a_press_may_be_heard_whatever_else_the_host_does() -> None:
    song = RememberedSong(60.0, 0.0)
    song.turn(2.0, streams=False)
    song.locate(16.0, 3.0)
    song.turn(6.0, streams=True)
    found = judge([on(1.0, 71), on(2.8, 71), on(4.0, 71), on(7.0, 71)], StreamedNotes(), song, 8.0)
    assert [at for at, _ in found.unexpected] == [1.0, 7.0]


def test_what_nobody_could_know_is_forgiven_and_no_more_than_that() -> None:
    song = RememberedSong(60.0, 0.0)
    song.locate(100.0, 4.0)
    notes = streamed(song, (4.1, 100.0, [a_note(0.1), a_note(1.0)]))
    found = judge([on(4.2, 71), on(5.3, 71)], notes, song, 8.0)
    assert found.unexpected == ((5.3, (PIANO, 71)),)
    assert found.missing == ((5.0, (PIANO, 60)),)
    assert judge([], StreamedNotes(), song, 8.0) == Judged((), (), ())


def a_look(minutes: float) -> Look:
    return Look(minutes, 200.0, 13, 24, 0, 0, 10, 10, 0, 0, 0)


GOOD = Soak(
    tuple(a_look(minute) for minute in range(9)),
    Balance(10, 10, 0, 0, 0),
    Judged((Drift(0.0, 0.003), Drift(60.0, 0.004)), (), ()),
    0,
    {"busy": 3},
)


def with_last(soak_: Soak, **figures: float) -> Soak:
    looks = [*soak_.looks[:5], *(replace(look, **figures) for look in soak_.looks[5:])]  # type: ignore[arg-type]
    return replace(soak_, looks=tuple(looks))


def test_a_good_evening_keeps_every_promise() -> None:
    assert [kept for kept, _ in verdict(GOOD)] == [True] * 9


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        (0, replace(GOOD, balance=Balance(10, 9, 1, 0, 0))),
        (0, with_last(GOOD, notes_on=11)),
        (1, replace(GOOD, balance=Balance(10, 10, 0, 1, 1))),
        (2, replace(GOOD, judged=Judged((Drift(0.0, 0.003), Drift(60.0, 0.05)), (), ()))),
        (2, replace(GOOD, judged=Judged((), (), ()))),
        (3, replace(GOOD, judged=replace(GOOD.judged, missing=((1.0, (0, 60)),)))),
        (3, replace(GOOD, judged=replace(GOOD.judged, unexpected=((1.0, (0, 60)),)))),
        (4, with_last(GOOD, late=1)),
        (5, with_last(GOOD, memory=210.0)),
        (6, with_last(GOOD, threads=14)),
        (7, with_last(GOOD, descriptors=25)),
        (8, replace(GOOD, unanswered=1)),
        (8, replace(GOOD, refused={"internal": 1})),
    ],
)
def test_each_promise_can_be_broken(line: int, bad: Soak) -> None:
    assert not verdict(bad)[line][0]


def test_the_drift_table_has_a_row_every_five_minutes_in_which_something_sounds() -> None:
    drifts = [Drift(100.0, 0.001), Drift(100.0 + 299.0, -0.003), Drift(100.0 + 601.0, 0.002)]
    first, second = drift_table(drifts, 100.0)[2:]
    assert first.split() == ["0", "2", "-1.00", "2.98", "3.00"]
    assert second.split() == ["10", "1", "2.00", "2.00", "2.00"]
    assert len(drift_table([], 0.0)) == 2


def test_a_bridge_plays_for_twenty_seconds_and_is_judged_line_by_line(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = soak.main(
        ["--model", str(tiny_model), "--minutes", "0.34", "--pace", "10", "--look-every", "4", "--seed", "3"]
    )
    told = capsys.readouterr().out
    if "no soak" in told:
        pytest.skip(f"no JACK test: {told}")
    assert status == ("NOT KEPT" in told)
    assert len(re.findall(r"^ +0\.\d( +[\d.]+){9}$", told, re.MULTILINE)) >= 3, "a row every four seconds"
    for what in ("tempo", "locate", "press"):
        assert re.search(rf"what happened: .*{what} \d", told)
    counted = re.search(r"(\d+) on and (\d+) off at the port, (\d+) and (\d+) by the bridge's count", told)
    assert counted
    assert int(counted[1]) > 50
    assert counted[3] == counted[4], "the bridge itself ended every note that it began"
    assert len(re.findall(r"^(kept|NOT KEPT) ", told, re.MULTILINE)) == 9
