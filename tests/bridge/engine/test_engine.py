"""Requests in general: order, errors, bad input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.latents import Latent
from bridge.protocol.osc_packet import build_message
from tests.bridge.engine.stage import STRANGER, Stage, bars_of, error_of, notes_of
from tests.fakes import PatternGenerator


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


def test_whoever_hears_bar_0_runs_before_the_others_are_computed(stage: Stage) -> None:
    moments: list[tuple[int, list[tuple[int, ...]]]] = []
    stage.engine.around = replace(
        stage.engine.around, give_way=lambda: moments.append((len(stage.wire.sent), list(stage.generator.computed)))
    )
    stage.say(STRANGER, "/mai/generate", 7, 42)
    assert moments == [(5, [(0,)])], "once, with the five tracks of bar 0 sent and no other bar computed"


class SlowGenerator(PatternGenerator):
    """Takes 3 ms for each bar."""

    def __init__(self, contract: ModelContract, time: list[float]) -> None:
        super().__init__(contract)
        self.time = time

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        self.time[0] += 0.003 * len(bars)
        return super().__call__(latent, bars)


def test_the_stages_of_a_press_are_told_apart(stage: Stage) -> None:
    stage.engine.band.generator = SlowGenerator(stage.engine.contract, stage.time)
    stage.inbox.receive(build_message("/mai/generate", (7, 42)), STRANGER, stage.now)
    stage.time[0] += 0.5  # it waits
    stage.work()
    table = stage.engine.latencies.milliseconds()
    told = {stage: round(times["p50"], 3) for stage, times in table.items()}
    assert told == {
        "read": 0.0, "queue": 500.0, "choose": 0.0, "first_model": 3.0, "first_notes": 0.0, "first_send": 0.0,
        "first_bar": 3.0, "phrase": 12.0,
    }  # fmt: skip


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
