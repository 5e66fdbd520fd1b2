"""A press of the button that comes while a morph is computed goes before the rest of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.engine.latents import Latent
from bridge.protocol.osc_packet import OscMessage, build_message
from bridge.sessions.interruption import Interruption
from tests.bridge.engine.stage import LIVE, STRANGER, Stage, bars_of, error_of, notes_of
from tests.fakes import PatternGenerator

MORPH = "/mai/morph", 5, "A", 0.5, "B", 0.5


class PressedGenerator(PatternGenerator):
    """A musician sends something while it computes bars of which this one is the first."""

    def __init__(self, stage: Stage, first_bar: int, *message: int | str) -> None:
        super().__init__(stage.engine.contract)
        self.stage, self.first_bar = stage, first_bar
        self.message: tuple[int | str, ...] | None = message

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        if bars[0] == self.first_bar and self.message is not None:
            (address, *arguments), self.message = self.message, None
            self.stage.inbox.receive(build_message(str(address), arguments), LIVE, self.stage.now)
        return super().__call__(latent, bars)


@pytest.fixture
def between(stage: Stage) -> Stage:
    """Two latents are saved; the second one plays."""
    for seed, name in enumerate("AB"):
        stage.say(STRANGER, "/mai/generate", 1, seed)
        stage.say(STRANGER, "/mai/latent/save", 2, name)
    return stage


def pressed_at(stage: Stage, first_bar: int, *message: int | str) -> list[OscMessage]:
    """A morph, and what is sent while the generator computes its bars from this one on."""
    stage.engine.band.generator = PressedGenerator(stage, first_bar, *message)
    stage.wire.clear()
    stage.say(STRANGER, *MORPH)
    return [message for message, _ in stage.wire.sent]


@pytest.mark.parametrize(("first_bar", "bars_sent"), [(0, 0), (1, 1)])
def test_a_press_goes_before_the_bars_of_a_morph_that_are_not_sent_yet(
    between: Stage, first_bar: int, bars_sent: int
) -> None:
    sent = pressed_at(between, first_bar, "/mai/generate", 6, 42)
    morphed, pressed = ([bar for bar in bars_of(sent) if bar[0] == number] for number in (5, 6))
    assert {bar[1] for bar in morphed} == set(range(bars_sent))
    assert {bar[1] for bar in pressed} == {0, 1, 2, 3}
    endings = [message for message in sent if message.address != "/mai/bar"]
    assert [message.address for message in endings] == ["/mai/error", "/mai/done"]
    assert endings[0].arguments == (5, "/mai/morph", "busy", "a press has overtaken this morph")
    assert between.engine.counters.dropped == 1


def test_the_press_plays_what_it_would_have_played(between: Stage) -> None:
    sent = pressed_at(between, 0, "/mai/generate", 6, 42)
    assert notes_of(sent) == notes_of(between.say(STRANGER, "/mai/generate", 7, 42))


def test_undo_goes_back_to_the_morph_that_was_overtaken(between: Stage) -> None:
    morphed = notes_of(between.say(STRANGER, *MORPH))
    between.say(STRANGER, "/mai/generate", 7, 1)
    pressed_at(between, 0, "/mai/generate", 6, 42)
    assert notes_of(between.say(STRANGER, "/mai/history/undo", 8)) == morphed


@pytest.mark.parametrize("address", ["/mai/ping", "/mai/regenerate", "/mai/status"])
def test_nothing_else_stops_a_morph(between: Stage, address: str) -> None:
    arguments = (1, -1) if address == "/mai/regenerate" else ()
    sent = pressed_at(between, 0, address, 6, *arguments)
    morphed = [bar for bar in bars_of(sent) if bar[0] == 5]
    assert {bar[1] for bar in morphed} == {0, 1, 2, 3}
    assert not [message for message in sent if message.address == "/mai/error"]


def test_what_is_no_gesture_is_heard_to_its_end(between: Stage) -> None:
    between.engine.band.generator = PressedGenerator(between, 0, "/mai/generate", 6, 42)
    sent = between.say(STRANGER, "/mai/generate", 5, 43)
    assert [bar[:2] for bar in bars_of(sent) if bar[2] == 0] == [(number, bar) for number in (5, 6) for bar in range(4)]


def test_a_press_that_is_refused_leaves_the_stream_the_morph(between: Stage) -> None:
    between.say(STRANGER, "/mai/stream/start", 3)
    between.say(STRANGER, "/mai/set", 4, "lookahead", 2.0)
    between.wait(1.2)  # the bar at beat 4 was sent at beat 2
    between.say(STRANGER, *MORPH)
    morphed = between.player.bars[4.0]
    between.say(STRANGER, "/mai/generate", 7, 2)
    assert between.player.bars[4.0] != morphed
    sent = pressed_at(between, 0, "/mai/generate", 6, 42, 1000)
    refused = [message.arguments[:3] for message in sent if message.address == "/mai/error"]
    assert refused == [(5, "/mai/morph", "busy"), (6, "/mai/generate", "out_of_range")]
    assert between.player.bars[4.0] == morphed


def test_while_a_press_waits_nothing_is_computed_ahead(between: Stage) -> None:
    between.engine.chores.add(lambda: iter([None]))
    between.inbox.receive(build_message("/mai/generate", (6, 42)), LIVE, between.now)
    between.engine.tick(between.now)
    assert between.engine.chores
    between.work()
    between.engine.tick(between.now)
    assert not between.engine.chores


def test_a_morph_of_one_track_gives_way_too(between: Stage) -> None:
    between.engine.band.generator = PressedGenerator(between, 0, "/mai/generate", 6, 42)
    between.wire.clear()
    between.say(STRANGER, "/mai/morph/track", 5, 2, "A", 0.5, "B", 0.5)
    first = [message for message, _ in between.wire.sent if message.address == "/mai/error"]
    assert error_of(first)[:3] == (5, "/mai/morph/track", "busy")


class EndedGenerator(PatternGenerator):
    """Its runs end, as the real one's, when what was to end them does; before that a musician presses."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.engine.contract)
        self.stage, self.pressed = stage, False
        self.ends: Interruption | None = None

    @contextmanager
    def _ended_by(self, interruption: Interruption | None) -> Iterator[None]:
        self.ends = interruption
        yield
        self.ends = None

    def ended_by(self, interruption: Interruption | None) -> AbstractContextManager[None]:
        return self._ended_by(interruption)

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        if not self.pressed:
            self.pressed = True
            self.stage.inbox.receive(build_message("/mai/generate", (6, 42)), LIVE, self.stage.now)
        if self.ends is not None:
            self.ends.check()
        return super().__call__(latent, bars)


def test_the_run_in_hand_is_ended(between: Stage) -> None:
    generator = EndedGenerator(between)
    between.engine.band.generator = generator
    sent = between.say(STRANGER, *MORPH)
    assert [message.address for message in sent if message.address != "/mai/bar"] == ["/mai/error", "/mai/done"]
    assert generator.computed == [(0,), (1, 2, 3)], "of the press alone"


def test_a_morph_behind_which_a_press_waits_already_is_not_computed(between: Stage) -> None:
    generator = EndedGenerator(between)
    generator.pressed = True
    between.engine.band.generator = generator
    between.inbox.receive(build_message(MORPH[0], MORPH[1:]), STRANGER, between.now)
    between.inbox.receive(build_message("/mai/generate", (6, 42)), LIVE, between.now)
    between.work()
    assert between.engine.counters.dropped == 1
    assert generator.computed == [(0,), (1, 2, 3)], "of the press alone"
