"""Locks, and steps back in the band: what the bridge has, seen from Reaper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.reaper.scene import needs_lua, notes_in_items, notes_of, play
from tests.reaper.served import HttpBridge

pytestmark = needs_lua

SELECT = "for place, track in ipairs(stage.project.tracks) do track.selected = ({chosen})[place] == true end "
REMEMBER = "stage.tell('before', { tracks = stage.picture().tracks })"


def select(*tracks: int) -> str:
    """A scene's line that selects these of the project's tracks, from 1, and no other."""
    return SELECT.format(chosen="{" + ",".join(f"[{track}] = true" for track in tracks) + "}")


def locked(bridge: HttpBridge) -> list[int]:
    status: dict[str, Any] = json.loads(bridge.ask("/mai/status")[0].arguments[1])
    tracks: list[int] = status["locked"]
    return tracks


@pytest.fixture(autouse=True)
def all_free(bridge: HttpBridge) -> Iterator[None]:
    """No lock is left to the next test."""
    yield
    for track in range(5):
        bridge.ask("/mai/lock", track, 0)


def test_the_parts_on_the_selected_tracks_are_locked_and_stay_note_for_note(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.run('Generate') {REMEMBER} {select(1, 4)}
        stage.run('Lock tracks') stage.tell('lit', stage.machine.toggles[50001])
        stage.run('Generate')
    """)
    before = {"project": told["before"]}
    assert locked(bridge) == [0, 3]
    same = [track for track in range(5) if notes_of(told, track) == notes_of(before, track)]
    assert same == [0, 3]
    assert told["lit"] == 1
    assert told["hints"][0] == "Locked: Drums, Bass"
    assert "MAIsynthesizer: lock tracks" not in told["project"]["undo"], "nothing in the project has changed"


def test_pressed_again_they_are_free_and_some_that_were_free_are_locked_with_the_rest(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.run('Generate') {select(2)} stage.run('Lock tracks')
        {select(2, 3)} stage.run('Lock tracks')
        {select(1, 2)} stage.run('Lock tracks')
    """)
    assert locked(bridge) == [0, 1, 2]
    assert [hint for hint in told["hints"] if hint] == [
        "Locked: Piano", "Locked: Piano, Guitar", "Locked: Drums, Piano",
    ]  # fmt: skip
    bridge.ask("/mai/lock", 0, 0)
    told = bridge.play(f"""
        stage.run('Generate') {select(2)} stage.run('Lock tracks')
        stage.tell('one', stage.machine.toggles[50001])
        {select(3)} stage.run('Lock tracks')
        stage.tell('none', stage.machine.toggles[50001])
    """)
    assert locked(bridge) == []
    assert (told["one"], told["none"]) == (1, 0), "the button is lit while any track is locked"
    assert [hint for hint in told["hints"] if hint] == ["Free again: Piano", "Free again: Guitar"]


def test_the_hint_goes_by_itself(bridge: HttpBridge) -> None:
    told = bridge.play(f"stage.run('Generate') {select(1)} stage.run('Lock tracks', 120)")
    assert told["hints"] == ["Locked: Drums", ""]


def test_without_a_track_of_the_band_it_says_which_there_are(bridge: HttpBridge) -> None:
    told = bridge.play(f"stage.run('Generate') {select()} stage.run('Lock tracks')")
    (window,) = told["windows"]
    assert window["text"] == "Select one or more of the band's tracks: Drums, Piano, Guitar, Bass, Strings."
    assert locked(bridge) == []
    empty = bridge.play("stage.run('Lock tracks')")
    assert empty["windows"][0]["text"].startswith("Select one or more")
    assert empty["project"]["tracks"] == [], "a track that is missing is not added for this"


def test_a_locked_track_is_not_rerolled_and_the_bridge_says_so(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.run('Generate') {select(1)} stage.run('Lock tracks')
        stage.item(1).selected = true stage.run('Reroll track')
    """)
    assert told["windows"][0]["text"] == "The bridge says: track 0 is locked: unlock it first."


def test_an_older_phrase_comes_back_whole_though_a_track_is_locked(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.run('Generate') {REMEMBER}
        stage.cursor(8) stage.run('Generate') {select(1)} stage.run('Lock tracks')
        stage.item(4, 1).selected = true stage.run('Reroll track')
    """)
    assert told["windows"] == []
    assert locked(bridge) == [0], "it is locked again"
    sounding = bridge.ask("/mai/latent/get", "Reaper, the phrase in hand")
    assert sounding
    bridge.ask("/mai/lock", 0, 0)
    whole = bridge.ask("/mai/latent/recall", "Reaper, the phrase in hand")
    assert [notes_of(told, track) for track in range(5)] == notes_in_items(whole)


def test_a_step_back_in_the_band_leaves_the_project_and_a_step_forward_brings_it_again(bridge: HttpBridge) -> None:
    told = bridge.play(f"stage.run('Generate') stage.run('Generate') {REMEMBER} stage.run('Undo in the band')")
    ids = [track["items"][0]["mark"].split()[0] for track in told["project"]["tracks"]]
    assert told["project"]["tracks"] == told["before"]["tracks"]
    assert piece(bridge) != ids[0]
    assert told["hints"][0] == "The band is back at what it played before"
    told = bridge.play("stage.run('Redo in the band')")
    assert piece(bridge) == ids[0]
    assert told["project"]["undo"] == []


def piece(bridge: HttpBridge) -> str:
    status: dict[str, Any] = json.loads(bridge.ask("/mai/status")[0].arguments[1])
    playing: str = status["piece"]["id"]
    return playing


def test_where_there_is_no_step_forward_the_bridge_says_so(bridge: HttpBridge) -> None:
    told = bridge.play("stage.run('Generate') stage.run('Redo in the band')")
    assert told["windows"][0]["text"].startswith("The bridge says: there is no step to go to")
    assert told["hints"] == []


@pytest.mark.parametrize("action", ["Lock tracks", "Undo in the band", "Redo in the band"])
def test_a_bridge_that_does_not_run_is_said_here_too(action: str) -> None:
    told = play(f"stage.run({action!r})")
    assert told["windows"][0]["text"].startswith("The bridge is not running")
