"""Names near to one that nobody has."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

import pytest

from bridge.library.near_names import COMPARED_NAMES, nearest_names


def refuses() -> list[str]:
    raise AssertionError("all names were read")


def beside(names: list[str]) -> Callable[[str, int], list[str]]:
    """The neighbours in a sorted list; writes nothing down."""

    def neighbours(name: str, count: int) -> list[str]:
        place = bisect_left(names, name)
        return names[max(0, place - count) : place + count]

    return neighbours


def many() -> list[str]:
    return sorted(f"Verse {n:06}" for n in range(20 * COMPARED_NAMES))


def test_of_few_names_each_is_compared() -> None:
    names = ["Bridge", "verse", "chorus"]
    assert nearest_names("kerse", len(names), lambda: names, lambda _name, _count: []) == ["verse"]
    assert nearest_names("BRIDGE", len(names), lambda: names, lambda _name, _count: []) == ["Bridge"]
    assert nearest_names("xyz", 0, list, lambda _name, _count: []) == []


@pytest.mark.parametrize("name", ["Verse 012340x", "verse 012340", "VERSE 012340"])
def test_of_many_names_those_beside_it_are_found_whichever_letters_are_capitals(name: str) -> None:
    found = nearest_names(name, 20 * COMPARED_NAMES, refuses, beside(many()))
    assert found[0] == "Verse 012340"


def test_of_many_names_no_more_are_compared_than_of_a_few() -> None:
    asked: list[str] = []
    names = many()

    def counting(name: str, count: int) -> list[str]:
        near = beside(names)(name, count)
        asked.extend(near)
        return near

    nearest_names("vErse 012340", len(names), refuses, counting)
    assert 0 < len(asked) <= COMPARED_NAMES
