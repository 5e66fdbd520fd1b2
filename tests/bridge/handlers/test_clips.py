"""Clips that the musician sends: captured as a latent, accompanied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.contract import LatentLayout, ModelContract
from bridge.engine import latent_search
from bridge.engine.band import Band
from bridge.engine.latents import Latent
from bridge.protocol.osc_packet import OscMessage
from tests.bridge.engine.stage import STRANGER, Stage, a_stage, bars_of, error_of
from tests.fakes import PatternGenerator


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
    while stage.engine.chores:
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


def test_a_song_of_four_minutes_is_accompanied_from_beginning_to_end(stage: Stage) -> None:
    clip = [(60 + bar % 12, 90, 4.0 * bar, 1.0) for bar in range(128)]
    send_clip(stage, 9, 1, clip)
    assert stage.say(STRANGER, "/mai/accompany", 9, 1, 3) == []
    messages = answers_in_time(stage)
    assert messages[-1].address == "/mai/done"
    piano = [bar for bar in bars_of(messages) if bar[2] == 1]
    assert [(bar[1], bar[6], bar[8]) for bar in piano] == [(bar, 60 + bar % 12, 0.0) for bar in range(128)]
    assert all(len(bar) > 6 for bar in bars_of(messages) if bar[2] == 3), "the bass has nothing to play"


def test_a_longer_clip_is_refused_with_its_length_the_bound_and_what_to_do(stage: Stage) -> None:
    send_clip(stage, 3, 0, [(36, 90, 511.0, 1.5)])
    assert error_of(stage.say(STRANGER, "/mai/accompany", 3, 0))[2:] == (
        "out_of_range",
        "the clip is 129 bars long, expected at most 128: send it in shorter parts, each with a request of its own",
    )


def test_a_capture_takes_the_first_phrase_of_a_clip_of_any_length(stage: Stage) -> None:
    send_clip(stage, 3, 1, [(60, 90, 0.0, 1.0), (60, 90, 90_000.0, 1.0)])
    assert stage.say(STRANGER, "/mai/latent/capture", 3, "heard") == []
    assert answers_in_time(stage)[-1].arguments[:2] == (3, "heard")


class Slow(PatternGenerator):
    """A generator that needs its time."""

    def __init__(self, contract: ModelContract, time: list[float]) -> None:
        super().__init__(contract)
        self.time = time

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        self.time[0] += 0.007
        return super().__call__(latent, bars)


def test_a_long_search_never_holds_the_engine_for_longer_than_a_phrase_takes(stage: Stage) -> None:
    stage.engine.band.generator = Slow(stage.engine.contract, stage.time)
    send_clip(stage, 9, 1, [(60, 90, 4.0 * bar, 1.0) for bar in range(64)])
    stage.say(STRANGER, "/mai/accompany", 9, 1, 3)
    longest = 0.0
    while stage.engine.chores:
        before = stage.now
        stage.engine.tick(before)
        longest = max(longest, stage.now - before)
    assert 0.0 < longest < 0.01
    assert stage.engine.piece is not None
    assert stage.engine.piece.bars == 64


def test_a_search_whose_model_was_changed_ends_in_a_sentence(stage: Stage, band: ModelContract) -> None:
    send_clip(stage, 9, 1, [(60, 90, 0.0, 1.0)])
    send_clip(stage, 10, 1, [(60, 90, 0.0, 1.0)])
    stage.say(STRANGER, "/mai/accompany", 9, 1, 3)
    stage.say(STRANGER, "/mai/latent/capture", 10, "heard")
    for _ in range(5):
        stage.engine.tick(stage.now)
    stage.engine.band = Band(PatternGenerator(replace(band, name="Another", latent=LatentLayout(song=64))))
    errors = [message.arguments for message in answers_in_time(stage)]
    sentence = "Another has taken over during the search: send the clip again"
    assert errors == [(9, "/mai/accompany", "not_ready", sentence), (10, "/mai/latent/capture", "not_ready", sentence)]
    assert stage.engine.piece is None
    assert stage.engine.library.names() == []


def test_a_part_that_cannot_be_is_refused(stage: Stage) -> None:
    assert error_of(stage.say(STRANGER, "/mai/clip", 1, 2, 2, 0))[2] == "out_of_range"
    assert "at most 2000" in str(error_of(stage.say(STRANGER, "/mai/clip", 1, 5, 2001, 0))[3])
    assert error_of(stage.say(STRANGER, "/mai/clip", 1, 0, 1, 9))[2] == "out_of_range"
    assert error_of(stage.say(STRANGER, "/mai/clip", 1, 0, 1, 0, 60, 90, 0.0))[2] == "bad_arguments"
