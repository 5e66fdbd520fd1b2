"""The device's script and its wiring, run in Node: alone, whole in virtual time, and whole against a real bridge."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bridge.doors.client import BridgeClient, bar_notes
from tests.max_for_live.node import needs_node, run_node
from tests.peers.bridge_process import serve

pytestmark = needs_node

SCRIPT = Path(__file__).parents[2] / "max_for_live" / "device.js"
# Node carries the acorn parser within itself; Max's js object reads nothing newer than ECMAScript 5.
PARSE_ES5 = """
const { parse } = require('internal/deps/acorn/acorn/dist/acorn');
parse(require('fs').readFileSync(process.argv[1], 'utf8'), { ecmaVersion: 5 });
"""


@pytest.mark.parametrize("tests", ["device.test.js", "patch.test.js"])
def test_the_node_tests_pass(tests: str) -> None:
    ran = run_node("--test", tests)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def parse_es5(script: Path) -> str:
    """The parser's complaint; "" where it has none. Skips where this node keeps no parser."""
    ran = run_node("--expose-internals", "-e", PARSE_ES5, str(script))
    if "internal/deps/acorn" in ran.stderr and "Cannot find module" in ran.stderr:
        pytest.skip("no ES5 test: this node has no acorn inside")
    assert ran.returncode == 0 or "SyntaxError" in ran.stderr, ran.stderr
    return ran.stderr


def test_the_script_is_ecmascript_5() -> None:
    assert parse_es5(SCRIPT) == ""


@pytest.mark.parametrize("line", ["let a = 1;", "var f = (a) => a;", "var t = `text`;", "class A {}"])
def test_a_newer_line_would_be_found(tmp_path: Path, line: str) -> None:
    newer = tmp_path / "newer.js"
    newer.write_text(SCRIPT.read_text(encoding="utf-8") + line, encoding="utf-8")
    assert "SyntaxError" in parse_es5(newer)


def test_the_device_plays_what_a_real_bridge_generates(tiny_model: Path, tmp_path: Path) -> None:
    with serve(tiny_model, tmp_path / "library.sqlite") as bridge, BridgeClient(bridge.address) as client:
        client.request("/mai/hello", "witness", client.port)
        client.request("/mai/set", "threshold", 0.6)
        ran = run_node("play_with_bridge.js", str(bridge.port))
        heard = json.loads(ran.stdout)
        assert "failure" not in heard, heard
        bars = [message for message in client.receive(0.5) if message.address == "/mai/bar"]
        assert bridge.stop() == 0
    # The witness did not ask: it hears the device's phrase under the id -1.
    assert {message.arguments[0] for message in bars} == {-1}
    drums = [bar_notes(message)[2] for message in bars if message.arguments[2] == 0]
    written = Counter(note.pitch for notes in drums for note in notes)
    ons = Counter(event["pitch"] for event in heard["midi"] if event["velocity"] > 0)
    offs = Counter(event["pitch"] for event in heard["midi"] if event["velocity"] == 0)
    assert written.total() > 0
    assert ons == written
    assert offs == written
    assert sorted(heard["face"]) == ["Drums", "a new phrase"]
