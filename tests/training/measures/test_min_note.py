"""min_note on cells is the bridge's min_note on notes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.contract import LatentLayout, ModelContract, TrackSpec
from bridge.pianoroll import notes_to_roll, roll_to_notes
from bridge.playing.chain import play_bar
from bridge.playing.style import Style
from training.measures.min_note import dilated, eroded, steps_of, with_min_note

Cells = NDArray[np.bool_]
STEPS = 12
CONTRACT = ModelContract(
    name="two", model_hash="", bars=2, beats_per_bar=4, steps_per_beat=STEPS, lowest_pitch=40, pitches=6,
    tracks=(TrackSpec("Drums", 0, True, 9), TrackSpec("Piano", 0, False, 0)), latent=LatentLayout(song=1),
    value_range=(0.0, 1.0), threshold=0.5, tempo=100.0, licence="", data_statement="",
)  # fmt: skip


def bar(text: str) -> Cells:
    """One bar of one pitch of two equal tracks, the first of them drums: # sounds."""
    row = np.array([letter == "#" for letter in text])
    return np.repeat(row[None, None, :, None, None], 2, axis=4)


def heard(cells: Cells, track: int = 1) -> list[str]:
    """The bars of one pitch as text."""
    return ["".join("#" if cell else "." for cell in row) for row in cells[0, :, :, 0, track]]


@pytest.mark.parametrize(
    ("min_note", "before", "after"),
    [
        (0.5, "#.#.#.#.........", "#######........."),  # joined, then long enough
        (0.5, "##..##..##......", "##..##..##......"),  # a gap as long as min_note stays
        (0.5, "#...............", "................"),
        (0.5, "...............#", "................"),
        (0.5, ".##..#..#.#....#", ".##.....###....."),
        (1.0, ".##..#..#.#....#", ".##########....."[:11] + "....."),
        (0.25, "#.#.#.#.........", "#.#.#.#........."),  # a single step of these is as long
        (4.0, "#.#.#.#.#.#.#.##", "################"),
        (4.0, ".###############", "................"),
    ],
)
def test_fragments_are_joined_and_what_stays_short_is_left_out(min_note: float, before: str, after: str) -> None:
    cells = bar(before)
    assert heard(with_min_note(cells, min_note, (0,))) == [after]
    assert heard(cells) == [before]  # what came is not touched


def test_drums_stay_as_they_are_and_at_0_everything_does() -> None:
    cells = bar("#.#.....#.......")
    assert heard(with_min_note(cells, 1.0, (0,)), track=0) == heard(cells)
    assert heard(with_min_note(cells, 1.0, ()), track=0) == ["................"]
    assert np.array_equal(with_min_note(cells, 0.0, (0,)), cells)


def test_a_min_note_longer_than_the_bar_leaves_the_drums_alone() -> None:
    short = np.ones((1, 1, 8, 1, 2), dtype=np.bool_)
    assert with_min_note(short, 4.5, (0,))[..., 0].all()
    assert not with_min_note(short, 4.5, (0,))[..., 1].any()


def test_a_bar_line_ends_a_note() -> None:
    two = np.concatenate([bar("...............#"), bar("#...............")], axis=1)
    assert heard(with_min_note(two, 0.5, (0,))) == ["................"] * 2


@pytest.mark.parametrize("min_note", [0.0, 1 / 12, float(np.float32(1 / 6)), 0.125, 0.25, 1.0, 2.5, 4.0])
def test_it_is_what_the_bridge_plays(min_note: float) -> None:
    cells = np.random.default_rng(3).random((6, 2, 4 * STEPS, 6, 2)) < 0.6
    found = with_min_note(cells, min_note, (0,))
    style = replace(Style(), min_note=min_note)
    for phrase, roll in enumerate(cells):
        for number, one in enumerate(roll):
            activations = np.moveaxis(one, 2, 0).astype(np.float32)
            for track, notes in enumerate(play_bar(activations, CONTRACT, style, 0)):
                expected = notes_to_roll(notes, CONTRACT, track)
                assert np.array_equal(found[phrase, number, :, :, track], expected), (phrase, number, track)
                if track:
                    assert len(roll_to_notes(expected, CONTRACT, track)) == len(notes)


def test_steps_are_counted_as_the_bridge_counts_beats() -> None:
    assert [steps_of(beats, 48) for beats in (0.0, 1 / 12, 0.125, 1 / 6, 0.25, 4.0)] == [0, 1, 2, 2, 3, 48]
    assert steps_of(float(np.float32(1 / 12)), 48) == 1  # a hair longer as float32


def test_longer_and_shorter_again_closes_gaps_and_the_other_way_round_drops_notes() -> None:
    cells = bar("#..#....##......")
    assert heard(eroded(dilated(cells, 3), 3)) == ["####....##......"]
    assert heard(dilated(eroded(cells, 2), 2)) == ["........##......"]
