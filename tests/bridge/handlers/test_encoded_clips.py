"""Clips where the model has an encoder: captured from where it says, accompanied in the harmony that it hears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from bridge.contract import LatentLayout, ModelContract
from bridge.engine import latent_search
from bridge.engine.band import PlaysBars
from bridge.engine.encoded import accompanying_latent
from bridge.engine.encoder_desk import Encodes
from bridge.engine.handles import common_values, track_values
from bridge.engine.harmony import beat_harmonies, tonal_distances
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.piece import is_latent
from bridge.generator import BadModel
from tests.bridge.engine.stage import LIVE, STRANGER, Stage, a_stage, bars_of
from tests.bridge.handlers.test_clips import answers_in_time, send_clip
from tests.fakes import ListeningEncoder

PIANO = [(60, 90, 0.0, 1.0), (64, 90, 2.0, 1.5)]


@dataclass
class Shelf:
    """Where the engine finds the encoder of its model, and what it has taken from there."""

    encoder: ListeningEncoder
    opened: list[PlaysBars] = field(default_factory=list)
    problem: BadModel | None = None

    def open(self, generator: PlaysBars) -> Encodes:
        self.opened.append(generator)
        if self.problem is not None:
            raise self.problem
        return self.encoder


@dataclass
class Studio:
    """A stage whose model has an encoder."""

    stage: Stage
    shelf: Shelf


@pytest.fixture
def studio(band: ModelContract, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.setattr(latent_search, "DRAWN", 4)
    monkeypatch.setattr(latent_search, "CHILDREN", 4)
    monkeypatch.setattr(latent_search, "REFINEMENTS", 8)
    contract = replace(band, latent=LatentLayout(song=16, bar=4, track=8, track_bar=2))
    shelf = Shelf(ListeningEncoder(contract, draw_latent(contract, 77)))
    for stage in a_stage(contract, shelf.open):
        yield Studio(stage, shelf)


def latents(stage: Stage) -> list[Latent]:
    assert stage.engine.piece is not None
    return [source for source in stage.engine.piece.sources if is_latent(source)]


def test_no_encoder_is_opened_before_a_clip_comes_and_then_once(studio: Studio) -> None:
    studio.stage.say(STRANGER, "/mai/generate", 1, 5)
    assert studio.shelf.opened == []
    for request_id in (7, 8):
        send_clip(studio.stage, request_id, 1, PIANO)
        studio.stage.say(STRANGER, "/mai/latent/capture", request_id, f"heard {request_id}")
        assert answers_in_time(studio.stage)[-1].address == "/mai/done"
    assert len(studio.shelf.opened) == 1


def test_a_capture_begins_where_the_encoder_says_and_comes_no_farther(studio: Studio) -> None:
    stage = studio.stage
    phrase = stage.generator(studio.shelf.encoder.latent, range(4)) > 0.0
    for track in range(5):
        starts = [(bar, int(np.argmax(phrase[bar, track].any(axis=0)))) for bar in range(4)]
        send_clip(stage, 7, track, [(24 + pitch, 90, 4.0 * bar, 2.0) for bar, pitch in starts])
    stage.say(STRANGER, "/mai/latent/capture", 7, "heard")
    (done,) = answers_in_time(stage)
    assert done.arguments[:2] == (7, "heard")
    assert studio.shelf.encoder.given == [(0, 1, 2, 3, 4)]
    found = stage.engine.library.get("heard")
    assert found.roll is not None
    np.testing.assert_array_equal(found.roll[:, 1:], phrase[:, 1:])


def test_an_accompaniment_takes_the_harmony_from_the_clip_and_its_players_from_the_seed(studio: Studio) -> None:
    stage, contract = studio.stage, studio.stage.engine.contract
    found = []
    for request_id, seed in ((1, 3), (2, 4), (3, 3)):
        send_clip(stage, request_id, 1, PIANO)
        stage.say(STRANGER, "/mai/accompany", request_id, 1, seed)
        messages = answers_in_time(stage)
        assert messages[-1].address == "/mai/done"
        given = [bar for bar in bars_of(messages) if bar[2] == 1]
        assert [(bar[6], bar[8]) for bar in given if len(bar) > 6] == [(60, 0.0)]
        found += latents(stage)
    assert studio.shelf.encoder.given == [(1,)] * 3
    heard = np.concatenate([common_values(contract), track_values(contract, 1)])
    np.testing.assert_array_equal(found[0][heard], found[1][heard])
    np.testing.assert_array_equal(found[0], found[2])
    drums, bass = track_values(contract, 0), track_values(contract, 3)
    np.testing.assert_array_equal(found[0][drums], draw_latent(contract, 3)[drums])
    np.testing.assert_array_equal(found[1][drums], draw_latent(contract, 4)[drums])
    assert not np.isclose(found[0][bass], found[1][bass]).any()


def test_one_band_plays_to_a_clip_of_several_phrases(studio: Studio) -> None:
    stage, contract = studio.stage, studio.stage.engine.contract
    send_clip(stage, 9, 1, [(60, 90, 4.0 * bar, 1.0) for bar in range(12)])
    stage.say(STRANGER, "/mai/accompany", 9, 1, 3)
    answers_in_time(stage)
    assert studio.shelf.encoder.given == [(1,)] * 3
    drums = track_values(contract, 0)
    assert all(np.array_equal(latent[drums], draw_latent(contract, 3)[drums]) for latent in latents(stage))
    (first, *others) = latents(stage)
    assert all(np.array_equal(first, other) for other in others), "other players play on"


def test_of_the_players_that_the_seed_draws_those_that_fit_the_clip_play(studio: Studio) -> None:
    stage, contract = studio.stage, studio.stage.engine.contract
    send_clip(stage, 9, 1, [(24 + 12 * octave, 90, 4.0 * bar, 4.0) for octave in (0, 1) for bar in range(4)])
    stage.say(STRANGER, "/mai/accompany", 9, 1, 3)
    answers_in_time(stage)
    (chosen,) = latents(stage)
    given = np.zeros((4, 48, 84), dtype=np.bool_)
    given[..., [0, 12]] = True
    first = accompanying_latent(studio.shelf.encoder({1: given}), {1: given}, contract, 3)

    def farness(latent: Latent) -> float:
        roll = stage.generator(latent, range(4))[:, 2:] > 0.0
        harmony = beat_harmonies(given, contract)[:, None]
        return float(np.nanmean(tonal_distances(beat_harmonies(roll, contract), harmony)))

    assert farness(chosen) < farness(first)


def test_an_encoder_that_cannot_be_used_is_told_once_and_the_search_goes_without(studio: Studio) -> None:
    studio.shelf.problem = BadModel("the encoder tiny.encoder.onnx is for another model")
    stage = studio.stage
    stage.say(LIVE, "/mai/hello", 1, "live", 0)
    for request_id in (7, 8):
        send_clip(stage, request_id, 1, PIANO)
        stage.say(STRANGER, "/mai/latent/capture", request_id, "heard" if request_id == 7 else "again")
        assert answers_in_time(stage)[-1].address == "/mai/done"
    assert stage.engine.notice == (
        "Clips are searched for without an encoder: the encoder tiny.encoder.onnx is for another model"
    )
    assert studio.shelf.encoder.given == []
    told = [message for message in stage.wire.to(LIVE) if message.address == "/mai/changed"]
    assert told == [], "the second search says it again"


def test_another_model_takes_its_own_encoder(studio: Studio) -> None:
    stage = studio.stage
    send_clip(stage, 7, 1, PIANO)
    stage.say(STRANGER, "/mai/latent/capture", 7, "heard")
    answers_in_time(stage)
    other = type(stage.generator)(stage.engine.contract)
    stage.engine.band.generator = other
    send_clip(stage, 8, 1, PIANO)
    stage.say(STRANGER, "/mai/accompany", 8, 1, 3)
    answers_in_time(stage)
    assert studio.shelf.opened == [stage.generator, other]
