from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from bridge.logs.band_state import BandState, band_state, changes
from tests.bridge.engine.stage import LIVE, REAPER, Stage

QUIET = BandState("Free band", "ab" * 32, "CPUExecutionProvider", counts={"late": 2})


def told(before: BandState, after: BandState) -> list[tuple[str, dict[str, Any]]]:
    return [(event.message, event.fields) for event in changes(before, after)]


def test_nothing_is_told_where_nothing_happened() -> None:
    assert told(QUIET, replace(QUIET)) == []


def test_late_bars_are_told_with_how_many_are_new() -> None:
    (event,) = changes(QUIET, replace(QUIET, counts={"late": 5}))
    assert (event.level, event.message, event.fields) == (logging.WARNING, "late bars", {"new": 3, "total": 5})


def test_another_model_and_another_provider_are_told_with_what_was_before() -> None:
    after = replace(
        QUIET, model="Mine", model_hash="cd" * 32, provider="CUDAExecutionProvider", provider_reason="it is faster"
    )
    assert told(QUIET, after) == [
        ("model changed", {"model": "Mine", "model_hash": "cd" * 32, "before": "Free band"}),
        (
            "provider changed",
            {"provider": "CUDAExecutionProvider", "before": "CPUExecutionProvider", "reason": "it is faster"},
        ),
    ]


def test_a_model_of_the_same_name_with_other_weights_is_another_model() -> None:
    assert [message for message, _ in told(QUIET, replace(QUIET, model_hash="ef" * 32))] == ["model changed"]


def test_a_notice_and_an_error_of_midi_are_told_once_each() -> None:
    after = replace(QUIET, notice="the GPU failed", midi_error="the cable is pulled")
    assert told(QUIET, after) == [
        ("notice", {"said": "the GPU failed"}),
        ("MIDI error", {"said": "the cable is pulled"}),
    ]
    assert told(after, after) == []
    assert told(after, QUIET) == []


def test_clients_of_a_real_engine_come_and_go_and_errors_are_counted(stage: Stage) -> None:
    empty = band_state(stage.engine)
    stage.say(LIVE, "/mai/hello", 1, "Live" + "e" * 300, 0)
    stage.say(REAPER, "/mai/latent/recall", 1, "nobody")
    one = band_state(stage.engine)
    (came, fields), (errors, counted) = told(empty, one)
    assert (came, fields["at"], fields["clients"], len(fields["name"])) == ("client came", "127.0.0.1:50001", 1, 80)
    assert (errors, counted) == ("requests refused", {"new": 1, "total": 1})
    stage.say(LIVE, "/mai/bye", 2)
    ((gone, fields),) = told(one, band_state(stage.engine))
    assert (gone, fields["at"], fields["clients"]) == ("client gone", "127.0.0.1:50001", 1)


def test_the_state_of_a_real_engine_names_its_model_and_provider(stage: Stage) -> None:
    state = band_state(stage.engine)
    assert (state.model, state.model_hash) == (stage.engine.contract.name, stage.engine.contract.model_hash)
    assert state.provider == "a pattern"
