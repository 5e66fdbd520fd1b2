"""Reroll: what was asked for is new, all else stays note for note the same, whatever the bridge has played since."""

from __future__ import annotations

from tests.reaper.scene import needs_lua, notes_in_items, notes_of
from tests.reaper.served import HttpBridge

pytestmark = needs_lua

BAR = 4 * 960
REMEMBER = "stage.tell('before', { tracks = stage.picture().tracks })"


def test_one_tracks_notes_are_new_and_the_others_stay(bridge: HttpBridge) -> None:
    told = bridge.play(f"stage.run('Generate') {REMEMBER} stage.item(2).selected = true stage.run('Reroll track')")
    before = {"project": told["before"]}
    assert notes_of(told, 1) != notes_of(before, 1)
    assert [notes_of(told, track) for track in (0, 2, 3, 4)] == [notes_of(before, track) for track in (0, 2, 3, 4)]
    assert told["project"]["undo"] == ["MAIsynthesizer: generate", "MAIsynthesizer: reroll track"]
    assert told["windows"] == []


def test_one_bar_is_new_on_all_tracks_and_the_other_bars_stay(bridge: HttpBridge) -> None:
    told = bridge.play(f"stage.run('Generate') {REMEMBER} stage.cursor(4.5) stage.run('Reroll bar')")
    before = {"project": told["before"]}
    changed = 0
    for track in range(5):
        old, new = notes_of(before, track), notes_of(told, track)
        assert [note for note in new if note[0] // BAR != 2] == [note for note in old if note[0] // BAR != 2]
        changed += [note for note in new if note[0] // BAR == 2] != [note for note in old if note[0] // BAR == 2]
    assert changed >= 1


def test_an_older_phrase_comes_back_into_the_bridge_first(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.run('Generate') {REMEMBER}
        stage.cursor(8) stage.run('Generate')
        stage.item(4, 1).selected = true stage.run('Reroll track')
    """)
    before = {"project": told["before"]}
    assert notes_of(told, 3) != notes_of(before, 3)
    marks = [track["items"][0]["mark"].split()[0] for track in told["project"]["tracks"]]
    others = [track["items"][1]["mark"].split()[0] for track in told["project"]["tracks"]]
    assert len(set(marks)) == len(set(others)) == 1
    assert marks[0] != others[0], "only the items that play the older phrase play the new one"
    # The same piece plays in the bridge as in the project: the phrase was the older one, but for that track.
    sounding = bridge.ask("/mai/latent/recall", "Reaper, the phrase in hand")
    assert sounding[-1].arguments[1] == marks[0]
    assert [notes_of(told, track) for track in range(5)] == notes_in_items(sounding)


def test_after_an_undo_the_phrase_before_is_the_one_that_is_rerolled(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.run('Generate') stage.item(1).selected = true {REMEMBER}
        stage.run('Reroll track') stage.undo()
        stage.item(2).selected, stage.item(1).selected = true, false
        stage.run('Reroll track')
    """)
    before = {"project": told["before"]}
    assert notes_of(told, 1) != notes_of(before, 1)
    assert notes_of(told, 0) == notes_of(before, 0)


def test_what_is_in_the_items_is_what_plays_in_the_bridge(bridge: HttpBridge) -> None:
    told = bridge.play("""
        stage.run('Generate') stage.item(1).selected = true
        stage.run('Reroll track') stage.cursor(2) stage.run('Reroll bar') stage.run('Reroll track')
    """)
    sounding = bridge.ask("/mai/latent/recall", "Reaper, the phrase in hand")
    assert [notes_of(told, track) for track in range(5)] == notes_in_items(sounding)


def test_a_phrase_that_is_repeated_is_rerolled_in_each_repetition(bridge: HttpBridge) -> None:
    told = bridge.play("""
        stage.run('Generate')
        stage.machine.inputs = { 'round' } stage.run('Save latent')
        stage.machine.choices = { 'round' } stage.select(0, 16) stage.run('Recall latent')
        stage.cursor(10.5) stage.run('Reroll bar')
    """)
    notes = notes_of(told, 0, item=1)
    first = [note for note in notes if note[0] < 4 * BAR]
    again = [(start - 4 * BAR, end - 4 * BAR, *rest) for start, end, *rest in notes if start >= 4 * BAR]
    assert first == again
    assert first


def test_without_an_item_of_the_band_it_says_what_to_select(bridge: HttpBridge) -> None:
    told = bridge.play("stage.run('Reroll track')")
    (window,) = told["windows"]
    assert window["text"] == "Select one of the band's items, or put the edit cursor into one."
    assert window["title"] == "MAIsynthesizer: reroll track"
    assert told["project"]["undo"] == []


def test_the_item_at_the_cursor_is_meant_where_none_is_selected(bridge: HttpBridge) -> None:
    told = bridge.play(f"""
        stage.run('Generate') {REMEMBER}
        stage.cursor(1) stage.project.tracks[5].selected = true stage.run('Reroll track')
    """)
    before = {"project": told["before"]}
    changed = [track for track in range(5) if notes_of(told, track) != notes_of(before, track)]
    assert changed == [4]
