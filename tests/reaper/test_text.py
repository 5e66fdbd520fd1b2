"""Requests and answers as text: what Lua writes the bridge reads, and the reverse."""

from __future__ import annotations

import json

import pytest

from bridge.doors.exchange import read_target
from bridge.doors.plain_text import write_line
from bridge.protocol.osc_packet import OscMessage
from tests.reaper.scene import needs_lua, play

pytestmark = needs_lua

WORDS = ["verse", "a, b", 'he said "no"', "50 %", "7", "0x10", "1e5", "back\\slash", "ä ö ü 🎸", "tab\there", "", "end"]


def lua_string(text: str) -> str:
    return "'" + "".join(f"\\{byte:03d}" for byte in text.encode()) + "'"


@pytest.mark.parametrize("word", WORDS)
def test_a_string_reaches_the_bridge_as_it_is(word: str) -> None:
    scene = f"stage.tell('target', stage.module('plain_text').target('/mai/latent/save', {{ 7, {lua_string(word)} }}))"
    assert read_target(play(scene)["target"]) == OscMessage("/mai/latent/save", (7, word))


def test_numbers_reach_the_bridge_with_their_kind() -> None:
    told = play("""
        local target = stage.module('plain_text').target
        stage.tell('target', target('/mai/x', { 1, -2, 1.0, 0.1, -1e-7, 1e20, 3 / 2 }))
    """)
    message = read_target(told["target"])
    assert message.arguments == (1, -2, 1.0, 0.1, -1e-7, 1e20, 1.5)
    assert [type(one) for one in message.arguments] == [int, int, float, float, float, float, float]


@pytest.mark.parametrize("number", ["0 / 0", "1 / 0", "-1 / 0"])
def test_what_is_no_number_is_not_sent(number: str) -> None:
    told = play(f"""
        local done, problem = pcall(stage.module('plain_text').target, '/mai/x', {{ {number} }})
        stage.tell('done', done) stage.tell('problem', problem)
    """)
    assert not told["done"]
    assert told["problem"].endswith("expected a finite one.")


@pytest.mark.parametrize("word", WORDS)
def test_a_string_comes_from_the_bridge_as_it_is(word: str) -> None:
    line = write_line(OscMessage("/mai/done", (7, word, -1.0)))
    assert play(f"""
        local read = stage.module('plain_text').read_line({lua_string(line)})
        stage.tell('same', read.address == '/mai/done' and #read == 3 and read[1] == 7 and read[3] == -1
          and read[2] == {lua_string(word)})
    """)["same"]


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        None,
        True,
        -1.5e-3,
        'a"b\\c/\n\u20ac\U0001f3b8',
        {"piece": {"id": "0a", "bars": 4}, "list": [1, [2], {}]},
    ],
)
def test_json_is_read_as_it_was_written(value: object) -> None:
    for ascii_only in (True, False):
        text = json.dumps({"value": value}, ensure_ascii=ascii_only, indent=None if ascii_only else 2)
        told = play(f"stage.tell('read', stage.module('json').decode({lua_string(text)}))")
        read = told["read"]
        expected = {} if value is None else {"value": value}
        assert _lists_as_lua(read) == _lists_as_lua(expected)


@pytest.mark.parametrize("text", ["", "{", '{"a"}', '{"a":1,}', "[1,2", '"\\q"', '"open', "nope", "1 2"])
def test_what_is_no_json_is_refused(text: str) -> None:
    told = play(f"""
        local done, problem = pcall(stage.module('json').decode, {lua_string(text)})
        stage.tell('done', done) stage.tell('problem', problem)
    """)
    assert not told["done"]
    assert told["problem"].startswith("JSON is broken at character")


def _lists_as_lua(value: object) -> object:
    """Lua has one kind of table: an empty one is both a list and an object."""
    if isinstance(value, dict):
        return {key: _lists_as_lua(one) for key, one in value.items()} or []
    if isinstance(value, list):
        return [_lists_as_lua(one) for one in value]
    return value
