"""What a fuzzer found stays found, and a few thousand mutations of every kind of input find nothing new."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzz import __main__ as runner
from tests.fuzz import songs, targets
from tests.fuzz.mutations import mutants
from tests.fuzz.targets import INSTRUMENTED, Target, kept_cases, load
from training.collecting.midi_rolls import read_phrases
from training.data.phrase_file import PhraseRules

MUTANTS = {"datagrams": 5000, "contracts": 5000, "model_files": 2500, "midi_files": 600, "songs": 60}
SEED = 8


@pytest.mark.parametrize("name", INSTRUMENTED)
def test_what_was_found_once_and_what_is_valid_is_read_or_refused(name: str) -> None:
    target = load(name)
    for data in [*target.seeds(), *(path.read_bytes() for path in kept_cases(name))]:
        target.run(data)


@pytest.mark.parametrize("name", INSTRUMENTED)
def test_mutations_find_nothing(name: str) -> None:
    target = load(name)
    found: dict[str, bytes] = {}
    for data in islice(mutants(target.seeds(), SEED), MUTANTS[name]):
        try:
            target.run(data)
        except Exception as problem:
            found.setdefault(f"{type(problem).__name__}: {problem}"[:200], data)
    assert found == {}, "keep the bytes in tests/fuzz/cases"


def test_mutations_are_the_same_from_the_same_seed_and_others_from_another() -> None:
    seeds = load("datagrams").seeds()
    first, again, other = (list(islice(mutants(seeds, seed), 500)) for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(first)) > 450
    assert sum(data in seeds for data in first) < 25, "hardly any is left as it was"


def test_without_seeds_there_is_nothing_to_mutate() -> None:
    with pytest.raises(ValueError, match="no seeds"):
        next(mutants([], 0))


def test_a_target_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="'sounds', expected one of: datagrams"):
        load("sounds")


def test_what_raises_is_kept_as_a_case_and_raises_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def falls_over(data: bytes) -> None:
        if b"\xff\xff\xff\xff" in data:
            raise RuntimeError("a bug")

    monkeypatch.setattr(runner, "CASES", tmp_path)
    monkeypatch.setattr(targets, "CASES", tmp_path)
    monkeypatch.setattr(runner, "load", lambda name: Target(name, falls_over, lambda: [bytes(20)]))
    (tmp_path / "datagrams").mkdir()
    with pytest.raises(RuntimeError, match="a bug"):
        runner.fuzz_at_random("datagrams", seconds=30.0, seed=0)
    (kept,) = kept_cases("datagrams")
    assert b"\xff\xff\xff\xff" in kept.read_bytes()


def test_it_runs_without_a_fuzzer_and_says_how_often(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.fuzz_at_random("datagrams", seconds=0.2, seed=0) == 0
    count = int(capsys.readouterr().out.split()[0])
    assert count > 10


def test_the_command_names_its_targets() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "sounds"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert all(name in done.stderr for name in INSTRUMENTED)


def test_the_song_of_valid_events_has_phrases(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(songs.song_of(songs.seeds()[0]))
    phrases = read_phrases(path, PhraseRules(min_tracks=1))
    assert phrases.active.any(axis=0).sum() == 3
