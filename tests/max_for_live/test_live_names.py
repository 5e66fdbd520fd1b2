"""Every name of Live's object model that the script uses is one that Ableton's published stubs have."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path

import pytest

from tests.max_for_live.node import needs_node, run_node

pytestmark = needs_node

# Max shows these with a name or in a way of its own; Max's own documentation has them.
_OF_MAX_ALONE = {
    ("Song", "get", "view"),
}
Members = tuple[set[str], set[str], list[str]]  # properties, methods, base classes


@pytest.fixture(scope="module")
def classes() -> dict[str, Members]:
    """What the stubs say of each class."""
    found = importlib.util.find_spec("Live-stubs")
    if found is None or not found.submodule_search_locations:
        pytest.skip("no test of Live's names: ableton-live-stubs is not installed")
    known: dict[str, Members] = {}
    for file in Path(next(iter(found.submodule_search_locations))).rglob("*.pyi"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                _collect(node, "", known)
    return known


def _collect(node: ast.ClassDef, outer: str, known: dict[str, Members]) -> None:
    properties: set[str] = set()
    methods: set[str] = set()
    for member in node.body:
        if isinstance(member, ast.ClassDef):
            _collect(member, f"{outer}{node.name}.", known)
        elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            properties.add(member.target.id)
        elif isinstance(member, ast.FunctionDef):
            (properties if member.decorator_list else methods).add(member.name)
    bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
    known[f"{outer}{node.name}"] = (properties, methods, bases)


def has(classes: dict[str, Members], of: str, kind: str, name: str) -> bool:
    properties, methods, bases = classes[of]
    if kind == "call":
        here = name in methods
    elif kind == "observe":
        here = name in properties and f"add_{name}_listener" in methods
    else:
        here = name in properties
    return here or any(has(classes, base, kind, name) for base in bases if base in classes)


@pytest.fixture(scope="module")
def uses() -> list[tuple[str, str, str]]:
    """What the device asked of a fake Live that has all it needs: class, kind and name."""
    ran = run_node("live_uses.js")
    assert ran.returncode == 0, ran.stderr
    return [(of, kind, name) for of, kind, name in (use.split(" ") for use in json.loads(ran.stdout))]


def test_every_name_is_in_the_published_stubs(classes: dict[str, Members], uses: list[tuple[str, str, str]]) -> None:
    assert {("ClipSlot", "call", "create_clip"), ("Clip", "call", "add_new_notes")} <= set(uses)
    unknown = [use for use in uses if use not in _OF_MAX_ALONE and not has(classes, *use)]
    assert unknown == []


@pytest.mark.parametrize(
    "use",
    [
        ("Clip", "call", "add_notes"), ("Song", "observe", "bpm"), ("Track", "get", "clips"),
        ("Song", "observe", "tempo_"), ("ClipSlot", "call", "has_clip"),
    ],
)  # fmt: skip
def test_a_wrong_name_would_be_found(classes: dict[str, Members], use: tuple[str, str, str]) -> None:
    assert not has(classes, *use)
