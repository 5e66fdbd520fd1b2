"""Morphs between saved latents."""

from __future__ import annotations

import pytest

from bridge.protocol.osc_packet import build_message
from tests.bridge.engine.stage import STRANGER, Stage, bars_of, error_of, notes_of


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
