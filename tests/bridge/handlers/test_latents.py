"""Latents are saved, recalled, listed, renamed and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bridge.handlers.latents import MESSAGES_AT_ONCE
from tests.bridge.engine.stage import LIVE, STRANGER, Stage, error_of, notes_of


def test_a_saved_latent_is_recalled_note_for_note(stage: Stage) -> None:
    played = notes_of(stage.say(STRANGER, "/mai/generate", 1, 42))
    (saved,) = stage.say(STRANGER, "/mai/latent/save", 2, "A")
    assert saved.arguments == (2, "A")
    stage.say(STRANGER, "/mai/generate", 3, 43)
    assert notes_of(stage.say(STRANGER, "/mai/latent/recall", 4, "A")) == played


def test_nothing_can_be_saved_before_something_was_generated(stage: Stage) -> None:
    assert error_of(stage.say(STRANGER, "/mai/latent/save", 2, "A"))[2] == "not_ready"


def test_latents_are_listed_renamed_and_deleted(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1)
    for name in ("verse", "chorus"):
        stage.say(STRANGER, "/mai/latent/save", 2, name)
    stage.say(STRANGER, "/mai/latent/rename", 3, "verse", "intro")
    names, done = stage.say(STRANGER, "/mai/latent/list", 4)
    assert names.arguments == (4, "chorus", "intro")
    assert done.arguments == (4,)

    stage.say(STRANGER, "/mai/latent/delete", 5, "intro")
    assert stage.say(STRANGER, "/mai/latent/list", 6)[0].arguments == (6, "chorus")
    assert error_of(stage.say(STRANGER, "/mai/latent/recall", 7, "intro"))[2] == "unknown_name"


def test_renaming_onto_another_latent_keeps_both(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1)
    for name in ("A", "B"):
        stage.say(STRANGER, "/mai/latent/save", 2, name)
    assert stage.say(STRANGER, "/mai/latent/rename", 3, "A", "B")[0].address == "/mai/error"
    assert stage.say(STRANGER, "/mai/latent/list", 4)[0].arguments == (4, "A", "B")


def test_a_long_listing_is_told_a_piece_at_a_time_while_the_band_answers_others(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1)
    stage.say(STRANGER, "/mai/latent/save", 2, "A")
    one = stage.engine.library.get("A")
    stage.engine.library.save_all([replace(one, name=f"{number:09}") for number in range(5000)])
    told = stage.say(STRANGER, "/mai/latent/list", 3)
    assert 0 < len(told) <= 2 * MESSAGES_AT_ONCE
    while stage.engine.chores:
        (pong, *piece) = stage.say(LIVE, "/mai/ping", 9)
        assert pong.address == "/mai/pong"
        assert len(piece) <= MESSAGES_AT_ONCE
        told += piece
    *listed, done = told
    assert [name for message in listed for name in message.arguments[1:]] == stage.engine.library.names()
    assert {message.arguments[0] for message in listed} == {3} == set(done.arguments)
    assert done.address == "/mai/done"


def test_a_short_listing_does_not_wait_for_long_answers(stage: Stage) -> None:
    def never_done() -> Iterator[None]:
        while True:
            yield

    stage.engine.chores.add(never_done)
    assert [message.address for message in stage.say(STRANGER, "/mai/latent/list", 4)] == ["/mai/latents", "/mai/done"]
