"""Another model takes over at a bar line; what fits it stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge.contract import ModelContract
from tests.bridge.engine.stage import LIVE, REAPER, STRANGER, Stage, a_stage, bars_of, error_of, notes_of
from tests.fakes import PatternGenerator


@pytest.fixture
def stage(band: ModelContract) -> Iterator[Stage]:
    for made in a_stage(band):
        made.models.models["louder"] = PatternGenerator(replace(band, name="Louder", model_hash="1" * 64))
        swapped = replace(band, name="Swapped", model_hash="2" * 64, tracks=band.tracks[::-1])
        made.models.models["swapped"] = PatternGenerator(swapped)
        stranger = replace(band, name="Stranger", tracks=(replace(band.tracks[1], name="Tuba", program=58),))
        made.models.models["stranger"] = PatternGenerator(stranger)
        yield made


def test_the_models_there_are_listed(stage: Stage) -> None:
    models, done = stage.say(STRANGER, "/mai/model/list", 1)
    assert models.arguments == (1, "louder", "swapped", "stranger")
    assert done.address == "/mai/done"


def test_a_model_takes_over_at_once_where_no_stream_runs(stage: Stage) -> None:
    assert stage.say(STRANGER, "/mai/model/load", 1, "louder") == []
    stage.models.open()
    stage.engine.tick(stage.now)
    assert [(m.address, m.arguments[:2]) for m in stage.wire.to(STRANGER)] == [("/mai/done", (1, "louder"))]
    assert stage.engine.contract.name == "Louder"


def test_the_status_tells_the_name_by_which_the_model_that_plays_is_loaded(stage: Stage) -> None:
    def model() -> dict[str, object]:
        (message,) = stage.say(STRANGER, "/mai/status", 9)
        found: dict[str, object] = json.loads(str(message.arguments[1]))["model"]
        return found

    assert (model()["name"], model()["listed"]) == ("A band", None)
    stage.say(STRANGER, "/mai/model/load", 1, "louder")
    assert model()["listed"] is None
    stage.models.open()
    stage.engine.tick(stage.now)
    assert (model()["name"], model()["listed"]) == ("Louder", "louder")


def test_under_a_stream_it_waits_for_the_bar_line(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 3)
    stage.say(STRANGER, "/mai/stream/start", 2)
    stage.wait(4.2)  # beat 8.4
    stage.say(STRANGER, "/mai/model/load", 3, "louder")
    stage.models.open()
    stage.wait(1.7)  # beat 11.8
    assert stage.engine.contract.name == "A band"
    stage.wait(0.2)
    assert stage.engine.contract.name == "Louder"
    stage.wait(6.0)
    assert stage.engine.counters.late == 0


def test_the_piece_plays_on_in_a_model_with_latents_of_the_same_kind(stage: Stage) -> None:
    before = notes_of(stage.say(STRANGER, "/mai/generate", 1, 3))
    stage.say(STRANGER, "/mai/latent/save", 2, "mine")
    piece = stage.engine.piece
    stage.say(STRANGER, "/mai/model/load", 3, "louder")
    stage.models.open()
    stage.engine.tick(stage.now)
    assert stage.engine.piece is piece
    again = stage.say(STRANGER, "/mai/latent/recall", 4, "mine")
    assert notes_of(again) == before, "recorded notes of the other model"
    assert error_of(stage.say(STRANGER, "/mai/morph", 5, "mine", 1.0))[2] == "bad_model"
    assert error_of(stage.say(STRANGER, "/mai/history/undo", 6))[2] == "bad_model"


def test_locks_subscriptions_and_densities_follow_their_tracks(stage: Stage) -> None:
    stage.say(LIVE, "/mai/hello", 1, "Live", 0)
    stage.say(LIVE, "/mai/subscribe", 2, 0)
    stage.say(REAPER, "/mai/hello", 3, "Reaper", 0)
    stage.say(STRANGER, "/mai/lock", 4, 1, 1)
    stage.say(STRANGER, "/mai/set", 5, "density/3", 0.5)
    stage.say(STRANGER, "/mai/model/load", 6, "swapped")
    stage.models.open()
    stage.engine.tick(stage.now)
    assert stage.engine.locked == {3}
    (value,) = stage.say(STRANGER, "/mai/get", 7, "density/bass")
    assert value.arguments[2] == 0.5
    stage.wire.clear()
    stage.say(STRANGER, "/mai/generate", 8, 1)
    assert {bar[2] for bar in bars_of(stage.wire.to(LIVE))} == {4}, "the drums are track 4 now"
    assert {bar[2] for bar in bars_of(stage.wire.to(REAPER))} == {0, 1, 2, 3, 4}


def test_a_model_that_fails_its_test_leaves_the_old_one(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/model/load", 1, "louder")
    stage.models.fail("'louder' cannot be played: it plays NaN")
    stage.engine.tick(stage.now)
    assert error_of(stage.wire.to(STRANGER))[2:] == ("bad_model", "'louder' cannot be played: it plays NaN")
    assert stage.engine.contract.name == "A band"


def test_unknown_and_unfit_models_are_refused(stage: Stage) -> None:
    assert error_of(stage.say(STRANGER, "/mai/model/load", 1, "../secret"))[2] == "unknown_name"
    assert error_of(stage.say(STRANGER, "/mai/model/load", 2, "stranger"))[2] == "bad_model"


def test_of_two_that_are_ready_the_newer_plays(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/stream/start", 9)
    stage.wait(0.5)
    stage.say(STRANGER, "/mai/model/load", 1, "louder")
    stage.models.open()
    stage.wait(0.1)
    stage.say(STRANGER, "/mai/model/load", 2, "swapped")
    stage.models.open()
    stage.wire.clear()
    stage.wait(4.0)
    answers = [(m.address, m.arguments[0]) for m in stage.wire.to(STRANGER) if m.address in ("/mai/done", "/mai/error")]
    assert answers == [("/mai/error", 1), ("/mai/done", 2)]
    assert stage.engine.contract.name == "Swapped"


def test_a_model_of_other_latents_takes_over_amid_a_walk_and_a_glide(stage: Stage, band: ModelContract) -> None:
    small = replace(band, name="Small", model_hash="3" * 64, latent=replace(band.latent, song=16))
    stage.models.models["small"] = PatternGenerator(small)
    stage.say(STRANGER, "/mai/generate", 1, 3)
    stage.say(STRANGER, "/mai/latent/save", 2, "far")
    stage.say(STRANGER, "/mai/set", 3, "stream_mode", "wander")
    stage.say(STRANGER, "/mai/set", 4, "morph_glide", 16.0)
    stage.say(STRANGER, "/mai/stream/start", 5)
    stage.wait(5.0)
    stage.say(STRANGER, "/mai/latent/recall", 6, "far")
    stage.wait(5.0)
    stage.say(STRANGER, "/mai/model/load", 7, "small")
    stage.models.open()
    stage.wire.clear()
    stage.wait(12.0)
    assert stage.engine.contract.name == "Small"
    assert stage.generator.computed, "the old one played before"
    starts = {float(bar[5]) for bar in bars_of(stage.wire.to(STRANGER)) if bar[5] != -1.0}
    assert len(starts) >= 5, "the stream goes on"
    assert stage.engine.counters.late == 0
    played = stage.models.models["small"]
    assert isinstance(played, PatternGenerator)
    assert played.computed
