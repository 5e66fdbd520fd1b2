"""The encoder of the model that plays is opened in the background."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from bridge.contract import ModelContract
from bridge.engine.band import PlaysBars
from bridge.engine.encoder_desk import EncoderDesk, Encodes
from bridge.generator import BadModel
from tests.fakes import ListeningEncoder, PatternGenerator

PATIENCE = 10.0  # seconds


def finish(chore: Generator[None, None, Encodes | None]) -> Encodes | None:
    """What a chore returns when it is done to its end."""
    while True:
        try:
            next(chore)
        except StopIteration as end:
            value: Encodes | None = end.value
            return value


def test_the_engine_does_not_wait_while_an_encoder_is_opened(band: ModelContract) -> None:
    encoder, opened, model = ListeningEncoder(band), threading.Event(), PatternGenerator(band)

    def open_slowly(_: PlaysBars) -> Encodes:
        assert opened.wait(PATIENCE)
        return encoder

    desk = EncoderDesk(open_slowly)
    desk.want(model)
    chore = desk.opened(model)
    for _ in range(3):
        next(chore)  # not yet, and the engine goes on
    opened.set()
    assert finish(chore) is encoder
    assert desk.take_problem() is None


def test_a_models_encoder_is_opened_once(band: ModelContract) -> None:
    opened: list[PlaysBars] = []
    desk = EncoderDesk(opened.append)
    one, other = PatternGenerator(band), PatternGenerator(band)
    for model in (one, one, other):
        desk.want(model)
        assert finish(desk.opened(model)) is None
    assert opened == [one, other]


def test_each_model_has_its_own_encoder(band: ModelContract) -> None:
    one, other = PatternGenerator(band), PatternGenerator(band)
    encoders = {id(one): ListeningEncoder(band), id(other): ListeningEncoder(band)}
    desk = EncoderDesk(lambda model: encoders[id(model)])
    before = desk.opened(one)
    assert finish(desk.opened(other)) is encoders[id(other)]
    assert finish(before) is encoders[id(one)]


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (BadModel("the encoder is for another model"), "the encoder is for another model"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_an_encoder_that_cannot_be_used_is_told_once_and_done_without(
    band: ModelContract, problem: Exception, sentence: str
) -> None:
    def refuse(_: PlaysBars) -> Encodes:
        raise problem

    desk, model = EncoderDesk(refuse), PatternGenerator(band)
    assert finish(desk.opened(model)) is None
    assert sentence in (desk.take_problem() or "")
    assert desk.take_problem() is None


def test_without_anything_to_open_no_model_has_an_encoder(band: ModelContract) -> None:
    desk = EncoderDesk()
    assert finish(desk.opened(PatternGenerator(band))) is None
    assert desk.take_problem() is None
