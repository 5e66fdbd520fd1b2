"""A bridge that is killed at any moment: what was acknowledged is there, what was on its way is whole or not there."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from bridge.clock import now
from bridge.library import LatentLibrary
from bridge.library.history_table import read_history
from bridge.library.settings_store import read_settings
from bridge.library.sqlite_file import connect_existing
from tests.bridge.library.busy_library import history_actions, latent_of, name_of
from tests.bridge.library.examples import assert_same
from tests.bridge.library.plain_history import PlainHistory, contents

REPOSITORY = Path(__file__).resolve().parents[3]
KILLS = 15
LONG_LIVES = (5, 11)  # these live for longer than what may be lost
MAY_BE_LOST_SECONDS = 1.0  # of settings and history


@dataclass
class Life:
    """What a program acknowledged until it was killed: the numbers of its steps, and when each was done."""

    first: int
    seed: int
    killed_at: float
    done: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    def numbers(self, what: str) -> list[int]:
        return [number for number, _ in self.done.get(what, [])]

    def must_be_there(self, what: str) -> int | None:
        """The newest that was done so early that it may not be lost; None: nothing was."""
        early = [number for number, at in self.done.get(what, []) if at < self.killed_at - MAY_BE_LOST_SECONDS]
        return early[-1] if early else None


def live_and_be_killed(path: Path, acknowledgements: Path, seed: int, first: int, seconds: float) -> Life:
    command = [sys.executable, "-m", "tests.bridge.library.busy_library"]
    arguments = [str(path), str(acknowledgements), str(seed), str(first)]
    with subprocess.Popen([*command, *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        killed_at = now()
        process.kill()  # SIGKILL: no handler, no clean-up
    assert process.returncode != 0
    life = Life(first, seed, killed_at)
    for line in acknowledgements.read_text(encoding="ascii").splitlines(keepends=True):
        if line.endswith("\n"):
            what, number, at = line.split()
            life.done.setdefault(what, []).append((int(number), float(at)))
    return life


def moments_of(life: Life, before: PlainHistory) -> Iterator[PlainHistory]:
    """What the history was after each step of that life, without those too long before the kill."""
    steps = len(life.numbers("history")) + 1  # the last one may be done, and not yet acknowledged
    must_be_there = life.must_be_there("history")
    plain = PlainHistory(before.numbers, before.played)
    if must_be_there is None:
        yield PlainHistory(plain.numbers, plain.played)
    for number, action in enumerate(islice(history_actions(life.seed), steps), life.first):
        if action == "push":
            plain.push(number)
        elif action == "undo":
            plain.undo()
        else:
            plain.redo()
        if must_be_there is None or number >= must_be_there:
            yield PlainHistory(plain.numbers, plain.played)


def assert_setting_of(life: Life, stored: object, earlier: object) -> None:
    must_be_there = life.must_be_there("setting")
    if must_be_there is None and stored == earlier:
        return
    assert isinstance(stored, int)
    assert (life.first if must_be_there is None else must_be_there) <= stored <= life.numbers("setting")[-1] + 1


def test_whenever_a_bridge_is_killed_its_library_opens_with_all_that_was_acknowledged(
    path: Path, tmp_path: Path
) -> None:
    LatentLibrary(path).close()
    rng = random.Random(0)
    history, setting = PlainHistory(), None
    acknowledged: list[int] = []
    first = 0
    for kill in range(KILLS):
        seconds = 1.4 if kill in LONG_LIVES else rng.uniform(0.0, 0.3)
        life = live_and_be_killed(path, tmp_path / f"acknowledged-{kill}", kill, first, seconds)
        first += len(life.numbers("setting")) + 1
        acknowledged += life.numbers("latent")

        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        with closing(connect_existing(path)) as connection:
            positions = [position for (position,) in connection.execute("SELECT position FROM history ORDER BY 1")]
            found, notice = read_history(connection)
            stored_setting = read_settings(connection).get("counter")
        assert notice is None
        assert positions == list(range(positions[0], positions[0] + len(positions))) if positions else True
        stored = PlainHistory(*contents(found))
        assert stored in moments_of(life, history)
        assert_setting_of(life, stored_setting, setting)
        history, setting = stored, stored_setting

    with LatentLibrary(path) as library:
        assert library.notice is None
        kept = library.names()
        assert set(map(name_of, acknowledged)) <= set(kept)
        assert len(kept) <= len(acknowledged) + KILLS  # beyond those at most one in flight at each kill
        for number in acknowledged:
            assert_same(library.get(name_of(number)), latent_of(number))
    assert len(acknowledged) > KILLS
    assert setting is not None
    assert history.numbers
