"""The targets by name. Each is a module with `target(data)`, which raises where there is a bug, and `seeds()`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent / "cases"

# Each with the modules that it leads through: coverage is measured in them.
INSTRUMENTED: dict[str, tuple[str, ...]] = {
    "datagrams": ("bridge.protocol", "bridge.doors.inbox"),
    "contracts": ("bridge.contract", "bridge.model_files"),
    "model_files": ("bridge.contract", "bridge.model_files"),
    "midi_files": ("training.collecting", "training.data"),
    "songs": ("training.collecting", "training.data"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """`run` takes any bytes; it returns whether they were read or refused, and raises only where there is a bug."""

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]  # valid input of every kind, to begin from


def load(name: str) -> Target:
    """The target of that name, imported only now: a fuzzer has to be at work before. Raises KeyError."""
    if name not in INSTRUMENTED:
        raise KeyError(f"there is no target {name!r}, expected one of: {', '.join(INSTRUMENTED)}")
    module = importlib.import_module(f"tests.fuzz.{name}")
    return Target(name, module.target, module.seeds)


def kept_cases(name: str) -> list[Path]:
    """The inputs that once found something, or lead somewhere that no other does."""
    return sorted(path for path in (CASES / name).glob("*") if path.is_file())
