"""Generate: five items on named tracks, in time, in one undo point."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.reaper.scene import TICKS, needs_lua, notes_in_items, notes_of
from tests.reaper.served import HttpBridge

pytestmark = needs_lua

BAND = ["Drums", "Piano", "Guitar", "Bass", "Strings"]


def seed_of(told: dict[str, Any], number: int = 0) -> int:
    """What the action drew: the second argument of the request as it stands on curl's command line."""
    asked = [command for command in told["commands"] if "/mai/generate" in command]
    return int(asked[number].rpartition("=")[2].split(",")[1])


def the_bridges_notes(bridge: HttpBridge, seed: int, bars: int) -> list[list[tuple[int, ...]]]:
    """For each track, what the same request brings over UDP, as notes in an item from beat 0 on."""
    return notes_in_items(bridge.ask("/mai/generate", seed, bars))


def test_at_the_cursor_it_writes_the_bands_phrase_as_five_items_on_named_tracks(bridge: HttpBridge) -> None:
    told = bridge.play("stage.cursor(4) stage.run('Generate')")
    tracks = told["project"]["tracks"]
    assert [track["name"] for track in tracks] == BAND
    for track in tracks:
        (item,) = track["items"]
        assert (item["start"], item["length"]) == (4.0, 8.0), "four bars of 2 s at 120 beats a minute"
        assert item["name"].startswith(track["name"])
    assert [notes_of(told, track) for track in range(5)] == the_bridges_notes(bridge, seed_of(told), 4)
    assert told["windows"] == []


def test_it_is_one_undo_point_and_undo_takes_all_of_it_back(bridge: HttpBridge) -> None:
    told = bridge.play("stage.run('Generate') stage.tell('undo', stage.picture().undo) stage.undo()")
    assert told["undo"] == ["MAIsynthesizer: generate"]
    assert told["project"]["tracks"] == []


def test_a_time_selection_is_filled_exactly(bridge: HttpBridge) -> None:
    told = bridge.play("stage.select(2, 14) stage.run('Generate')")
    assert [(item["start"], item["length"]) for item in told["project"]["tracks"][3]["items"]] == [(2.0, 12.0)]
    assert [notes_of(told, track) for track in range(5)] == the_bridges_notes(bridge, seed_of(told), 6)


def test_a_selection_that_begins_and_ends_within_bars_keeps_the_music_on_the_bar_lines(bridge: HttpBridge) -> None:
    told = bridge.play("stage.select(1, 5) stage.run('Generate')")  # bars 1 to 3, from beat 2 to beat 10
    whole = the_bridges_notes(bridge, seed_of(told), 3)
    first, last = 2 * TICKS, 10 * TICKS
    for track in range(5):
        expected = sorted(
            (start - first, min(end, last) - first, *rest)
            for start, end, *rest in whole[track]
            if first <= start < last
        )
        assert notes_of(told, track) == expected


def test_a_cursor_within_a_bar_waits_for_the_next_bar_line(bridge: HttpBridge) -> None:
    told = bridge.play("stage.cursor(4.5) stage.run('Generate')")
    assert told["project"]["tracks"][0]["items"][0]["start"] == 6.0


def test_tracks_that_are_there_are_used_again_whatever_their_place_and_case(bridge: HttpBridge) -> None:
    told = bridge.play("""
        stage.run('Generate')
        table.insert(stage.project.tracks, 1, table.remove(stage.project.tracks, 4))
        stage.project.tracks[2].texts.P_NAME = 'DRUMS'
        stage.cursor(8) stage.run('Generate')
    """)
    tracks = told["project"]["tracks"]
    assert [track["name"] for track in tracks] == ["Bass", "DRUMS", "Piano", "Guitar", "Strings"]
    assert [len(track["items"]) for track in tracks] == [2] * 5


def test_the_same_place_again_puts_new_notes_into_the_same_items(bridge: HttpBridge) -> None:
    told = bridge.play("stage.select(0, 8) stage.run('Generate') stage.run('Generate')")
    assert [len(track["items"]) for track in told["project"]["tracks"]] == [1] * 5
    assert [notes_of(told, track) for track in range(5)] == the_bridges_notes(bridge, seed_of(told, 1), 4)


def test_items_of_the_musicians_own_are_left_alone(bridge: HttpBridge) -> None:
    told = bridge.play("""
        stage.select(0, 8) stage.run('Generate')
        stage.item(1).texts = {}
        stage.run('Generate')
    """)
    assert [len(track["items"]) for track in told["project"]["tracks"]] == [2, 1, 1, 1, 1]


def test_other_metres_cut_and_repeat_bars_as_the_bridges_stream_does(bridge: HttpBridge) -> None:
    told = bridge.play("""
        stage.tempo({ { bars = 1, bpm = 120, numerator = 3, denominator = 4 },
                      { bars = 1, bpm = 90, numerator = 7, denominator = 8 },
                      { bpm = 60, numerator = 5, denominator = 4 } })
        stage.run('Generate')
    """)
    lines = [0.0, 3.0, 6.5, 11.5, 16.5]
    model = the_bridges_notes(bridge, seed_of(told), 4)
    for track in range(5):
        expected = []
        for bar, (line, next_line) in enumerate(pairwise(lines)):
            within = [note for note in model[track] if bar * 4 * TICKS <= note[0] < (bar + 1) * 4 * TICKS]
            for again in (0, 4):
                for start, end, *rest in within:
                    at = start / TICKS - 4 * bar + again + line
                    if at < next_line - 1e-6:
                        until = min(at + (end - start) / TICKS, next_line)
                        expected.append((round(at * TICKS), round(until * TICKS), *rest))
        got = notes_of(told, track)
        assert [note[2:] for note in got] == [note[2:] for note in sorted(expected)]
        for note, other in zip(got, sorted(expected), strict=True):
            assert note[:2] == pytest.approx(other[:2], abs=1)


def test_a_long_selection_is_one_long_piece(bridge: HttpBridge) -> None:
    told = bridge.play("stage.select(0, 48) stage.run('Generate')")
    bars = {note[0] // (4 * TICKS) for note in notes_of(told, 0)}
    assert bars == set(range(24))
