"""What a phrase is, and the file of them: one compressed .npz, each phrase bit-packed, with the song it comes from."""

from __future__ import annotations

import contextlib
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.collecting.families import FAMILIES

BEATS_PER_BAR = 4


class PhraseFileError(ValueError):
    """The file is not a set of phrases; the message says what is missing or has the wrong shape."""


@dataclass(frozen=True, slots=True)
class PhraseRules:
    """What a phrase is: its size, how far apart phrases start (hop, in bars), and how many families must play."""

    bars: int = 4
    hop: int = 1
    min_tracks: int = 3
    merge_families: bool = False  # every track of a family sounds, rather than the best one of each phrase
    steps_per_beat: int = 12
    lowest_pitch: int = 24
    pitches: int = 84

    @property
    def steps_per_bar(self) -> int:
        return BEATS_PER_BAR * self.steps_per_beat

    @property
    def data_shape(self) -> tuple[int, int, int, int]:
        return (self.bars, self.steps_per_bar, self.pitches, len(FAMILIES))


@dataclass(frozen=True)
class PhraseSet:
    """Phrases, and where each comes from.

    phrases      (N, ceil(cells / 8)) uint8, np.packbits of the cells in C order of data_shape
    data_shape   (bars, steps per bar, pitches, tracks)
    song         (N,) int32, index into `songs`; a split into training and held-out data goes by song
    songs        the file of each song, relative to the folder that was collected
    first_bar    (N,) int32, the phrase's first bar in its song, counted from 0
    tracks       the name of each track
    lowest_pitch MIDI number of pitch 0
    """

    phrases: NDArray[np.uint8]
    data_shape: tuple[int, int, int, int]
    song: NDArray[np.int32]
    songs: tuple[str, ...]
    first_bar: NDArray[np.int32]
    tracks: tuple[str, ...]
    steps_per_beat: int
    lowest_pitch: int

    def __len__(self) -> int:
        return len(self.phrases)

    def unpack(self, indices: NDArray[np.intp]) -> NDArray[np.bool_]:
        """The cells of some phrases: (len(indices), bars, steps, pitches, tracks) bool."""
        return unpack_cells(self.phrases[indices], self.data_shape)


def pack_cells(cells: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(n, bars, steps, pitches, tracks) bool -> (n, ceil(cells / 8)) uint8. The reverse of unpack_cells."""
    return np.packbits(cells.reshape(len(cells), -1), axis=1)


def unpack_cells(packed: NDArray[np.uint8], data_shape: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """The reverse of pack_cells."""
    cells = np.unpackbits(packed, axis=1, count=int(np.prod(data_shape)))
    return cells.view(np.bool_).reshape(len(packed), *data_shape)


def packed_size(data_shape: tuple[int, int, int, int]) -> int:
    """Bytes of one packed phrase."""
    return -(-int(np.prod(data_shape)) // 8)


def save_phrases(path: Path, phrase_set: PhraseSet) -> None:
    """Write the set at `path`, whole or not at all. The reverse of load_phrases. Raises OSError and PhraseFileError."""
    arrays = to_arrays(phrase_set, str(path))
    # A reader never sees half a file: it is renamed into place when it is whole.
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def load_phrases(path: Path) -> PhraseSet:
    """The reverse of save_phrases. Raises PhraseFileError, naming the key at fault, or OSError."""
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise PhraseFileError(f"{path} holds a single array, expected an .npz of maisynth-train collect-data")
        with archive:
            missing = [key for key in ARRAYS if key not in archive]
            if missing:
                raise PhraseFileError(
                    f"{path} lacks {', '.join(map(repr, missing))} (it holds {sorted(archive)}): "
                    "write it with maisynth-train collect-data"
                )
            arrays = {key: archive[key] for key in ARRAYS}
    except PhraseFileError:
        raise
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise PhraseFileError(f"{path} is not an .npz of maisynth-train collect-data: {error}") from error
    return from_arrays(arrays, str(path))


def to_arrays(phrase_set: PhraseSet, where: str) -> dict[str, Any]:
    """A set as the arrays of ARRAYS. The reverse of from_arrays. Raises PhraseFileError, beginning with `where`."""
    arrays: dict[str, Any] = {
        "phrases": phrase_set.phrases,
        "data_shape": np.array(phrase_set.data_shape, dtype=np.int64),
        "song": phrase_set.song,
        "songs": np.array(phrase_set.songs, dtype=np.str_),
        "first_bar": phrase_set.first_bar,
        "tracks": np.array(phrase_set.tracks, dtype=np.str_),
        "steps_per_beat": np.array(phrase_set.steps_per_beat, dtype=np.int64),
        "lowest_pitch": np.array(phrase_set.lowest_pitch, dtype=np.int64),
    }
    _check(arrays, where)
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[Any]], where: str) -> PhraseSet:
    """The reverse of to_arrays. Raises PhraseFileError, naming the key at fault."""
    _check(arrays, where)
    bars, steps, pitches, tracks = arrays["data_shape"].tolist()
    return PhraseSet(
        phrases=arrays["phrases"],
        data_shape=(bars, steps, pitches, tracks),
        song=arrays["song"],
        songs=tuple(arrays["songs"].tolist()),
        first_bar=arrays["first_bar"],
        tracks=tuple(arrays["tracks"].tolist()),
        steps_per_beat=int(arrays["steps_per_beat"]),
        lowest_pitch=int(arrays["lowest_pitch"]),
    )


ARRAYS = {  # key: (kind of value, number of axes)
    "phrases": (np.uint8, 2),
    "data_shape": (np.int64, 1),
    "song": (np.int32, 1),
    "songs": (np.str_, 1),
    "first_bar": (np.int32, 1),
    "tracks": (np.str_, 1),
    "steps_per_beat": (np.int64, 0),
    "lowest_pitch": (np.int64, 0),
}


def _check(arrays: Mapping[str, NDArray[Any]], where: str) -> None:
    for key, (kind, axes) in ARRAYS.items():
        array = arrays[key]
        if not np.issubdtype(array.dtype, kind) or array.ndim != axes:
            raise PhraseFileError(
                f"{where}: {key!r} is {array.dtype} with shape {array.shape}, "
                f"expected {np.dtype(kind).name if kind is not np.str_ else 'text'} with {axes} axes"
            )
    shape = arrays["data_shape"].tolist()
    if len(shape) != 4 or min(shape) < 1:
        raise PhraseFileError(f"{where}: 'data_shape' is {shape}, expected (bars, steps per bar, pitches, tracks)")
    count = len(arrays["song"])
    expected = {
        "phrases": (count, packed_size((shape[0], shape[1], shape[2], shape[3]))),
        "first_bar": (count,),
        "tracks": (shape[3],),
    }
    for key, size in expected.items():
        if arrays[key].shape != size:
            raise PhraseFileError(f"{where}: {key!r} has shape {arrays[key].shape}, expected {size}")
    song, songs = arrays["song"], len(arrays["songs"])
    if count and not 0 <= song.min() <= song.max() < songs:
        raise PhraseFileError(f"{where}: 'song' runs from {song.min()} to {song.max()}, expected 0 to {songs - 1}")
