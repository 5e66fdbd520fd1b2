"""A bridge that is killed three times, and that the harness would see what a kill must not do."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import kills_lives
from benchmarks.kills_figures import Kills, report
from benchmarks.kills_latents import Delete, Left, Rename, Save, left_in, missing, next_change
from benchmarks.kills_lives import Lives

LATENTS = {"kept 1": b"one", "kept 2": b"two", "source 0": b"source"}


def test_three_kills_lose_nothing_that_was_acknowledged(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kills_lives, "SHARE_OF_EARLY_KILLS", 0.0)
    lives = Lives(tiny_model, tmp_path, seed=1, ear=None)
    lives.begin()
    for _ in range(3):
        lives.kill_one()
    lives.end()
    assert list(lives.kills.faults()) == []
    assert lives.kills.kills == 3
    assert lives.kills.acknowledged > 3
    assert "kills: 3" in "\n".join(report(lives.kills, 1.0))


def test_a_bridge_that_is_killed_while_it_starts_leaves_its_library_whole(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kills_lives, "SHARE_OF_EARLY_KILLS", 1.0)
    lives = Lives(tiny_model, tmp_path, seed=2, ear=None)
    lives.begin()
    lives.kill_one()
    lives.end()
    assert list(lives.kills.faults()) == []
    assert lives.kills.early == 1


def test_a_lost_a_changed_and_a_resurrected_latent_are_seen() -> None:
    assert missing(LATENTS, LATENTS, None) == []
    assert missing({**LATENTS, "kept 1": b"other"}, LATENTS, None) == ["kept 1"]
    assert missing({name: LATENTS[name] for name in ("kept 2", "source 0")}, LATENTS, None) == ["kept 1"]
    assert missing({**LATENTS, "kept 3": b"three"}, LATENTS, None) == ["kept 3"]


@pytest.mark.parametrize(
    "change", [Save("kept 1", b"new"), Save("kept 9", b"new"), Rename("kept 1", "kept 9"), Delete("kept 2")]
)
def test_a_change_in_doubt_may_be_made_or_not_but_whole_and_alone(change: Save | Rename | Delete) -> None:
    made = change.after(LATENTS)
    assert missing(LATENTS, LATENTS, change) == []
    assert missing(made, LATENTS, change) == []
    assert missing({**made, "more": b""}, LATENTS, change) != []
    assert missing({}, LATENTS, change) != []


def test_half_a_rename_is_seen() -> None:
    assert missing({**LATENTS, "kept 9": b"one"}, LATENTS, Rename("kept 1", "kept 9")) == ["kept 9"]


def test_a_musician_saves_renames_and_deletes_but_leaves_the_sources() -> None:
    dice, latents, kinds = random.Random(0), dict(LATENTS), Counter[type]()
    for number in range(500):
        change = next_change(dice, number, latents, b"playing")
        kinds[type(change)] += 1
        latents = dict(change.after(latents))
    assert kinds.keys() == {Save, Rename, Delete}
    assert latents["source 0"] == b"source"


def test_looking_at_a_database_leaves_it_and_its_log_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "latents.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE latents (name TEXT, latent BLOB)")
    connection.execute("INSERT INTO latents VALUES ('a', x'01')")
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert left_in(path) == Left("ok", {"a": b"\x01"})
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
    connection.close()


def test_each_promise_can_be_broken() -> None:
    assert list(Kills().faults()) == []
    assert "otherwise than acknowledged: a" in next(Kills(missing=["a"]).faults())
    assert "not whole" in next(Kills(verdicts=["row 3 missing"]).faults())
    assert "moved aside" in next(Kills(moved_aside=["x.damaged-1"]).faults())
    assert "refused" in next(Kills(refused=Counter(storage=1)).faults())
    assert "left them so" in next(Kills(with_notes=3, stuck=1).faults())
