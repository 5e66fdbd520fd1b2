"""The files of a folder read by many processes: joblib's, on the cores of this machine or on whatever cluster it is
told to use (joblib.parallel_config)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray

from training.collecting.midi_rolls import MidiFileError, read_phrases
from training.collecting.phrase_blocks import Block, deflate
from training.data.phrase_file import PhraseRules

FILES_A_TASK = 16  # some 70 ms of work; sending a task takes one or two
TASKS_AHEAD = 32  # of each process, before all that is read has to be taken: what waits is bounded, in any folder


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What SongPhrases says of a file's phrases, and the phrases (n * bytes a phrase) deflated."""

    digests: NDArray[np.uint64]
    first_bar: NDArray[np.int32]
    active: NDArray[np.bool_]
    phrases: Block


def read_files(files: Sequence[Path], rules: PhraseRules, jobs: int) -> Iterator[ReadFile | str]:
    """Of each file in turn its phrases, or why it has none. `jobs` is the number of processes, -1 one for every core.

    The files have to be at the same path wherever the processes run.
    """
    with joblib.Parallel(n_jobs=jobs, return_as="generator", batch_size=1) as parallel:
        workers = joblib.effective_n_jobs(jobs)
        size = max(1, min(FILES_A_TASK, len(files) // (4 * workers)))
        together = size * TASKS_AHEAD * workers
        for first in range(0, len(files), together):
            some = files[first : first + together]
            tasks = (some[index : index + size] for index in range(0, len(some), size))
            for outcomes in parallel(joblib.delayed(_read)(task, rules) for task in tasks):
                yield from outcomes


def _read(files: Sequence[Path], rules: PhraseRules) -> list[ReadFile | str]:
    return [_read_one(path, rules) for path in files]


def _read_one(path: Path, rules: PhraseRules) -> ReadFile | str:
    try:
        song = read_phrases(path, rules)
    except MidiFileError as refusal:
        return str(refusal)
    return ReadFile(song.digests, song.first_bar, song.active, deflate(song.phrases.tobytes()))
