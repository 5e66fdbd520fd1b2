from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bridge.contract import ModelContract
from bridge.doors.address import Address
from bridge.doors.clients import FORGET_AFTER_SECONDS
from bridge.protocol.osc_packet import build_message
from tests.bridge.engine.stage import LIVE, REAPER, STRANGER, Stage, a_stage, bars_of, error_of, notes_of


@pytest.fixture
def stage(band: ModelContract) -> Iterator[Stage]:
    yield from a_stage(band)


def test_hello_is_welcomed_with_the_band_and_its_grid(stage: Stage) -> None:
    (welcome,) = stage.say(LIVE, "/mai/hello", 1, "Live", 0)

    assert welcome.address == "/mai/welcome"
    assert welcome.arguments[0] == 1
    assert welcome.arguments[2:] == (1, "A band", 4, 4, 12, "Drums", "Piano", "Guitar", "Bass", "Strings")


def test_answers_go_to_the_port_that_hello_announced(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 9000)
    stage.say(LIVE, "/mai/ping", 2)
    assert [message.address for message in stage.wire.to(("127.0.0.1", 9000))] == ["/mai/welcome", "/mai/pong"]


def test_who_never_said_hello_is_answered_at_its_source_port(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/ping", 3)
    (pong,) = stage.wire.to(STRANGER)
    assert pong.arguments[0] == 3


def test_another_protocol_version_is_refused(stage: Stage) -> None:
    assert error_of(stage.say(LIVE, "/mai/hello", 1, "Live", 0, 2))[2] == "out_of_range"


def test_generate_sends_every_bar_of_every_track_in_bar_order_then_done(stage: Stage) -> None:
    messages = stage.say(STRANGER, "/mai/generate", 7, 42)

    places = [(bar[1], bar[2]) for bar in bars_of(messages)]
    assert places == [(bar, track) for bar in range(4) for track in range(5)]
    assert all(bar[0] == 7 and bar[5] == -1.0 for bar in bars_of(messages))
    assert messages[-1].address == "/mai/done"
    assert messages[-1].arguments[0] == 7


def test_bar_0_is_computed_and_sent_before_the_others(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 7, 42)
    assert stage.generator.computed == [(0,), (1, 2, 3)]


def test_the_same_seed_plays_the_same_notes_and_another_seed_others(stage: Stage) -> None:
    first = notes_of(stage.say(STRANGER, "/mai/generate", 1, 42))
    assert notes_of(stage.say(STRANGER, "/mai/generate", 2, 42)) == first
    others = [notes_of(stage.say(STRANGER, "/mai/generate", 3, seed)) for seed in range(5)]
    assert any(other != first for other in others)


def test_fewer_bars_than_the_models_can_be_asked_for(stage: Stage) -> None:
    assert {bar[1] for bar in bars_of(stage.say(STRANGER, "/mai/generate", 1, 42, 2))} == {0, 1}


def test_more_bars_than_the_models_are_one_piece_that_develops(stage: Stage) -> None:
    messages = stage.say(STRANGER, "/mai/generate", 1, 42, 10)
    assert [bar[1] for bar in bars_of(messages) if bar[2] == 1] == list(range(10))
    assert stage.engine.piece is not None
    assert len(stage.engine.piece.sources) == 3
    assert error_of(stage.say(STRANGER, "/mai/generate", 1, 42, 513))[2] == "out_of_range"


def test_every_client_hears_what_one_asked_for_with_id_minus_1(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(REAPER, "/mai/hello", 1, "Reaper", 0)
    stage.wire.clear()

    stage.say(LIVE, "/mai/generate", 7, 42)

    assert {bar[0] for bar in bars_of(stage.wire.to(LIVE))} == {7}
    assert {bar[0] for bar in bars_of(stage.wire.to(REAPER))} == {-1}
    assert notes_of(stage.wire.to(LIVE)) == notes_of(stage.wire.to(REAPER))
    assert "/mai/done" not in [message.address for message in stage.wire.to(REAPER)]


def test_a_subscription_narrows_what_a_client_is_sent_until_it_is_widened(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(LIVE, "/mai/subscribe", 2, 3, 0)
    assert {bar[2] for bar in bars_of(stage.say(LIVE, "/mai/generate", 7))} == {0, 3}

    stage.say(LIVE, "/mai/subscribe", 3)
    assert {bar[2] for bar in bars_of(stage.say(LIVE, "/mai/generate", 8))} == set(range(5))
    assert error_of(stage.say(LIVE, "/mai/subscribe", 4, 5))[2] == "out_of_range"


def test_bye_ends_what_a_client_is_sent(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    assert [message.address for message in stage.say(LIVE, "/mai/bye", 2)] == ["/mai/done"]
    stage.wire.clear()
    stage.say(REAPER, "/mai/generate", 7)
    assert stage.wire.to(LIVE) == []


def test_a_refused_hello_is_answered_where_it_said_it_listens(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 9000)
    stage.say(REAPER, "/mai/hello", 2, "a newer Reaper", 9001, 2)
    (error,) = stage.wire.to(("127.0.0.1", 9001))
    assert error.arguments[:3] == (2, "/mai/hello", "out_of_range")


def test_a_client_that_is_silent_for_fifteen_seconds_is_forgotten_and_others_are_not(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(REAPER, "/mai/hello", 1, "Reaper", 0)
    stage.wait(FORGET_AFTER_SECONDS - 1)
    stage.say(REAPER, "/mai/ping", 2)
    stage.wait(2)
    stage.say(REAPER, "/mai/ping", 3)
    assert [client.name for client in stage.engine.clients] == ["Reaper"]


def test_a_stream_goes_on_for_others_when_whoever_started_it_vanishes(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(LIVE, "/mai/stream/start", 2)
    stage.wait(FORGET_AFTER_SECONDS + 1)
    stage.say(REAPER, "/mai/hello", 1, "Reaper", 0)
    stage.wire.clear()
    stage.wait(3)
    assert stage.wire.to(LIVE) == []
    assert bars_of(stage.wire.to(REAPER))


def test_a_saved_latent_is_recalled_note_for_note(stage: Stage) -> None:
    played = notes_of(stage.say(STRANGER, "/mai/generate", 1, 42))
    (saved,) = stage.say(STRANGER, "/mai/latent/save", 2, "A")
    assert saved.arguments == (2, "A")
    stage.say(STRANGER, "/mai/generate", 3, 43)
    assert notes_of(stage.say(STRANGER, "/mai/latent/recall", 4, "A")) == played


def test_nothing_can_be_saved_before_something_was_generated(stage: Stage) -> None:
    assert error_of(stage.say(STRANGER, "/mai/latent/save", 2, "A"))[2] == "not_ready"


def test_latents_are_listed_renamed_and_deleted(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1)
    for name in ("verse", "chorus"):
        stage.say(STRANGER, "/mai/latent/save", 2, name)
    stage.say(STRANGER, "/mai/latent/rename", 3, "verse", "intro")
    names, done = stage.say(STRANGER, "/mai/latent/list", 4)
    assert names.arguments == (4, "chorus", "intro")
    assert done.arguments == (4,)

    stage.say(STRANGER, "/mai/latent/delete", 5, "intro")
    assert stage.say(STRANGER, "/mai/latent/list", 6)[0].arguments == (6, "chorus")
    assert error_of(stage.say(STRANGER, "/mai/latent/recall", 7, "intro"))[2] == "unknown_name"


def test_renaming_onto_another_latent_keeps_both(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1)
    for name in ("A", "B"):
        stage.say(STRANGER, "/mai/latent/save", 2, name)
    assert stage.say(STRANGER, "/mai/latent/rename", 3, "A", "B")[0].address == "/mai/error"
    assert stage.say(STRANGER, "/mai/latent/list", 4)[0].arguments == (4, "A", "B")


def test_a_morph_at_an_end_plays_that_end(stage: Stage) -> None:
    ends = {}
    for name, seed in (("A", 1), ("B", 2)):
        ends[name] = notes_of(stage.say(STRANGER, "/mai/generate", 1, seed))
        stage.say(STRANGER, "/mai/latent/save", 2, name)
    assert notes_of(stage.say(STRANGER, "/mai/morph", 3, "A", 1.0, "B", 0.0)) == ends["A"]
    assert notes_of(stage.say(STRANGER, "/mai/morph", 4, "A", 0, "B", 2)) == ends["B"]
    assert len(bars_of(stage.say(STRANGER, "/mai/morph", 5, "A", 0.5, "B", 0.5))) == 20


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((3,), "bad_arguments"),
        ((3, "A"), "bad_arguments"),
        ((3, "A", "B"), "bad_arguments"),
        ((3, "A", -0.5, "A", 1.0), "out_of_range"),
        ((3, "A", 0.0), "out_of_range"),
        ((3, "nobody", 1.0), "unknown_name"),
    ],
)
def test_a_morph_that_makes_no_sense_is_refused_by_name(
    stage: Stage, arguments: tuple[int | float | str, ...], code: str
) -> None:
    stage.say(STRANGER, "/mai/generate", 1)
    stage.say(STRANGER, "/mai/latent/save", 2, "A")
    assert error_of(stage.say(STRANGER, "/mai/morph", *arguments))[:3] == (3, "/mai/morph", code)


def test_only_the_newest_of_waiting_morphs_is_carried_out(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1)
    stage.say(STRANGER, "/mai/latent/save", 2, "A")
    stage.wire.clear()
    for number in (10, 11, 12):
        stage.inbox.receive(build_message("/mai/morph", (number, "A", 1.0)), STRANGER, stage.time[0])
    stage.work()

    answers = [(m.address, m.arguments[0]) for m in stage.wire.to(STRANGER) if m.address != "/mai/bar"]
    assert answers == [("/mai/error", 10), ("/mai/error", 11), ("/mai/done", 12)]
    assert stage.engine.counters.dropped == 2


def test_the_threshold_changes_what_sounds_and_every_client_is_told(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.wire.clear()
    done, changed = stage.say(STRANGER, "/mai/set", 5, "threshold", 0.9)  # the pattern sounds at 0.8 of its range

    assert done.arguments[:2] == (5, "threshold")
    assert done.arguments[2] == pytest.approx(0.9)
    assert stage.wire.to(LIVE) == [changed]
    assert changed.address == "/mai/changed"
    assert all(len(bar) == 6 for bar in bars_of(stage.say(STRANGER, "/mai/generate", 6)))
    (value,) = stage.say(STRANGER, "/mai/get", 7, "threshold")
    assert value.arguments[2] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((1, "threshold", 1.5), "out_of_range"),
        ((1, "threshold", "high"), "bad_arguments"),
        ((1, "threshold", float("nan")), "bad_arguments"),
        ((1, "volume", 1.0), "unknown_name"),
        ((1, "threshold"), "bad_arguments"),
        ((1, "output", "loud"), "out_of_range"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_and_changes_nothing(
    stage: Stage, arguments: tuple[int | float | str, ...], code: str
) -> None:
    before = stage.engine.settings
    assert error_of(stage.say(STRANGER, "/mai/set", *arguments))[2] == code
    assert stage.engine.settings == before


def test_unknown_addresses_and_unreadable_ids_are_answered(stage: Stage) -> None:
    assert error_of(stage.say(STRANGER, "/mai/dance", 9))[:3] == (9, "/mai/dance", "unknown_address")
    assert error_of(stage.say(STRANGER, "/mai/generate", "seven"))[:3] == (-1, "/mai/generate", "bad_arguments")
    assert error_of(stage.say(STRANGER, "/mai/generate"))[0] == -1
    assert stage.engine.counters.rejected == 3


def test_garbage_is_counted_and_answered_once_a_second(stage: Stage) -> None:
    for _ in range(50):
        stage.inbox.receive(b"not osc at all", STRANGER, stage.time[0])
    assert [message.arguments[:3] for message in stage.wire.to(STRANGER)] == [(-1, "", "malformed")]
    stage.inbox.receive(b"", STRANGER, stage.time[0] + 1.0)
    assert len(stage.wire.to(STRANGER)) == 2
    assert stage.inbox.malformed == 51


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


def test_status_is_one_json_object_that_fits_a_datagram_with_many_clients(stage: Stage) -> None:
    for number in range(40):
        stage.say(("127.0.0.1", 40000 + number), "/mai/hello", 1, "a client with a long name \N{MUSICAL NOTE}" * 9, 0)
    stage.say(STRANGER, "/mai/generate", 2)
    (status,) = stage.say(STRANGER, "/mai/status", 3)[-1:]
    assert len(build_message(status.address, status.arguments)) < 4096
    table = json.loads(str(status.arguments[1]))
    assert table["provider"] == "a pattern"
    assert table["client_count"] == 40
    assert set(table["latency_ms"]) == {"queue", "first_bar", "phrase"}
    assert {"late", "dropped", "rejected"} <= set(table["counters"])


def test_a_handler_that_fails_is_answered_and_the_band_plays_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("the model divided by zero")

    monkeypatch.setattr(stage.generator.__class__, "__call__", broken)
    assert error_of(stage.say(STRANGER, "/mai/generate", 7))[:3] == (7, "/mai/generate", "internal")
    monkeypatch.undo()
    assert len(bars_of(stage.say(STRANGER, "/mai/generate", 8))) == 20


def test_an_unexpected_hello_from_command_line_senders_reaches_the_listener_they_announced(stage: Stage) -> None:
    """oscsend has a new source port for each message, and oscdump listens elsewhere."""
    listener: Address = ("127.0.0.1", 9000)
    stage.say(("127.0.0.1", 41000), "/mai/hello", 1, "oscsend", 9000)
    stage.say(("127.0.0.1", 41001), "/mai/generate", 7, 42)
    assert {bar[0] for bar in bars_of(stage.wire.to(listener))} == {7}
    assert stage.wire.to(listener)[-1].arguments[0] == 7
