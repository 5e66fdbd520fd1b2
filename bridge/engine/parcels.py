"""Long lists of numbers that come in numbered parts (/mai/latent/put)."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.doors.address import Address, sender

MOST_PARCELS = 64
MOST_VALUES = 2_000_000  # that wait in all of them
MOST_PARTS = 2000


class BadParcel(ValueError):
    """A part that belongs to no list; the message says what came and what was expected."""


class Parcels:
    """By sender and request number. One thread uses it."""

    def __init__(self) -> None:
        self._parts: dict[tuple[Address, int], dict[int, Sequence[float]]] = {}
        self._waiting = 0  # values of them all: counted anew at each part, a flood of parts would take ever longer

    def add(
        self, source: Address, request_id: int, part: int, parts: int, values: Sequence[float]
    ) -> list[float] | None:
        """Take a part, in any order; the whole list when it was the last one missing. Raises BadParcel."""
        if not 1 <= parts <= MOST_PARTS or not 0 <= part < parts:
            raise BadParcel(f"part {part} of {parts} came, expected 0 to {parts - 1} of at most {MOST_PARTS}")
        key = (sender(source), request_id)
        found = self._parts.setdefault(key, {})
        self._waiting += len(values) - len(found.get(part, ()))
        found[part] = values
        if len(found) < parts:
            while len(self._parts) > MOST_PARCELS or self._waiting > MOST_VALUES:  # the oldest: it never came whole
                self._drop(next(iter(self._parts)))
            return None
        self._drop(key)
        return [value for number in range(parts) for value in found.get(number, ())]

    def forget(self, source: Address) -> None:
        """A client has gone."""
        for key in [key for key in self._parts if key[0] == source]:
            self._drop(key)

    def _drop(self, key: tuple[Address, int]) -> None:
        self._waiting -= sum(len(values) for values in self._parts.pop(key).values())
