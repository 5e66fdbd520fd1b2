"""Some phrases of a folder of MIDI files, or of a file in any format, chosen at random and the same every time."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.collecting.collect import MIDI_SUFFIXES, collect
from training.data.phrase_file import PhraseRules, unpack_cells
from training.data.phrase_readers import Reading, open_source
from training.data.phrase_source import PhraseSource
from training.data.phrase_store import STORE_SUFFIX, is_store
from training.measures.evaluation import Evaluation, EvaluationError, MeasuredSet, drum_tracks
from training.measures.full_measures import measure_all

SELECTION_SEED = 0


@dataclass(frozen=True)
class Selection:
    """Some of `total` phrases: cells (n, bars, steps, pitches, tracks) bool, in the order of the source."""

    source: str
    cells: NDArray[np.bool_]
    total: int
    tracks: tuple[str, ...]

    def measured(self) -> Evaluation:
        drums = drum_tracks(self.tracks)
        found = MeasuredSet("phrases", measure_all(self.cells, drums))
        return Evaluation(self.source, None, self.tracks, drums, (found,))


def select_phrases(path: Path, count: int, rules: PhraseRules, jobs: int = -1) -> Selection:
    """At most `count` phrases of a folder or file. Raises EvaluationError, CollectError, PhraseFileError, OSError."""
    with tempfile.TemporaryDirectory() as scratch:
        phrases = path
        if path.is_dir() and path.suffix != STORE_SUFFIX and not is_store(path):
            if has_files(path, MIDI_SUFFIXES):
                phrases = Path(scratch) / "phrases.npz"
                collect(path, phrases, rules, jobs)
            elif not has_files(path, (".npz",)):
                raise EvaluationError(
                    f"{path} holds nothing to measure, expected an experiment, MIDI files, piano rolls or a .phrases "
                    "store"
                )
        with open_source(phrases, Reading(rules=rules, scratch=Path(scratch), jobs=jobs)) as source:
            return Selection(str(path), _some(source, count), len(source), source.tracks)


def has_files(folder: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether a folder or the folders in it hold a file of these kinds."""
    return any(path.suffix.lower() in suffixes for path in folder.rglob("*"))


def _some(source: PhraseSource, count: int) -> NDArray[np.bool_]:
    total = len(source)
    rng = np.random.default_rng(SELECTION_SEED)
    wanted = np.sort(rng.choice(total, size=min(count, total), replace=False))
    chosen, first = [np.zeros((0, -(-int(np.prod(source.data_shape)) // 8)), dtype=np.uint8)], 0
    for packed in source.chunks():
        here = wanted[(wanted >= first) & (wanted < first + len(packed))] - first
        chosen.append(packed[here])
        first += len(packed)
        if first > wanted.max(initial=-1):
            break
    return unpack_cells(np.concatenate(chosen), source.data_shape)
