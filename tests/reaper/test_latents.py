"""Latents: saved in the bridge and in the project, recalled, morphed."""

from __future__ import annotations

import pytest

from tests.reaper.scene import needs_lua, notes_of, play
from tests.reaper.served import HttpBridge

pytestmark = needs_lua

SAVE = "stage.machine.inputs = {{ {0!r} }} stage.run('Save latent')"
NAME = 'Verse 1: "loud", 50 % off, äöü\\'  # quotes, commas, blanks, percent, letters beyond ASCII, a backslash
REMEMBER = "stage.tell('before', { tracks = stage.picture().tracks })"


def lua_string(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def test_a_saved_latent_is_in_the_library_under_any_name_and_comes_back_note_for_note(bridge: HttpBridge) -> None:
    name = lua_string(NAME)
    told = bridge.play(f"""
        stage.run('Generate') {REMEMBER}
        stage.machine.inputs = {{ {name} }} stage.run('Save latent')
        stage.run('Generate')
        stage.machine.choices = {{ {name} }} stage.run('Recall latent')
    """)
    assert NAME in bridge.ask("/mai/latent/list")[0].arguments
    assert [notes_of(told, track) for track in range(5)] == [
        notes_of({"project": told["before"]}, track) for track in range(5)
    ]
    assert [window["title"] for window in told["windows"]] == ["MAIsynthesizer: save latent"]


def test_a_project_brings_its_latents_to_a_bridge_that_does_not_know_them(bridge: HttpBridge) -> None:
    told = bridge.play(f"stage.run('Generate') {REMEMBER} {SAVE.format('travels')}")
    bridge.ask("/mai/latent/delete", "travels")
    carried = "".join(
        f"stage.project.ext[{lua_string(key)}] = {lua_string(text)} " for key, text in told["ext"].items()
    )
    other = bridge.play(f"{carried} stage.machine.choices = {{ 'travels' }} stage.run('Recall latent')")
    assert other["windows"] == []
    assert [notes_of(other, track) for track in range(5)] == [
        notes_of({"project": told["before"]}, track) for track in range(5)
    ]


def test_a_rerolled_phrase_of_many_latents_survives_the_way_too(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.select(0, 16) stage.run('Generate') stage.item(3).selected = true stage.run('Reroll track') {REMEMBER}
        {SAVE.format("many")}
    """)
    bridge.ask("/mai/latent/delete", "many")
    carried = "".join(
        f"stage.project.ext[{lua_string(key)}] = {lua_string(text)} " for key, text in told["ext"].items()
    )
    other = bridge.play(
        f"{carried} stage.select(0, 16) stage.machine.choices = {{ 'many' }} stage.run('Recall latent')"
    )
    assert [notes_of(other, track) for track in range(5)] == [
        notes_of({"project": told["before"]}, track) for track in range(5)
    ]


@pytest.mark.parametrize(("percent", "nearest"), [("0", "one"), ("100", "two")])
def test_the_ends_of_a_morph_are_the_latents_themselves(bridge: HttpBridge, percent: str, nearest: str) -> None:
    told = bridge.play(f"""
        stage.run('Generate') {SAVE.format("one")}
        stage.machine.choices = {{ 6 }}
        stage.run('Generate') {SAVE.format("two")}
        stage.machine.choices = {{ 'one', 'two' }} stage.run('Choose morph latents')
        stage.machine.inputs = {{ {percent!r} }} stage.run('Morph') {REMEMBER}
        stage.machine.choices = {{ {nearest!r} }} stage.run('Recall latent')
        stage.tell('undo', stage.picture().undo)
    """)
    assert [notes_of(told, track) for track in range(5)] == [
        notes_of({"project": told["before"]}, track) for track in range(5)
    ]
    assert "MAIsynthesizer: morph" in told["undo"]
    for name in ("one", "two"):
        bridge.ask("/mai/latent/delete", name)


def test_a_morph_asks_for_its_latents_once_and_remembers_how_far_it_went(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.run('Generate') {SAVE.format("left")} stage.run('Generate') {SAVE.format("right")}
        stage.machine.choices, stage.machine.inputs = {{ 'left', 'right' }}, {{ '37,5 %' }}
        stage.run('Morph')
        stage.machine.inputs = {{ '40' }} stage.run('Morph')
    """)
    assert len(told["menus"]) == 2
    assert told["ext"]["MAISYNTHESIZER/MORPH_PERCENT"] == "40"
    assert [command for command in told["commands"] if "%22left%22,0.625,%22right%22,0.375" in command]
    assert told["project"]["undo"].count("MAIsynthesizer: morph") == 2


def test_what_is_no_share_is_said_with_what_was_expected(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.run('Generate') {SAVE.format("left")} stage.run('Generate') {SAVE.format("right")}
        stage.machine.choices, stage.machine.inputs = {{ 'left', 'right' }}, {{ 'half' }}
        stage.run('Morph')
    """)
    assert told["windows"][-1]["text"].startswith('The share is "half", expected a number from 0')
    assert "MAIsynthesizer: morph" not in told["project"]["undo"]


def test_a_name_that_is_there_is_overwritten_only_after_a_yes(bridge: HttpBridge) -> None:
    no = bridge.play(f"stage.run('Generate') {SAVE.format('taken')} stage.run('Generate') {SAVE.format('taken')}")
    assert no["windows"][-1]["text"] == "There is a latent taken already. Overwrite it?"
    assert no["project"]["undo"].count("MAIsynthesizer: save latent") == 1
    yes = bridge.play(f"stage.run('Generate') stage.machine.choices = {{ 6 }} {SAVE.format('taken')}")
    assert yes["project"]["undo"].count("MAIsynthesizer: save latent") == 1


def test_a_cancelled_dialogue_changes_nothing(bridge: HttpBridge) -> None:
    told = bridge.play("stage.run('Save latent') stage.run('Recall latent') stage.run('Choose port')")
    assert told["project"]["undo"] == []
    assert told["ext"] == {} or told["ext"] == []


def test_the_phrase_in_hand_is_no_latent_that_a_musician_is_offered(bridge: HttpBridge) -> None:
    told = bridge.play("stage.run('Generate') stage.machine.choices = { 'none' } stage.run('Recall latent')")
    assert all("the phrase in hand" not in menu for menu in told["menus"])


def test_a_long_text_is_kept_in_pieces_and_read_back_whole() -> None:
    told = play("""
        local state = stage.module('project_state')
        local text = ('0.123456 '):rep(5000)
        state.save('latent', 'a:b c', text) state.save('latent', 'short', 'x')
        state.save('latent', 'a:b c', text .. 'z')
        stage.tell('same', state.load('latent', 'a:b c') == text .. 'z')
        stage.tell('names', state.names('latent'))
        state.delete('latent', 'a:b c')
        stage.tell('left', state.names('latent'))
        stage.tell('none', state.load('latent', 'a:b c') == nil)
    """)
    assert told["same"]
    assert told["names"] == ["a:b c", "short"]
    assert told["left"] == ["short"]
    assert told["none"]
    assert set(told["ext"]) == {"MAISYNTHESIZER/LATENT:SHORT", "MAISYNTHESIZER/LATENT:SHORT:1"}


def test_reaper_keeps_keys_in_upper_case_and_names_come_back_as_they_were_typed() -> None:
    names = ["Verse", "verse", "VERSE", "Äh 50%"]
    lua = "{" + ",".join(lua_string(name) for name in names) + "}"
    told = play(f"""
        local state = stage.module('project_state')
        for place, name in ipairs({lua}) do state.save('latent', name, 'text ' .. place) end
        local texts = {{}}
        for place, name in ipairs({lua}) do texts[place] = state.load('latent', name) end
        stage.tell('texts', texts)
        stage.tell('names', state.names('latent'))
        stage.tell('phrases', state.names('phrase'))
    """)
    assert told["texts"] == ["text 1", "text 2", "text 3", "text 4"]
    assert sorted(told["names"]) == sorted(names)
    assert told["phrases"] == []
    assert all(key == key.upper() for key in told["ext"])
