"""The project's controls reach the bridge before a phrase is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.reaper.scene import needs_lua
from tests.reaper.served import HttpBridge

pytestmark = needs_lua

# Morph, threshold, swing, humanize, five densities, the shortest note, key and scale.
CONTROLS = """
    stage.project.effects = {{ ['JS:MAIsynthesizer/controls.jsfx'] =
      {{ name = 'MAIsynthesizer controls', values = {{ 25, {values}, {menus} }} }} }}
    stage.run('Add controls')
"""
AS_IT_IS = "50, 0, 0, -1, -1, -1, -1, -1, 0"
CHANGED = "62.5, 25, 10, -1, 0.3, -1, -1, -1, 0.25"


def with_controls(values: str, menus: str = "0, 0") -> str:
    """The scene's begin; the first item of a menu leaves the bridge as it is."""
    return CONTROLS.format(values=values, menus=menus)


@pytest.fixture(autouse=True)
def as_at_first(bridge: HttpBridge) -> Iterator[None]:
    """No setting is left to the next test."""
    yield
    for name, value in (
        ("threshold", 0.5),
        ("swing", 0.0),
        ("humanize", 0.0),
        ("min_note", 0.0),
        ("density/1", -1.0),
        ("key", "off"),
        ("scale", "major"),
    ):
        bridge.ask("/mai/set", name, value)


def sent(told: dict[str, Any]) -> list[list[str]]:
    asked = [command.split("/v1")[1] for command in told["commands"] if "/v1/mai/set?" in command]
    return [one.split(",")[1:] for one in asked]


def test_what_stands_otherwise_is_sent_and_nothing_else(bridge: HttpBridge) -> None:
    told = bridge.play(with_controls(CHANGED) + "stage.run('Generate')")
    assert told["windows"] == []
    assert sent(told) == [
        ["%22threshold%22", "0.625"], ["%22swing%22", "0.25"], ["%22humanize%22", "0.1"], ["%22density%2F1%22", "0.3"],
        ["%22min_note%22", "0.25"],
    ]  # fmt: skip
    status = json.loads(bridge.ask("/mai/status")[0].arguments[1])
    assert (status["settings"]["threshold"], status["settings"]["min_note"]) == (0.625, 0.25)
    addresses = [command.split("/v1")[1].partition("?")[0] for command in told["commands"]]
    assert addresses.index("/mai/generate") > max(place for place, one in enumerate(addresses) if one == "/mai/set")
    again = bridge.play(with_controls(CHANGED) + "stage.run('Generate')")
    assert sent(again) == []


def test_the_sliders_are_heard_in_the_notes(bridge: HttpBridge) -> None:
    told = bridge.play(with_controls("50, 0, 0, -1, -1, -1, -1, -1, 1") + "stage.run('Generate')")
    pitched = [note for track in told["project"]["tracks"][2:] for item in track["items"] for note in item["notes"]]
    ends = {item["length"] for track in told["project"]["tracks"][2:] for item in track["items"]}
    assert len(ends) == 1
    assert pitched
    assert all(note["to"] - note["from"] >= 900 for note in pitched), "no note is much shorter than a beat"


def test_key_and_scale_are_sent_by_name_and_the_notes_keep_to_them(bridge: HttpBridge) -> None:
    told = bridge.play(with_controls(AS_IT_IS, "10, 12") + "stage.run('Generate')")
    assert told["windows"] == []
    assert sent(told) == [["%22key%22", "%22Ab%22"], ["%22scale%22", "%22minor_pentatonic%22"]]
    pitched = [note for track in told["project"]["tracks"][2:] for item in track["items"] for note in item["notes"]]
    assert pitched
    assert {(note["pitch"] - 8) % 12 for note in pitched} <= {0, 3, 5, 7, 10}
    again = bridge.play(with_controls(AS_IT_IS, "10, 0") + "stage.run('Generate')")
    assert sent(again) == [], "what the bridge has is not sent once more"
    off = bridge.play(with_controls(AS_IT_IS, "1, 0") + "stage.run('Generate')")
    assert sent(off) == [["%22key%22", "%22off%22"]]


@pytest.mark.parametrize("action", ["Reroll track", "Reroll bar"])
def test_a_reroll_hears_them_too(bridge: HttpBridge, action: str) -> None:
    told = bridge.play(
        with_controls(AS_IT_IS)
        + f"""
        stage.run('Generate') stage.item(2).selected = true
        stage.project.tracks[1].effects[1].values[2] = 70 stage.run({action!r})
    """
    )
    assert told["windows"] == []
    assert sent(told) == [["%22threshold%22", "0.7"]]


TWO_LATENTS = """
    stage.run('Generate') stage.machine.inputs = { 'calm' } stage.run('Save latent')
    stage.run('Generate') stage.machine.inputs = { 'wild' } stage.run('Save latent')
    stage.project.tracks[1].effects[1].values[3] = 40
"""


@pytest.mark.parametrize(
    ("answers", "action"),
    [
        ("choices = { 'calm' }", "Recall latent"),
        ("choices, stage.machine.inputs = { 'calm', 'wild' }, { '50' }", "Morph"),
    ],
)
def test_a_recall_and_a_morph_hear_them_too(bridge: HttpBridge, answers: str, action: str) -> None:
    scene = with_controls(AS_IT_IS) + TWO_LATENTS
    told = bridge.play(f"{scene} stage.machine.{answers} stage.run({action!r})")
    assert f"MAIsynthesizer: {action.lower()}" in told["project"]["undo"]
    assert sent(told) == [["%22swing%22", "0.4"]]
    for name in ("calm", "wild"):
        bridge.ask("/mai/latent/delete", name)


def test_without_controls_the_bridge_is_left_as_it_is(bridge: HttpBridge) -> None:
    bridge.ask("/mai/set", "threshold", 0.6)
    told = bridge.play("stage.run('Generate')")
    assert sent(told) == []
    assert [command for command in told["commands"] if "/mai/status" in command] == []
