"""A model that takes over brings the latents that came along with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.engine.latents import draw_latent
from bridge.library.saved_latent import SavedLatent
from bridge.model_files.loader import Loaded
from bridge.model_files.self_test import SelfTest
from bridge.model_files.starting_latents import StartingLatents
from tests.bridge.engine.stage import STRANGER, Stage, a_stage
from tests.fakes import PatternGenerator

LOUDER = "1" * 64


@pytest.fixture
def stage(band: ModelContract) -> Iterator[Stage]:
    for made in a_stage(band):
        made.models.models["louder"] = PatternGenerator(replace(band, name="Louder", model_hash=LOUDER))
        made.models.models["stranger"] = PatternGenerator(
            replace(band, name="Stranger", tracks=(replace(band.tracks[1], name="Tuba", program=58),))
        )
        yield made


def coming_along(band: ModelContract, *names: str) -> StartingLatents:
    latents = (
        SavedLatent(name, LOUDER, draw_latent(band, seed), roll=None, saved_at=1.0) for seed, name in enumerate(names)
    )
    return StartingLatents(tuple(latents))


def load(stage: Stage, name: str, starting: StartingLatents) -> None:
    """Order a model, and have it pass its test in the background."""
    stage.say(STRANGER, "/mai/model/load", 1, name)
    order = stage.models.orders.pop()
    stage.models.outcomes.append(Loaded(order, stage.models.models[name], SelfTest(0.0, 0.0, 0.0), starting))


def listed(stage: Stage) -> tuple[int | float | str, ...]:
    return stage.say(STRANGER, "/mai/latent/list", 9)[0].arguments[1:]


def test_its_latents_are_listed_once_its_load_is_answered(stage: Stage, band: ModelContract) -> None:
    load(stage, "louder", coming_along(band, "verse", "chorus"))
    assert listed(stage) == (), "it has not taken over before the engine's next look"
    stage.engine.tick(stage.now)
    assert listed(stage) == ("chorus", "verse")
    recalled = stage.say(STRANGER, "/mai/latent/recall", 2, "verse")
    assert recalled[-1].address == "/mai/done", "they are of the model that plays now"
    assert stage.engine.piece is not None
    np.testing.assert_array_equal(stage.engine.piece.sources[0], draw_latent(band, 0))


def test_what_the_musician_saved_under_such_a_name_stays(stage: Stage, band: ModelContract) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 77)
    stage.say(STRANGER, "/mai/latent/save", 2, "verse")
    mine = stage.engine.library.get("verse")
    load(stage, "louder", coming_along(band, "verse", "chorus"))
    stage.engine.tick(stage.now)
    assert listed(stage) == ("chorus", "verse")
    kept = stage.engine.library.get("verse")
    assert kept.model_hash == mine.model_hash == band.model_hash
    np.testing.assert_array_equal(kept.values, mine.values)


def test_a_library_that_knows_the_model_gets_none_again(stage: Stage, band: ModelContract) -> None:
    load(stage, "louder", coming_along(band, "verse", "chorus"))
    stage.engine.tick(stage.now)
    stage.say(STRANGER, "/mai/latent/delete", 2, "verse")
    load(stage, "louder", coming_along(band, "verse", "chorus"))
    stage.engine.tick(stage.now)
    assert listed(stage) == ("chorus",), "what was deleted stays deleted"


def test_a_model_that_does_not_take_over_brings_none(stage: Stage, band: ModelContract) -> None:
    order = stage.models.models["stranger"]
    stage.models.models["stranger"] = stage.models.models["louder"]  # so that it is not refused before it is opened
    stage.say(STRANGER, "/mai/model/load", 1, "stranger")
    ordered = stage.models.orders.pop()
    stage.models.outcomes.append(Loaded(ordered, order, SelfTest(0.0, 0.0, 0.0), coming_along(band, "verse")))
    stage.engine.tick(stage.now)
    assert listed(stage) == ()


def test_under_a_stream_they_come_with_the_model_at_the_bar_line(stage: Stage, band: ModelContract) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 3)
    stage.say(STRANGER, "/mai/stream/start", 2)
    stage.wait(4.2)  # beat 8.4
    load(stage, "louder", coming_along(band, "verse"))
    stage.wait(1.7)  # beat 11.8
    assert listed(stage) == ()
    stage.wait(0.2)
    assert listed(stage) == ("verse",)
    assert stage.engine.counters.late == 0


def test_a_file_that_cannot_be_used_is_told_and_the_model_plays(stage: Stage) -> None:
    load(stage, "louder", StartingLatents(problem="The latents that came with the model are left out: no JSON."))
    stage.engine.tick(stage.now)
    assert stage.engine.contract.name == "Louder"
    assert stage.engine.notice is not None
    assert stage.engine.notice == "The latents that came with the model are left out: no JSON."


def test_a_library_that_cannot_be_written_is_told_and_the_model_plays(stage: Stage, band: ModelContract) -> None:
    stage.engine.library._connection.execute("PRAGMA query_only = ON")  # as SQLite does with a read-only file
    load(stage, "louder", coming_along(band, "verse"))
    stage.engine.tick(stage.now)
    assert stage.engine.contract.name == "Louder"
    assert stage.engine.notice is not None
    assert stage.engine.notice.startswith("The latents that came with the model are left out: ")
    assert listed(stage) == ()
