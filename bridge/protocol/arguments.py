"""What an OSC argument may be: its kind, range and meaning, and the reading of one value."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from bridge.protocol.osc_packet import TOO_LARGE_FOR_FLOAT32

Kind = Literal["i", "f", "s"]
Value = int | float | str

_KIND_NAMES = {"i": "an integer", "f": "a number", "s": "a string"}
INT32 = (-(2**31), 2**31 - 1)


class ArgumentRefused(ValueError):
    """A value that does not fit; `code` is the protocol's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: OSC type, what it means (with its unit), and its range, both ends included."""

    kind: Kind
    meaning: str
    low: float | None = None
    high: float | None = None

    def read(self, name: str, value: Value) -> Value:
        """The value in this argument's own type. Raises ArgumentRefused, naming what came and what was expected."""
        read = self._convert(name, value)
        if isinstance(read, str):
            return read
        if (self.low is not None and read < self.low) or (self.high is not None and read > self.high):
            raise ArgumentRefused("out_of_range", f"{name} is {_shown(value)}, expected {self.range_text()}")
        return read

    def range_text(self) -> str:
        """The range in words, such as `0 to 1`; empty where there is none."""
        if self.low is None and self.high is None:
            return ""
        if self.high is None:
            return f"at least {self.low:g}"
        return f"{self.low:g} to {self.high:g}"

    def _convert(self, name: str, value: Value) -> Value:
        if self.kind == "s":
            if isinstance(value, str):
                return value
        elif not isinstance(value, str):
            if not math.isfinite(value):
                raise ArgumentRefused("bad_arguments", f"{name} is {value}, expected a finite number")
            if self.kind == "f":
                if abs(value) >= TOO_LARGE_FOR_FLOAT32:  # it could not be answered with
                    raise ArgumentRefused("out_of_range", f"{name} is {value:g}, expected a 32-bit float")
                return float(value)
            if value == int(value):
                whole = int(value)
                if not INT32[0] <= whole <= INT32[1]:
                    raise ArgumentRefused("out_of_range", f"{name} is {whole}, expected a 32-bit integer")
                return whole
        raise ArgumentRefused("bad_arguments", f"{name} is {_shown(value)}, expected {_KIND_NAMES[self.kind]}")


def argument(kind: Kind, meaning: str, low: float | None = None, high: float | None = None, default: Any = ...) -> Any:
    """A dataclass field that is an OSC argument; with a default it is optional."""
    metadata = {"argument": Argument(kind, meaning, low, high)}
    if default is ...:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


def group(meaning: str, at_least: int, **arguments: Argument) -> Any:
    """A dataclass field that takes all remaining arguments in groups, such as (name, weight) pairs."""
    return field(default=(), metadata={"group": Group(meaning, at_least, tuple(arguments.items()))})


@dataclass(frozen=True, slots=True)
class Group:
    """Arguments that repeat to the end of the message, at least `at_least` times."""

    meaning: str
    at_least: int
    arguments: tuple[tuple[str, Argument], ...]

    def read(self, values: tuple[Value, ...]) -> tuple[tuple[Value, ...], ...]:
        """The groups as tuples. Raises ArgumentRefused."""
        size = len(self.arguments)
        names = ", ".join(name for name, _ in self.arguments)
        if len(values) % size or len(values) // size < self.at_least:
            raise ArgumentRefused(
                "bad_arguments",
                f"{len(values)} arguments came for ({names}), expected at least {self.at_least} x {size} of them",
            )
        return tuple(
            tuple(
                argument.read(f"{name}[{start // size}]", values[start + place])
                for place, (name, argument) in enumerate(self.arguments)
            )
            for start in range(0, len(values), size)
        )


def _shown(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
