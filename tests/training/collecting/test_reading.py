"""Many files read by many processes: every file once, in order, however they are sent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.collecting.test_collect import write_song
from training.collecting import reading
from training.collecting.midi_rolls import read_phrases
from training.collecting.phrase_blocks import inflate
from training.collecting.reading import ReadFile, read_files
from training.data.phrase_file import PhraseRules

RULES = PhraseRules()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """13 songs, each of its own length, and two that cannot be read."""
    folder = tmp_path_factory.mktemp("midi")
    songs = [write_song(folder / f"{index}.mid", range(index, index + 5 + index)) for index in range(13)]
    return [*songs[:4], folder / "missing.mid", *songs[4:], folder]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("files_a_task", "tasks_ahead"), [(1, 1), (2, 1), (2, 3), (16, 32)])
def test_every_file_comes_once_and_in_order(
    files: list[Path], jobs: int, files_a_task: int, tasks_ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FILES_A_TASK", files_a_task)
    monkeypatch.setattr(reading, "TASKS_AHEAD", tasks_ahead)
    outcomes = list(read_files(files, RULES, jobs))
    refused = {index: outcome for index, outcome in enumerate(outcomes) if isinstance(outcome, str)}
    assert list(refused) == [4, 14]
    assert all(reason.startswith("cannot be read: ") for reason in refused.values())
    songs = [outcome for outcome in outcomes if isinstance(outcome, ReadFile)]
    assert [len(song.digests) for song in songs] == list(range(2, 15))


def test_what_is_sent_is_what_was_read(files: list[Path]) -> None:
    song = read_phrases(files[3], RULES)
    (sent,) = read_files(files[3:4], RULES, 1)
    assert isinstance(sent, ReadFile)
    assert inflate(sent.phrases) == song.phrases.tobytes()
    np.testing.assert_array_equal(sent.digests, song.digests)
    np.testing.assert_array_equal(sent.first_bar, song.first_bar)
    np.testing.assert_array_equal(sent.active, song.active)


def test_files_are_read_as_they_are_taken(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FILES_A_TASK", 1)
    begun: list[Path] = []

    def read(path: Path, rules: PhraseRules) -> object:
        begun.append(path)
        return read_phrases(path, rules)

    monkeypatch.setattr(reading, "read_phrases", read)
    outcomes = read_files(files, RULES, 1)
    next(outcomes)
    next(outcomes)
    assert begun == files[:2]
