"""Requests in general: order, errors, bad input."""

from __future__ import annotations

import pytest

from tests.bridge.engine.stage import STRANGER, Stage, bars_of, error_of, notes_of


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


def test_a_handler_that_fails_is_answered_and_the_band_plays_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("the model divided by zero")

    monkeypatch.setattr(stage.generator.__class__, "__call__", broken)
    assert error_of(stage.say(STRANGER, "/mai/generate", 7))[:3] == (7, "/mai/generate", "internal")
    monkeypatch.undo()
    assert len(bars_of(stage.say(STRANGER, "/mai/generate", 8))) == 20
