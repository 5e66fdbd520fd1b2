"""A file that comes from elsewhere is read, never run: checkpoints, arrays, settings, models."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bridge", "training", "export", "max_for_live", "reaper")

# Calls that run what a file holds, unless they are given the argument that forbids it.
NEEDED = {"torch.load": ("weights_only", True)}
FORBIDDING = {"np.load": ("allow_pickle", False), "numpy.load": ("allow_pickle", False)}  # what it is by default too
NEVER = {
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.load", "marshal.loads", "shelve.open"),
    *("joblib.load", "dill.load", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "torch.jit.load"),
    *("torch.hub.load", "torch.package.PackageImporter"),
    *("eval", "exec", "os.system", "runpy.run_path", "__import__"),
}  # fmt: skip
NEVER_NAMED = ("register_custom_ops_library", "load_config_from_model", "add_session_config_entry_from_model")


def calls(text: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a program, under the dotted name by which it is made."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def keyword(call: ast.Call, name: str) -> object:
    """The constant that is given under this name; None where there is none."""
    return next((ast.literal_eval(one.value) for one in call.keywords if one.arg == name), None)


def faults(text: str) -> list[str]:
    """What in a program would run what a file holds."""
    found = [f"{name} is named" for name in NEVER_NAMED if name in text]
    for name, call in calls(text):
        if name in NEVER:
            found.append(f"line {call.lineno} calls {name}")
        if name in NEEDED and keyword(call, NEEDED[name][0]) is not NEEDED[name][1]:
            found.append(f"line {call.lineno} calls {name} without {NEEDED[name][0]}={NEEDED[name][1]}")
        if name in FORBIDDING and keyword(call, FORBIDDING[name][0]) not in (None, FORBIDDING[name][1]):
            found.append(f"line {call.lineno} calls {name} with {FORBIDDING[name][0]}")
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_runs_what_a_file_holds(room: str) -> None:
    for path in sorted((ROOT / room).rglob("*.py")):
        assert faults(path.read_text(encoding="utf-8")) == [], path


def test_checkpoints_are_loaded_with_weights_only() -> None:
    """Else the test above would pass for a room that loads none, or loads them by another name."""
    loads = [
        (path.name, keyword(call, "weights_only"))
        for path in (ROOT / "training").rglob("*.py")
        for name, call in calls(path.read_text(encoding="utf-8"))
        if name == "torch.load"
    ]
    assert ("checkpoint.py", True) in loads
    assert all(only is True for _, only in loads)
    for path in (ROOT / "training").rglob("*.py"):
        assert "from torch import load" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    "line",
    [
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "pickle.loads(data)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text, yaml.Loader)",
        "eval(text)",
        "options.register_custom_ops_library(path)",
    ],
)
def test_such_a_line_would_be_found(line: str) -> None:
    assert len(faults(line)) == 1
    assert faults("torch.load(path, weights_only=True); np.load(path); np.load(path, allow_pickle=False)") == []
