"""A folder of multitrack piano rolls in the layout of the Lakh Pianoroll Dataset, one .npz a song, as phrases."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray

from training.collecting.collect import printable
from training.collecting.gathering import Gathering
from training.collecting.midi_rolls import MidiFileError
from training.collecting.song_phrases import SongPhrases
from training.data.lpd_rolls import read_lpd_phrases
from training.data.npy_stream import read_items
from training.data.phrase_file import PhraseFileError, PhraseRules, PhraseSet, packed_size
from training.data.phrase_source import PhraseSource, chunk_phrases, source_of

# Several files in the folder of one track of the Million Song Dataset are versions of one song.
_TRACK_FOLDER = re.compile(r"(?:^|/)(TR[A-Z]{5}[0-9A-F]{11})/")


@contextmanager
def lpd_source(
    folder: Path,
    rules: PhraseRules,
    scratch: Path,
    jobs: int = 1,
    on_file: Callable[[int, int], None] = lambda _done, _of: None,
) -> Iterator[PhraseSource]:
    """The phrases of all .npz files in a folder, however deep.

    They wait in a file in `scratch` that is gone in the end. What an earlier file has is left out; files that share
    half of their phrases, and files in the folder of one track, are one song. Raises PhraseFileError when there are
    none.
    """
    files = lpd_files(folder)
    names = [printable(path.relative_to(folder).as_posix()) for path in files]
    gathering = Gathering(names)
    refused: dict[str, str] = {}
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator")
    with tempfile.TemporaryFile(dir=scratch) as spool:
        for index, outcome in enumerate(parallel(joblib.delayed(_outcome)(path, rules) for path in files)):
            if isinstance(outcome, str):
                gathering.refuse(index, outcome)
                refused[names[index]] = outcome
            else:
                spool.write(gathering.add(index, outcome))
            on_file(index + 1, len(files))
        described = gathering.phrase_set(np.zeros((0, packed_size(rules.data_shape)), dtype=np.uint8), rules)
        if not len(described.song):
            reasons = "\n".join(f"  {name}: {reason}" for name, reason in list(refused.items())[:20])
            raise PhraseFileError(f"{folder}: none of the {len(files)} .npz files has phrases:\n{reasons}")

        def chunks() -> Iterator[NDArray[np.uint8]]:
            size, rows = packed_size(rules.data_shape), chunk_phrases(rules.data_shape)
            for first in range(0, len(described.song), rows):
                spool.seek(first * size)  # another reading may have moved it
                wanted = min(rows, len(described.song) - first)
                yield read_items(spool, np.dtype(np.uint8), wanted * size).reshape(wanted, size)

        yield replace(source_of(_joined(described)), chunks=chunks, refused=refused)


def lpd_files(folder: Path) -> list[Path]:
    """The .npz files in a folder and the folders in it, sorted. Raises PhraseFileError when there are none."""
    files = [path for path in folder.rglob("*.npz") if path.is_file()]
    if not files:
        raise PhraseFileError(f"{folder} has no .npz files, also not in its subfolders: expected piano rolls")
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())


def _outcome(path: Path, rules: PhraseRules) -> SongPhrases | str:
    try:
        return read_lpd_phrases(path, rules)
    except (MidiFileError, PhraseFileError) as refusal:
        return str(refusal)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"


def _joined(described: PhraseSet) -> PhraseSet:
    """Songs in the folder of one track made one."""
    tracks = [_TRACK_FOLDER.search(f"/{name}") for name in described.songs]
    keys = [track[1] if track else name for track, name in zip(tracks, described.songs, strict=True)]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    number_of = np.array([numbers[key] for key in keys], dtype=np.int32)
    return replace(described, song=number_of[described.song], songs=tuple(numbers))
