"""Latents are saved, recalled, listed, renamed and deleted."""

from __future__ import annotations

from tests.bridge.engine.stage import STRANGER, Stage, error_of, notes_of


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
