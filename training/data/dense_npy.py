"""Phrases as one plain array: a .npy of (phrases, bars, steps, pitches, tracks), the original's `npy` data source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.npy_stream import NpyHeader, broken_file_named, read_header, read_items, write_header
from training.data.phrase_file import PhraseFileError, pack_cells, unpack_cells
from training.data.phrase_source import OnChunk, PhraseSource, Unsaid, chunk_phrases, unnamed_source


def dense_source(path: Path, unsaid: Unsaid) -> PhraseSource:
    """The phrases of a .npy; a cell above 0 sounds, be it bool, a velocity, or a sample in [-1, 1].

    Raises PhraseFileError for another array, and OSError.
    """
    with path.open("rb") as stream, broken_file_named(f"{path} is not a .npy"):
        header = read_header(stream)
    if header.dtype.kind not in "biuf":
        raise PhraseFileError(f"{path} holds {header.dtype}, expected bool or numbers, of which those above 0 sound")
    if header.fortran_order:
        raise PhraseFileError(
            f"{path} is stored with the first axis fastest, expected the last: save np.ascontiguousarray of it"
        )
    return unnamed_source(header.shape, lambda: _phrases(path), unsaid, f"{path}: the array")


def write_dense(path: Path, source: PhraseSource, on_chunk: OnChunk = lambda _more: None) -> None:
    """The reverse of dense_source, as bool; songs and names are lost. Not safe by itself."""
    with path.open("wb") as stream:
        write_header(stream, NpyHeader((len(source), *source.data_shape), np.dtype(np.bool_)))
        for packed in source.chunks():
            stream.write(unpack_cells(packed, source.data_shape).data)
            on_chunk(len(packed))


def _phrases(path: Path) -> Iterator[NDArray[np.uint8]]:
    with path.open("rb") as stream, broken_file_named(str(path)):
        header = read_header(stream)
        count, bars, steps, pitches, tracks = header.shape
        data_shape = (bars, steps, pitches, tracks)
        rows = chunk_phrases(data_shape)
        for first in range(0, count, rows):
            shape = (min(rows, count - first), *data_shape)
            yield pack_cells(read_items(stream, header.dtype, int(np.prod(shape))).reshape(shape) > 0)
