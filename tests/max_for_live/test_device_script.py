"""The device's scripts and its wiring, run in Node in virtual time, and the dialect they are written in."""

from __future__ import annotations

from pathlib import Path

import pytest

from max_for_live.scripts import DEVICE_SCRIPT, PAD_SCRIPT, scripts
from tests.max_for_live.node import HERE, needs_node, run_node

pytestmark = needs_node

# Node carries the acorn parser within itself; Max's js object reads nothing newer than ECMAScript 5.
PARSE_ES5 = """
const { parse } = require('internal/deps/acorn/acorn/dist/acorn');
parse(require('fs').readFileSync(process.argv[1], 'utf8'), { ecmaVersion: 5 });
"""


@pytest.mark.parametrize("tests", sorted(path.name for path in HERE.glob("*.test.js")))
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


@pytest.mark.parametrize("name", [DEVICE_SCRIPT, PAD_SCRIPT])
def test_a_script_is_ecmascript_5(tmp_path: Path, name: str) -> None:
    script = tmp_path / name
    script.write_text(scripts()[name], encoding="utf-8")
    assert parse_es5(script) == ""


@pytest.mark.parametrize("line", ["let a = 1;", "var f = (a) => a;", "var t = `text`;", "class A {}"])
def test_a_newer_line_would_be_found(tmp_path: Path, line: str) -> None:
    newer = tmp_path / "newer.js"
    newer.write_text(scripts()[DEVICE_SCRIPT] + line, encoding="utf-8")
    assert "SyntaxError" in parse_es5(newer)


@pytest.mark.parametrize("name", [DEVICE_SCRIPT, PAD_SCRIPT])
@pytest.mark.parametrize("wrong", ["outlet.apply", "setTimeout", "console.", "require(", "JSON.", "Date.now", "Array("])
def test_what_the_js_object_lacks_or_crashes_at_is_not_used(name: str, wrong: str) -> None:
    code = "\n".join(line.split("//")[0] for line in scripts()[name].splitlines())
    assert wrong not in code
