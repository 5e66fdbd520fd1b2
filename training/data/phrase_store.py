"""The store of phrases that training opens in no time: a folder NAME.phrases with the phrases bit-packed in a .npy,
memory-mapped, and a small .npz with all that a PhraseSet says about them."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from training.data.npy_stream import NpyHeader, broken_file_named, write_header
from training.data.phrase_file import ARRAYS, PhraseFileError, PhraseSet, from_arrays, packed_size, to_arrays
from training.data.phrase_source import DataShape

STORE_SUFFIX = ".phrases"
PHRASES_FILE = "phrases.npy"
DESCRIPTION_FILE = "description.npz"


class PhraseStoreWriter:
    """Writes a store chunk by chunk beside `path`; `finish` puts it in place, whole. Use it with `with`.

    Raises FileExistsError if there is something at `path` already, unless it is a store and `replace` is given.
    """

    def __init__(
        self,
        path: Path,
        data_shape: DataShape,
        tracks: Sequence[str],
        steps_per_beat: int,
        lowest_pitch: int,
        replace: bool = False,
    ) -> None:
        if path.exists() and not replace:
            raise FileExistsError(errno.EEXIST, "it exists already", str(path))
        if path.exists() and not is_store(path):
            raise PhraseFileError(f"{path} is no store of phrases, and is not replaced by one: choose another name")
        self._path, self._replace = path, replace
        self._data_shape, self._tracks = data_shape, tuple(tracks)
        self._steps_per_beat, self._lowest_pitch = steps_per_beat, lowest_pitch
        self._size = packed_size(data_shape)
        self._song: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
        self._first_bar: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._partial.mkdir()
        self._stream = (self._partial / PHRASES_FILE).open("wb")
        write_header(self._stream, NpyHeader((0, self._size), np.dtype(np.uint8)))

    def append(self, packed: NDArray[np.uint8], song: NDArray[np.int32], first_bar: NDArray[np.int32]) -> None:
        """Add phrases: packed (n, bytes) as pack_cells gives them, song and first bar (n,). Raises PhraseFileError."""
        if packed.dtype != np.uint8 or packed.shape != (len(song), self._size) or len(first_bar) != len(song):
            raise PhraseFileError(
                f"{self._path}: phrases {packed.dtype} {packed.shape} with {len(song)} songs and {len(first_bar)} "
                f"first bars, expected uint8 ({len(song)}, {self._size}) and as many first bars"
            )
        self._stream.write(np.ascontiguousarray(packed).data)
        self._song.append(song.astype(np.int32))
        self._first_bar.append(first_bar.astype(np.int32))

    def finish(self, songs: Sequence[str]) -> None:
        """Name the songs and put the store in its place. Raises PhraseFileError when they disagree with the phrases."""
        song, first_bar = np.concatenate(self._song), np.concatenate(self._first_bar)
        end = self._stream.tell()
        self._stream.seek(0)
        write_header(self._stream, NpyHeader((len(song), self._size), np.dtype(np.uint8)))
        self._stream.seek(end)
        self._stream.close()
        written = PhraseSet(
            phrases=_map(self._partial / PHRASES_FILE),
            data_shape=self._data_shape,
            song=song,
            songs=tuple(songs),
            first_bar=first_bar,
            tracks=self._tracks,
            steps_per_beat=self._steps_per_beat,
            lowest_pitch=self._lowest_pitch,
        )
        arrays = to_arrays(written, str(self._path))
        description = {key: array for key, array in arrays.items() if key != "phrases"}
        del arrays, written  # a folder with a mapped file cannot be renamed everywhere
        np.savez_compressed(self._partial / DESCRIPTION_FILE, **description)
        self._move_into_place()

    def _move_into_place(self) -> None:
        old = self._path.with_name(f".{self._path.name}.{os.getpid()}.old")
        if self._replace and self._path.exists():
            self._path.rename(old)
        try:
            self._partial.rename(self._path)
        except BaseException:
            if old.exists():
                old.rename(self._path)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def __enter__(self) -> PhraseStoreWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        shutil.rmtree(self._partial, ignore_errors=True)  # gone already, once it is in its place


def is_store(path: Path) -> bool:
    """Whether it is a folder with the two files of a store, and nothing else."""
    return path.is_dir() and {file.name for file in path.iterdir()} == {PHRASES_FILE, DESCRIPTION_FILE}


def save_store(path: Path, phrase_set: PhraseSet, replace: bool = False) -> None:
    """Write a set as a store, whole or not at all. The reverse of open_store. Raises OSError and PhraseFileError."""
    with PhraseStoreWriter(
        path, phrase_set.data_shape, phrase_set.tracks, phrase_set.steps_per_beat, phrase_set.lowest_pitch, replace
    ) as writer:
        writer.append(phrase_set.phrases, phrase_set.song, phrase_set.first_bar)
        writer.finish(phrase_set.songs)


def open_store(path: Path) -> PhraseSet:
    """The reverse of save_store: the phrases stay in the file until they are used, and are shared by all processes.

    Raises PhraseFileError, naming the file and the key at fault, or OSError.
    """
    missing = [name for name in (PHRASES_FILE, DESCRIPTION_FILE) if not (path / name).is_file()]
    if missing:
        raise PhraseFileError(
            f"{path} lacks {' and '.join(missing)}, expected a store of maisynth-train process-data: write it again"
        )
    file = path / DESCRIPTION_FILE
    keys = [key for key in ARRAYS if key != "phrases"]
    with broken_file_named(f"{file} is not the description of a store"), np.load(file, allow_pickle=False) as archive:
        absent = [key for key in keys if key not in archive]
        if absent:
            raise PhraseFileError(f"{file} lacks {', '.join(map(repr, absent))}: write the store again")
        arrays = {key: archive[key] for key in keys}
    return from_arrays({**arrays, "phrases": _map(path / PHRASES_FILE)}, str(path))


def _map(path: Path) -> NDArray[np.uint8]:
    with broken_file_named(f"{path} is not the phrases of a store"):
        phrases: NDArray[np.uint8] = np.lib.format.open_memmap(path, mode="r")
        return phrases
