"""Undo and redo: as a plain list with a cursor would, without a disk."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.library import MAX_UNDO_STEPS, History, HistoryEntry
from tests.bridge.library.examples import an_entry, number_of
from tests.bridge.library.plain_history import PlainHistory, contents, step


def pushed(count: int) -> History:
    history = History()
    for number in range(count):
        history.push(an_entry(number))
    return history


def test_an_empty_history_has_nothing_to_undo_or_redo() -> None:
    history = History()
    assert history.current is None
    assert history.undo() is None
    assert history.redo() is None
    assert (history.undo_steps, history.redo_steps) == (0, 0)


def test_the_first_thing_played_cannot_be_undone() -> None:
    history = pushed(1)
    assert history.undo() is None
    assert number_of(history.current) == 0


def test_undo_goes_back_and_redo_goes_forth_again() -> None:
    history = pushed(4)
    assert [number_of(history.undo()) for _ in range(4)] == [2, 1, 0, None]
    assert (history.undo_steps, history.redo_steps) == (0, 3)
    assert [number_of(history.redo()) for _ in range(4)] == [1, 2, 3, None]
    assert number_of(history.current) == 3


def test_playing_something_new_drops_what_was_undone() -> None:
    history = pushed(4)
    history.undo()
    history.undo()
    history.push(an_entry(9))
    assert history.redo() is None
    assert [number_of(history.undo()) for _ in range(3)] == [1, 0, None]
    assert [number_of(history.redo()) for _ in range(3)] == [1, 9, None]


def test_a_thousand_steps_can_be_undone_and_older_ones_are_forgotten() -> None:
    history = pushed(MAX_UNDO_STEPS + 1)
    assert history.undo_steps == MAX_UNDO_STEPS == 1000
    history.push(an_entry(5000))
    assert history.undo_steps == MAX_UNDO_STEPS
    steps = [number_of(history.undo()) for _ in range(MAX_UNDO_STEPS + 1)]
    assert steps == [*range(MAX_UNDO_STEPS, 0, -1), None]


def test_an_entry_comes_back_with_all_that_it_was_pushed_with() -> None:
    entry = HistoryEntry(np.array([0.1, -0.0, 3e38], dtype=np.float32), "cd" * 32, "morph", 1_700_000_000.5)
    history = History()
    history.push(entry)
    history.push(an_entry(1))
    heard = history.undo()
    assert heard is not None
    assert (heard.model_hash, heard.label, heard.played_at) == (entry.model_hash, entry.label, entry.played_at)
    assert heard.values.tobytes() == entry.values.tobytes()


def test_the_history_keeps_what_was_pushed_whatever_becomes_of_the_array() -> None:
    values = np.zeros(5, dtype=np.float32)
    history = History()
    history.push(replace(an_entry(0), values=values))
    values[:] = 7
    assert history.current is not None
    assert not history.current.values.any()
    with pytest.raises(ValueError, match="read-only"):
        history.current.values[0] = 1


@pytest.mark.parametrize(
    "bad",
    [
        {"values": np.zeros((2, 3), dtype=np.float32)},
        {"played_at": math.nan},
        {"played_at": math.inf},
        {"label": ""},
        {"label": "a\nb"},
        {"model_hash": "\ud800"},
    ],
)
def test_what_no_file_could_hold_is_refused_at_once(bad: dict[str, object]) -> None:
    history = pushed(2)
    with pytest.raises(ValueError, match=r"expected|leave it out"):
        history.push(replace(an_entry(9), **bad))  # type: ignore[arg-type]
    assert contents(history) == ([0, 1], 2)


def test_every_change_is_told_and_what_changes_nothing_is_not() -> None:
    calls: list[None] = []
    history = History(changed=lambda: calls.append(None))
    history.push(an_entry(1))
    history.push(an_entry(2))
    history.undo()
    history.redo()
    assert len(calls) == 4
    history.redo()
    history.undo()
    history.undo()
    assert len(calls) == 5


ACTIONS = st.lists(st.sampled_from(["push", "push", "undo", "redo"]), max_size=60)


@given(earlier=st.integers(0, 5), undone=st.integers(0, 5), actions=ACTIONS)
@settings(max_examples=150, deadline=None)
def test_any_steps_do_what_a_plain_list_does(earlier: int, undone: int, actions: list[str]) -> None:
    undone = min(undone, max(0, earlier - 1))
    entries = [an_entry(number) for number in range(earlier)]
    history = History(entries[: earlier - undone], entries[earlier - undone :])
    plain = PlainHistory(list(range(earlier)), earlier - undone)
    for number, action in enumerate(actions, 100):
        step(history, plain, action, number)
    assert contents(history) == (plain.numbers, plain.played)
