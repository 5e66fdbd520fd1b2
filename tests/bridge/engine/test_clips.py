"""Clips as they come in, and as the search for their latent needs them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.doors.address import Address
from bridge.engine.clips import (
    MOST_CLIPS,
    MOST_NOTES,
    MOST_PARTS,
    BadClip,
    ClipDesk,
    clip_bars,
    clip_roll,
    longest_clip,
)
from bridge.pianoroll import Note, notes_to_roll

LIVE: Address = ("127.0.0.1", 50001)
NOTE = Note(60, 90, 0.0, 1.0)


def test_parts_come_in_any_order_and_again() -> None:
    desk = ClipDesk()
    desk.add(LIVE, 1, 2, 1, 2, [NOTE._replace(start=1.0)])
    desk.add(LIVE, 1, 2, 0, 2, [NOTE, NOTE])
    desk.add(LIVE, 1, 2, 0, 2, [NOTE])
    assert desk.take(LIVE, 1) == {2: [NOTE, NOTE._replace(start=1.0)]}
    assert desk.take(LIVE, 1) == {}


def test_what_waits_of_one_client_and_of_many_is_bounded() -> None:
    desk = ClipDesk()
    for number in range(MOST_CLIPS + 3):
        desk.add(LIVE, number, 0, 0, 1, [NOTE])
    assert [number for number in range(MOST_CLIPS + 3) if desk.take(LIVE, number)] == list(range(3, MOST_CLIPS + 3))
    desk.add(LIVE, 1, 0, 0, 2, [NOTE] * MOST_NOTES)
    with pytest.raises(BadClip, match=f"more than {MOST_NOTES} notes"):
        desk.add(LIVE, 1, 0, 1, 2, [NOTE])
    for part, parts in ((0, 0), (-1, 1), (1, 1), (0, MOST_PARTS + 1)):
        with pytest.raises(BadClip, match=f"part {part} of {parts} came"):
            desk.add(LIVE, 2, 0, part, parts, [])


def test_a_client_that_leaves_takes_its_clips_along() -> None:
    desk = ClipDesk()
    desk.add(LIVE, 1, 0, 0, 1, [NOTE])
    desk.forget(LIVE)
    assert desk.take(LIVE, 1) == {}


@pytest.mark.parametrize(("end", "bars"), [(0.0, 1), (4.0, 1), (4.0000001, 1), (4.01, 2), (512.0, 128)])
def test_a_clip_is_as_many_bars_long_as_its_last_note_reaches(band: ModelContract, end: float, bars: int) -> None:
    assert clip_bars([Note(60, 90, 0.0, end), NOTE] if end else [], band) == bars


def test_a_clip_of_more_phrases_than_a_search_should_take_is_refused(band: ModelContract) -> None:
    with pytest.raises(BadClip, match="the clip is 25000 bars long, expected at most 128: send it in shorter parts"):
        clip_bars([Note(60, 90, 99_999.0, 1.0)], band)


@pytest.mark.parametrize(("bars", "longest"), [(1, 32), (8, 256), (24, 504), (600, 600)])
def test_the_bound_is_in_whole_phrases_and_within_the_longest_piece(
    band: ModelContract, bars: int, longest: int
) -> None:
    assert longest_clip(replace(band, bars=bars)) == longest


def test_a_roll_has_each_bars_notes_and_what_is_held_over_a_bar_line(band: ModelContract) -> None:
    roll = clip_roll([Note(60, 90, 3.0, 2.0), Note(64, 90, 8.5, 0.5)], 3, band, 1)
    assert roll.shape == (3, 48, 84)
    assert np.array_equal(roll[0], notes_to_roll([Note(60, 90, 3.0, 1.0)], band, 1))
    assert np.array_equal(roll[1], notes_to_roll([Note(60, 90, 0.0, 1.0)], band, 1))
    assert np.array_equal(roll[2], notes_to_roll([Note(64, 90, 0.5, 0.5)], band, 1))


def test_a_note_played_a_little_before_the_bar_line_is_the_next_bars_first(band: ModelContract) -> None:
    roll = clip_roll([Note(60, 90, 3.99, 1.0)], 2, band, 1)
    assert not roll[0].any()
    assert roll[1, :12, 36].all()


def test_a_drum_that_rings_over_the_bar_line_is_hit_once(band: ModelContract) -> None:
    assert clip_roll([Note(36, 90, 3.5, 2.0)], 2, band, 0).sum() == 1


def test_notes_outside_the_grid_are_left_out(band: ModelContract) -> None:
    notes = [Note(0, 90, 0.0, 1.0), Note(127, 90, 0.0, 1.0), Note(60, 90, 4.0, 1.0), Note(60, 90, 90_000.0, 1.0)]
    assert not clip_roll(notes, 1, band, 1).any()
    assert not clip_roll([], 1, band, 1).any()
