"""Clips that the musician sends: captured as a latent, accompanied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.contract import ModelContract
from bridge.engine import latent_search
from bridge.protocol.osc_packet import OscMessage
from tests.bridge.engine.stage import STRANGER, Stage, a_stage, bars_of, error_of


@pytest.fixture
def stage(band: ModelContract, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(latent_search, "DRAWN", 24)
    monkeypatch.setattr(latent_search, "CHILDREN", 24)
    yield from a_stage(band)


def send_clip(stage: Stage, request_id: int, track: int, notes: list[tuple[int, int, float, float]]) -> None:
    parts = [notes[first : first + 40] for first in range(0, len(notes), 40)]
    for number, part in enumerate(parts):
        values = (value for note in part for value in note)
        assert stage.say(STRANGER, "/mai/clip", request_id, number, len(parts), track, *values) == []


def answers_in_time(stage: Stage) -> list[OscMessage]:
    """What comes when the engine has time for what waits."""
    stage.wire.clear()
    for _ in range(400):
        stage.engine.tick(stage.now)
    return stage.wire.to(STRANGER)


def test_a_clip_of_the_bands_own_finds_a_latent_that_sounds_like_it(stage: Stage) -> None:
    bars = bars_of(stage.say(STRANGER, "/mai/generate", 1, 5))
    for track in range(5):
        notes = [
            (int(bar[at]), int(bar[at + 1]), float(bar[at + 2]) + 4.0 * int(bar[1]), float(bar[at + 3]))
            for bar in bars
            if bar[2] == track
            for at in range(6, len(bar), 4)
        ]
        send_clip(stage, 7, track, notes)
    assert stage.say(STRANGER, "/mai/latent/capture", 7, "heard") == [], "the search takes its time"
    (done,) = answers_in_time(stage)
    assert done.arguments[:2] == (7, "heard")
    assert float(done.arguments[2]) > 0.5
    assert stage.engine.library.names() == ["heard"]


def test_the_clip_plays_as_it_was_and_the_others_are_generated(stage: Stage) -> None:
    clip = [(60, 90, 0.0, 1.0), (64, 90, 2.0, 1.5), (67, 90, 5.0, 1.0)]
    send_clip(stage, 9, 1, clip)
    assert stage.say(STRANGER, "/mai/accompany", 9, 1, 3) == []
    messages = answers_in_time(stage)
    assert messages[-1].address == "/mai/done"
    given = [
        (int(bar[at]), float(bar[at + 2]) + 4.0 * int(bar[1]), float(bar[at + 3]))
        for bar in bars_of(messages)
        if bar[2] == 1
        for at in range(6, len(bar), 4)
    ]
    assert given == [(pitch, begin, length) for pitch, _, begin, length in clip]
    assert any(len(bar) > 6 for bar in bars_of(messages) if bar[2] == 3)


def test_a_stream_is_not_held_up_by_a_search(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 5)
    stage.say(STRANGER, "/mai/stream/start", 2)
    send_clip(stage, 9, 1, [(60, 90, 0.0, 1.0)])
    stage.say(STRANGER, "/mai/accompany", 9, 1, 3)
    stage.wait(6.0)
    assert stage.engine.counters.late == 0
    assert not stage.engine.chores


def test_without_a_clip_there_is_nothing_to_capture_or_accompany(stage: Stage) -> None:
    assert error_of(stage.say(STRANGER, "/mai/latent/capture", 1, "x"))[2] == "not_ready"
    assert error_of(stage.say(STRANGER, "/mai/accompany", 1, 0))[2] == "not_ready"
    send_clip(stage, 2, 0, [(36, 90, 0.0, 1.0)])
    assert error_of(stage.say(STRANGER, "/mai/accompany", 2, 1))[2] == "not_ready"
    send_clip(stage, 3, 0, [(36, 90, 500.0, 1.0)])
    assert error_of(stage.say(STRANGER, "/mai/accompany", 3, 0))[2] == "out_of_range"


def test_a_part_that_cannot_be_is_refused(stage: Stage) -> None:
    assert error_of(stage.say(STRANGER, "/mai/clip", 1, 2, 2, 0))[2] == "out_of_range"
    assert error_of(stage.say(STRANGER, "/mai/clip", 1, 0, 1, 9))[2] == "out_of_range"
    assert error_of(stage.say(STRANGER, "/mai/clip", 1, 0, 1, 0, 60, 90, 0.0))[2] == "bad_arguments"
