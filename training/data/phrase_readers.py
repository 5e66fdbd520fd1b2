"""A reader for each format of phrases."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from training.data.dense_npy import dense_source
from training.data.lpd_folder import lpd_source
from training.data.phrase_file import PhraseRules, load_phrases
from training.data.phrase_formats import Format, format_of
from training.data.phrase_source import PhraseSource, Unsaid, source_of
from training.data.phrase_store import PHRASES_FILE, open_store
from training.data.sparse_npz import sparse_source


@dataclass(frozen=True)
class Reading:
    """What a reader may need beside the path."""

    unsaid: Unsaid = Unsaid()
    rules: PhraseRules = PhraseRules()
    scratch: Path = Path()  # a folder for what has to wait
    jobs: int = 1
    on_file: Callable[[int, int], None] = lambda _done, _of: None  # hears how many files of a folder are read


def open_source(path: Path, reading: Reading) -> AbstractContextManager[PhraseSource]:
    """The phrases in a file or folder of any format. Raises PhraseFileError, naming file and key, and OSError."""
    return _READERS[format_of(path)](path, reading)


def _store(path: Path, _: Reading) -> AbstractContextManager[PhraseSource]:
    return nullcontext(source_of(open_store(path), path / PHRASES_FILE))


def _collected(path: Path, _: Reading) -> AbstractContextManager[PhraseSource]:
    return nullcontext(source_of(load_phrases(path)))


def _sparse(path: Path, reading: Reading) -> AbstractContextManager[PhraseSource]:
    return nullcontext(sparse_source(path, reading.unsaid))


def _dense(path: Path, reading: Reading) -> AbstractContextManager[PhraseSource]:
    return nullcontext(dense_source(path, reading.unsaid))


def _piano_rolls(path: Path, reading: Reading) -> AbstractContextManager[PhraseSource]:
    return lpd_source(path, reading.rules, reading.scratch, reading.jobs, reading.on_file)


_READERS: dict[Format, Callable[[Path, Reading], AbstractContextManager[PhraseSource]]] = {
    Format.STORE: _store,
    Format.COLLECTED: _collected,
    Format.SPARSE: _sparse,
    Format.DENSE: _dense,
    Format.PIANO_ROLLS: _piano_rolls,
}
