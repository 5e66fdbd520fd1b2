"""The next press's phrase: computed while nothing else is due, and the same notes as computed at the press."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.contract import ModelContract
from bridge.engine.ahead import REST_SECONDS, Ahead
from bridge.engine.band import Band
from bridge.engine.latents import Latent, draw_latent
from bridge.engine.settings import PlaySettings
from tests.bridge.engine.stage import STRANGER, Stage, bars_of, error_of, notes_of
from tests.fakes import PatternGenerator


@pytest.fixture
def ahead_stage(stage: Stage) -> Stage:
    """An engine that computes ahead, with seeds 500, 501 and so on."""
    stage.engine.around = replace(stage.engine.around, computes_ahead=True)
    seeds = iter(range(500, 600))
    stage.engine.ahead = Ahead(lambda: next(seeds))
    return stage


def idle(stage: Stage) -> None:
    stage.wait(0.2)


def test_while_nothing_is_due_the_next_phrase_is_computed_a_bar_at_a_time(ahead_stage: Stage) -> None:
    idle(ahead_stage)
    assert ahead_stage.generator.computed == [(0,), (1,), (2,), (3,)]
    idle(ahead_stage)
    assert len(ahead_stage.generator.computed) == 4, "once is enough"


def test_a_press_without_a_seed_computes_nothing_and_plays_what_its_seed_plays(ahead_stage: Stage) -> None:
    idle(ahead_stage)
    ahead_stage.generator.computed.clear()
    pressed = ahead_stage.say(STRANGER, "/mai/generate", 7)
    assert ahead_stage.generator.computed == []
    assert notes_of(pressed) == notes_of(ahead_stage.say(STRANGER, "/mai/generate", 8, 500))
    assert pressed[-1].arguments[1] == ahead_stage.say(STRANGER, "/mai/generate", 9, 500)[-1].arguments[1]


def test_every_press_is_another_phrase_also_of_those_that_come_too_fast_to_be_computed(ahead_stage: Stage) -> None:
    idle(ahead_stage)
    pressed = [ahead_stage.say(STRANGER, "/mai/generate", number) for number in range(1, 5)]
    of_seeds = [ahead_stage.say(STRANGER, "/mai/generate", 9, seed) for seed in range(500, 504)]
    assert [notes_of(one) for one in pressed] == [notes_of(one) for one in of_seeds]


def test_a_press_that_names_a_seed_leaves_what_is_ready_for_the_next(ahead_stage: Stage) -> None:
    idle(ahead_stage)
    ahead_stage.say(STRANGER, "/mai/generate", 7, 42)
    ahead_stage.generator.computed.clear()
    ahead_stage.say(STRANGER, "/mai/generate", 8)
    assert ahead_stage.generator.computed == []


def test_a_long_piece_begins_with_what_is_ready(ahead_stage: Stage) -> None:
    idle(ahead_stage)
    ahead_stage.generator.computed.clear()
    pressed = ahead_stage.say(STRANGER, "/mai/generate", 7, *(500, 8))
    again = ahead_stage.say(STRANGER, "/mai/generate", 8, 500, 8)
    assert notes_of(pressed) == notes_of(again)
    assert len(bars_of(pressed)) == 40


def test_a_setting_that_changes_meanwhile_is_heard_in_the_press(ahead_stage: Stage) -> None:
    idle(ahead_stage)
    ahead_stage.say(STRANGER, "/mai/set", 1, "velocity", 64)
    pressed = ahead_stage.say(STRANGER, "/mai/generate", 7)
    assert {velocity for bar in notes_of(pressed) for velocity in bar[6::4]} == {64}


def test_a_press_with_a_pitched_track_locked_keeps_its_harmony(ahead_stage: Stage) -> None:
    ahead_stage.say(STRANGER, "/mai/generate", 1, 42)
    ahead_stage.say(STRANGER, "/mai/lock", 2, 1, 1)
    idle(ahead_stage)
    pressed = notes_of(ahead_stage.say(STRANGER, "/mai/generate", 7))
    assert pressed == notes_of(ahead_stage.say(STRANGER, "/mai/generate", 8, 500))


def test_after_an_answer_it_waits_until_that_was_read(ahead_stage: Stage) -> None:
    idle(ahead_stage)
    ahead_stage.say(STRANGER, "/mai/generate", 7)
    ahead_stage.generator.computed.clear()
    assert ahead_stage.engine.next_time(ahead_stage.now) == pytest.approx(ahead_stage.now + REST_SECONDS)
    ahead_stage.engine.tick(ahead_stage.now + 0.9 * REST_SECONDS)
    ahead_stage.engine.tick(ahead_stage.now + 0.9 * REST_SECONDS)
    assert ahead_stage.generator.computed == []
    idle(ahead_stage)
    assert len(ahead_stage.generator.computed) == 4


def test_a_bar_of_the_stream_that_is_due_soon_comes_first(ahead_stage: Stage) -> None:
    ahead_stage.say(STRANGER, "/mai/generate", 1, 42)
    ahead_stage.say(STRANGER, "/mai/stream/start", 2)
    due = ahead_stage.engine.conductor.next_time(ahead_stage.engine.song(ahead_stage.now))
    assert due is not None
    before = len(ahead_stage.generator.computed)
    for _ in range(5):
        ahead_stage.engine.tick(due - 0.001)
    assert len(ahead_stage.generator.computed) == before
    assert ahead_stage.engine.next_time(due - 0.001) == due, "and nobody waits for it awake"


def test_it_is_off_where_nobody_asked_for_it(stage: Stage) -> None:
    idle(stage)
    assert stage.generator.computed == []
    assert len(bars_of(stage.say(STRANGER, "/mai/generate", 7))) == 20


class Broken(PatternGenerator):
    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        self.computed.append(tuple(bars))
        raise RuntimeError(f"no memory for a latent of {latent.size}")


def test_a_generator_that_fails_is_not_asked_again_until_the_next_press_which_is_told(ahead_stage: Stage) -> None:
    broken = Broken(ahead_stage.engine.contract)
    good, ahead_stage.engine.band.generator = ahead_stage.engine.band.generator, broken
    idle(ahead_stage)
    assert broken.computed == [(0,)]
    assert error_of(ahead_stage.say(STRANGER, "/mai/generate", 7))[2] == "internal"
    ahead_stage.engine.band.generator = good
    assert len(bars_of(ahead_stage.say(STRANGER, "/mai/generate", 8))) == 20
    idle(ahead_stage)
    assert ahead_stage.engine.ahead.next_time(ahead_stage.engine.band, ahead_stage.engine.settings) is None


def test_what_was_computed_for_another_model_is_drawn_anew(band: ModelContract) -> None:
    ahead, style = Ahead(lambda: 7), PlaySettings()
    other = replace(band, latent=replace(band.latent, song=band.latent.song + 3))
    for _ in range(5):
        ahead.do_one(Band(PatternGenerator(band)), style)
    coming = ahead.take(other)
    np.testing.assert_array_equal(coming.latent, draw_latent(other, 7))
    ahead.do_one(Band(PatternGenerator(band)), style)
    assert ahead.next_time(Band(PatternGenerator(other)), style) is not None


def test_bars_that_were_forgotten_meanwhile_are_computed_again(band: ModelContract) -> None:
    ahead, style, generator = Ahead(), PlaySettings(), PatternGenerator(band)
    first = Band(generator)
    for _ in range(5):
        ahead.do_one(first, style)
    assert ahead.next_time(first, style) is None
    afresh = Band(generator)  # knows nothing
    assert ahead.next_time(afresh, style) is not None
    for _ in range(4):
        ahead.do_one(afresh, style)
    assert ahead.next_time(afresh, style) is None
