"""A key of a configuration: its default, what it means, and the checks that its value has to pass."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def key(default: Any, meaning: str) -> Any:
    """A configuration key: its default, and the comment that the yaml file shows."""
    return field(default=default, metadata={"meaning": meaning})


def at_least(name: str, value: int, lowest: int) -> None:
    """Raises ValueError for a lower value of a key."""
    if value < lowest:
        raise ValueError(f"{name} is {value}, expected at least {lowest}")


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raises ValueError for a value that is no choice of a key."""
    if value not in choices:
        raise ValueError(f"{name} is {value!r}, expected one of: {', '.join(choices)}")


def only(supported: object, name: str, value: object, instead: str) -> None:
    """A key whose other values are not supported here; `instead` says why or what to do."""
    if value != supported:
        raise ValueError(f"{name} is {value!r}, expected {supported!r}: {instead}")


def agrees(name: str, value: bool, generator: str, generators: tuple[str, ...]) -> None:
    """A switch of the original's that says again what the generator's name says."""
    if value != (generator in generators):
        raise ValueError(
            f"{name} is {value} and nets.generator is {generator!r}: expected true with {' and '.join(generators)}, "
            "false with any other"
        )
