"""Locks, regenerate, undo and redo: what is left alone stays note for note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from bridge.contract import LatentLayout, ModelContract
from bridge.engine.handles import common_values
from bridge.protocol.osc_packet import OscMessage
from tests.bridge.engine.stage import STRANGER, Stage, a_stage, bars_of, error_of, notes_of

Bar = tuple[int | float | str, ...]


def by_place(messages: list[OscMessage]) -> dict[tuple[int, int], Bar]:
    """(track, bar): the notes."""
    return {(int(bar[2]), int(bar[1])): bar[6:] for bar in bars_of(messages)}


def whole(stage: Stage) -> dict[tuple[int, int], Bar]:
    """What the band plays now, of every track and bar."""
    stage.say(STRANGER, "/mai/latent/save", 90, "now")
    return by_place(stage.say(STRANGER, "/mai/latent/recall", 91, "now"))


def test_a_locked_track_stays_note_for_note_through_generate_recall_and_morph(stage: Stage) -> None:
    before = by_place(stage.say(STRANGER, "/mai/generate", 1, 1))
    stage.say(STRANGER, "/mai/latent/save", 2, "A")
    stage.say(STRANGER, "/mai/lock", 3, 2, 1)
    for request in (("/mai/generate", 4, 2), ("/mai/morph", 5, "A", 1.0), ("/mai/generate", 6, 3)):
        after = by_place(stage.say(STRANGER, *request))
        assert {place: after[place] for place in after if place[0] == 2} == {
            place: before[place] for place in before if place[0] == 2
        }
    assert any(after[place] != before[place] for place in before)
    stage.say(STRANGER, "/mai/lock", 7, 2, 0)
    assert by_place(stage.say(STRANGER, "/mai/generate", 8, 4))[2, 0] != before[2, 0]


@pytest.mark.parametrize(("track", "bar"), [(1, -1), (-1, 2), (3, 0), (-1, -1)])
def test_regenerate_changes_what_was_asked_for_and_nothing_else(stage: Stage, track: int, bar: int) -> None:
    before = by_place(stage.say(STRANGER, "/mai/generate", 1, 1))
    answer = by_place(stage.say(STRANGER, "/mai/regenerate", 2, track, bar, 9))
    asked = {place for place in before if track in (-1, place[0]) and bar in (-1, place[1])}
    assert set(answer) == asked, "only what changed is sent"
    after = whole(stage)
    assert {place: after[place] for place in before if place not in asked} == {
        place: before[place] for place in before if place not in asked
    }
    assert all(after[place] == answer[place] for place in asked)
    assert any(answer[place] != before[place] for place in asked)


def test_regenerating_everything_leaves_what_is_locked(stage: Stage) -> None:
    before = by_place(stage.say(STRANGER, "/mai/generate", 1, 1))
    stage.say(STRANGER, "/mai/lock", 2, 0, 1)
    answer = by_place(stage.say(STRANGER, "/mai/regenerate", 3, -1, -1, 9))
    assert {track for track, _ in answer} == {1, 2, 3, 4}
    assert whole(stage)[0, 1] == before[0, 1]
    assert error_of(stage.say(STRANGER, "/mai/regenerate", 4, 0, -1))[2] == "not_ready"


def test_what_cannot_be_regenerated_is_refused(stage: Stage) -> None:
    assert error_of(stage.say(STRANGER, "/mai/regenerate", 1, 0, 0))[2] == "not_ready"
    stage.say(STRANGER, "/mai/generate", 2, 1)
    assert error_of(stage.say(STRANGER, "/mai/regenerate", 3, 5, 0))[2] == "out_of_range"
    assert error_of(stage.say(STRANGER, "/mai/regenerate", 4, 0, 4))[2] == "out_of_range"


def test_undo_and_redo_go_through_all_that_was_played(stage: Stage) -> None:
    played = [notes_of(stage.say(STRANGER, "/mai/generate", seed, seed)) for seed in range(5)]
    for expected in reversed(played[:-1]):
        assert notes_of(stage.say(STRANGER, "/mai/history/undo", 10)) == expected
    assert error_of(stage.say(STRANGER, "/mai/history/undo", 11))[2] == "not_ready"
    for expected in played[1:]:
        assert notes_of(stage.say(STRANGER, "/mai/history/redo", 12)) == expected
    assert error_of(stage.say(STRANGER, "/mai/history/redo", 13))[2] == "not_ready"


def test_a_reroll_is_undone_to_the_note(stage: Stage) -> None:
    before = by_place(stage.say(STRANGER, "/mai/generate", 1, 1))
    stage.say(STRANGER, "/mai/regenerate", 2, 1, 1, 5)
    stage.say(STRANGER, "/mai/regenerate", 3, 2, -1, 6)
    stage.say(STRANGER, "/mai/history/undo", 4)
    assert by_place(stage.say(STRANGER, "/mai/history/undo", 5)) == before


def test_a_morph_gesture_is_one_step(stage: Stage) -> None:
    first = notes_of(stage.say(STRANGER, "/mai/generate", 1, 1))
    stage.say(STRANGER, "/mai/latent/save", 2, "A")
    second = notes_of(stage.say(STRANGER, "/mai/generate", 3, 2))
    stage.say(STRANGER, "/mai/latent/save", 4, "B")
    for step in range(60):
        stage.say(STRANGER, "/mai/morph", 5, "A", step / 60, "B", 1 - step / 60)
        stage.wait(0.02)
    assert notes_of(stage.say(STRANGER, "/mai/history/undo", 6)) == second
    assert notes_of(stage.say(STRANGER, "/mai/history/undo", 7)) == first


def test_ten_thousand_steps_back_and_forth_end_where_they_began(stage: Stage) -> None:
    for seed in range(20):
        last = notes_of(stage.say(STRANGER, "/mai/generate", seed, seed))
    for _ in range(500):
        for _ in range(10):
            stage.say(STRANGER, "/mai/history/undo", 1)
        for _ in range(10):
            again = notes_of(stage.say(STRANGER, "/mai/history/redo", 1))
        stage.wire.clear()
    assert again == last


def test_morphing_one_track_leaves_the_others(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 1)
    stage.say(STRANGER, "/mai/latent/save", 2, "A")
    before = by_place(stage.say(STRANGER, "/mai/generate", 3, 2))
    answer = by_place(stage.say(STRANGER, "/mai/morph/track", 4, 3, "A", 1.0))
    assert {track for track, _ in answer} == {3}
    after = whole(stage)
    assert {place for place in before if after[place] != before[place]} == set(answer)


def test_a_composed_piece_is_carried_by_the_client_and_put_back(stage: Stage) -> None:
    stage.say(STRANGER, "/mai/generate", 1, 1)
    stage.say(STRANGER, "/mai/regenerate", 2, 1, -1, 5)
    before = whole(stage)
    parts = [message for message in stage.say(STRANGER, "/mai/latent/get", 3, "now") if message.address != "/mai/done"]
    assert [message.arguments[3] for message in parts] == list(range(len(parts)))
    stage.say(STRANGER, "/mai/latent/delete", 4, "now")
    answers = [
        stage.say(STRANGER, "/mai/latent/put", 5, "back", *message.arguments[2:])
        for message in reversed(parts)  # UDP may reorder
    ]
    assert [len(answer) for answer in answers] == [0] * (len(parts) - 1) + [1]
    assert answers[-1][0].arguments == (5, "back")
    stage.say(STRANGER, "/mai/generate", 6, 8)
    assert by_place(stage.say(STRANGER, "/mai/latent/recall", 7, "back")) == before


def test_values_that_are_no_piece_are_not_put(stage: Stage) -> None:
    contract = stage.engine.contract
    answer = stage.say(STRANGER, "/mai/latent/put", 1, "bad", contract.model_hash, 0, 1, 1.0, 2.0)
    assert error_of(answer)[2] == "bad_arguments"
    assert stage.engine.library.names() == []
    answer = stage.say(STRANGER, "/mai/latent/put", 1, "bad", contract.model_hash, 3, 2, 1.0)
    assert error_of(answer)[2] == "bad_arguments"


@pytest.fixture
def grid_stage(band: ModelContract) -> Iterator[Stage]:
    """A band whose latent has a handle for every track and bar."""
    yield from a_stage(replace(band, latent=LatentLayout(song=3, bar=2, track=4, track_bar=1)))


@pytest.mark.parametrize(("track", "bar"), [(1, -1), (-1, 2), (3, 0), (-1, -1)])
def test_with_handles_too_regenerate_changes_what_was_asked_for(grid_stage: Stage, track: int, bar: int) -> None:
    test_regenerate_changes_what_was_asked_for_and_nothing_else(grid_stage, track, bar)


def test_with_handles_a_band_beside_a_locked_bass_keeps_its_harmony(grid_stage: Stage) -> None:
    grid_stage.say(STRANGER, "/mai/generate", 1, 1)
    grid_stage.say(STRANGER, "/mai/lock", 2, 3, 1)
    contract = grid_stage.engine.contract
    before = grid_stage.engine.piece
    assert before is not None
    for request in (("/mai/generate", 3, 2), ("/mai/regenerate", 4, -1, -1, 5), ("/mai/generate", 6, 7, 9)):
        grid_stage.say(STRANGER, *request)
        piece = grid_stage.engine.piece
        assert piece is not None
        assert piece.sources[piece.cell(3, 0).source] is before.sources[0]
        common = common_values(contract)
        for place in range(piece.bars):
            heard = piece.sources[piece.cell(1, place).source]
            np.testing.assert_array_equal(heard[common], before.sources[0][common])
            assert not np.array_equal(heard, before.sources[0])
