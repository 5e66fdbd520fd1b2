"""Long lists in parts: whole when the last has come, and never more waiting than there is room for."""

from __future__ import annotations

import random

import pytest

from bridge.engine import parcels as rooms
from bridge.engine.parcels import BadParcel, Parcels

ONE, OTHER = ("127.0.0.1", 9000), ("127.0.0.1", 9001)


def test_a_list_is_whole_when_its_last_part_has_come_in_whatever_order() -> None:
    parcels = Parcels()
    assert parcels.add(ONE, 1, 2, 3, [5.0]) is None
    assert parcels.add(ONE, 1, 0, 3, [1.0, 2.0]) is None
    assert parcels.add(ONE, 1, 1, 3, [3.0, 4.0]) == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_part_that_comes_again_takes_the_place_of_the_first() -> None:
    parcels = Parcels()
    parcels.add(ONE, 1, 0, 2, [1.0, 2.0])
    parcels.add(ONE, 1, 0, 2, [3.0])
    assert parcels.add(ONE, 1, 1, 2, [4.0]) == [3.0, 4.0]


def test_two_clients_with_the_same_number_are_told_apart() -> None:
    parcels = Parcels()
    parcels.add(ONE, 1, 0, 2, [1.0])
    parcels.add(OTHER, 1, 0, 2, [2.0])
    assert parcels.add(ONE, 1, 1, 2, [3.0]) == [1.0, 3.0]
    assert parcels.add(OTHER, 1, 1, 2, [4.0]) == [2.0, 4.0]


@pytest.mark.parametrize(("part", "parts"), [(0, 0), (-1, 2), (2, 2), (0, rooms.MOST_PARTS + 1)])
def test_a_part_of_no_list_is_refused(part: int, parts: int) -> None:
    with pytest.raises(BadParcel, match=f"part {part} of {parts}"):
        Parcels().add(ONE, 1, part, parts, [1.0])


def test_of_too_many_lists_the_oldest_is_dropped() -> None:
    parcels = Parcels()
    for number in range(rooms.MOST_PARCELS + 1):
        parcels.add(ONE, number, 0, 2, [float(number)])
    assert parcels.add(ONE, 0, 1, 2, [9.0]) is None, "its first part is gone"
    assert parcels.add(ONE, 5, 1, 2, [9.0]) == [5.0, 9.0]


def test_what_waits_never_counts_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """However parts come, come again, come whole or are forgotten: the count stays that of what is there."""
    monkeypatch.setattr(rooms, "MOST_VALUES", 60)
    chance, parcels = random.Random(3), Parcels()
    for _ in range(3000):
        source, number = chance.choice((ONE, OTHER)), chance.randrange(6)
        if chance.random() < 0.01:
            parcels.forget(source)
        parts = chance.randrange(1, 5)
        parcels.add(source, number, chance.randrange(parts), parts, [0.0] * chance.randrange(12))
        there = sum(len(values) for found in parcels._parts.values() for values in found.values())
        assert parcels._waiting == there <= 60


def test_one_list_larger_than_all_room_is_dropped_and_the_next_has_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MOST_VALUES", 10)
    parcels = Parcels()
    assert parcels.add(ONE, 1, 0, 2, [0.0] * 11) is None
    assert parcels._parts == {}
    parcels.add(ONE, 2, 0, 2, [1.0] * 9)
    assert parcels.add(ONE, 2, 1, 2, [2.0]) == [*[1.0] * 9, 2.0]
