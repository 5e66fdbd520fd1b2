"""The original's training file: an .npz of `shape` and `nonzero`, the indices of the cells that sound.

    np.savez_compressed(path, nonzero=np.array(cells.nonzero()), shape=cells.shape)

`nonzero` is (5, n): all phrase indices, then all bars, all steps, all pitches, all tracks. At full size it is 6 GB, so
it is never held: five streams run through it side by side, each at its own axis. (n, 5), as np.argwhere gives it, is
read too, and both may be stored with the first axis fastest.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from training.data.npy_stream import NpyHeader, broken_file_named, read_header, read_items, write_header
from training.data.phrase_file import PhraseFileError, pack_cells, unpack_cells
from training.data.phrase_source import OnChunk, PhraseSource, Unsaid, chunk_phrases, unnamed_source

AXES = ("phrase", "bar", "step", "pitch", "track")
_BLOCK = 1 << 18  # indices of each axis at a time

Indices = NDArray[np.int64]


def sparse_source(path: Path, unsaid: Unsaid) -> PhraseSource:
    """The phrases of an .npz of `shape` and `nonzero`. Raises PhraseFileError, naming the key, and OSError."""
    with broken_file_named(f"{path} is not an .npz of 'shape' and 'nonzero'"), zipfile.ZipFile(path) as archive:
        with archive.open("shape.npy") as stream:
            header = read_header(stream)
            if header.dtype.kind not in "iu" or len(header.shape) != 1 or header.shape[0] != len(AXES):
                raise PhraseFileError(
                    f"{path}: 'shape' is {header.dtype} with shape {header.shape}, expected 5 whole numbers"
                )
            shape = tuple(read_items(stream, header.dtype, len(AXES)).tolist())
        with archive.open("nonzero.npy") as stream:
            header = read_header(stream)
    if header.dtype.kind not in "iu" or len(header.shape) != 2 or len(AXES) not in header.shape:
        raise PhraseFileError(
            f"{path}: 'nonzero' is {header.dtype} with shape {header.shape}, expected whole numbers, (5, n) or (n, 5)"
        )
    return unnamed_source(shape, lambda: _phrases(path, shape), unsaid, f"{path}: 'shape'")


def write_sparse(path: Path, source: PhraseSource, on_chunk: OnChunk = lambda _more: None) -> None:
    """The reverse of sparse_source, in the original's own (5, n); songs and names are lost. Not safe by itself.

    Each axis is a pass over the phrases, after one that counts; on_chunk hears how many phrases' worth is done.
    """
    count = 0
    for packed in source.chunks():
        count += int(np.bitwise_count(packed).sum(dtype=np.int64))
        on_chunk(len(packed) / 6)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("shape.npy", "w") as member:
            np.save(member, np.array([len(source), *source.data_shape], dtype=np.int64))
        with archive.open("nonzero.npy", "w", force_zip64=True) as member:
            write_header(member, NpyHeader((len(AXES), count), np.dtype(np.int64)))
            for axis in range(len(AXES)):
                stride = math.prod(source.data_shape[axis:])
                first = 0
                for packed in source.chunks():
                    # Faster than nonzero() of all axes, of which it would take one.
                    cells = np.flatnonzero(unpack_cells(packed, source.data_shape).reshape(-1))
                    indices = cells // stride
                    indices = indices + first if axis == 0 else indices % source.data_shape[axis - 1]
                    member.write(np.ascontiguousarray(indices, dtype=np.int64).data)
                    first += len(packed)
                    on_chunk(len(packed) / 6)


def _phrases(path: Path, shape: tuple[int, ...]) -> Iterator[NDArray[np.uint8]]:
    """The packed phrases, some at a time: indices come in the order of the phrases, so a chunk is soon complete."""
    data_shape = (shape[1], shape[2], shape[3], shape[4])
    rows = chunk_phrases(data_shape)
    first = 0  # phrase of the chunk at hand
    cells = np.zeros((min(rows, shape[0]), *data_shape), dtype=np.bool_)
    flat = cells.reshape(len(cells), -1)
    for phrase, cell in _cells(path, shape):
        begin = 0
        while begin < len(phrase):
            end = int(np.searchsorted(phrase, first + rows))
            flat[phrase[begin:end] - first, cell[begin:end]] = True
            begin = end
            if end < len(phrase):
                yield pack_cells(cells)
                cells[:] = False
                first += rows
    while first < shape[0]:
        yield pack_cells(cells[: shape[0] - first])
        cells[:] = False
        first += rows


def _cells(path: Path, shape: tuple[int, ...]) -> Iterator[tuple[Indices, Indices]]:
    """Blocks of (phrase, cell within it), checked: in range, and the phrases never falling."""
    last = 0
    for block in _blocks(path):
        for name, size, indices in zip(AXES, shape, block, strict=True):
            if len(indices) and not 0 <= indices.min() <= indices.max() < size:
                raise PhraseFileError(
                    f"{path}: 'nonzero' has {name} {indices.min()} to {indices.max()}, 'shape' allows 0 to {size - 1}"
                )
        phrase = block[0]
        if len(phrase) and (phrase[0] < last or (np.diff(phrase) < 0).any()):
            raise PhraseFileError(
                f"{path}: the phrases in 'nonzero' do not rise, expected the order of cells.nonzero()"
            )
        last = int(phrase[-1]) if len(phrase) else last
        yield phrase, np.ravel_multi_index(tuple(block[1:]), shape[1:])


def _blocks(path: Path) -> Iterator[Sequence[Indices]]:
    """The five axes of `nonzero`, a block of each at a time."""
    with ExitStack() as stack:
        stack.enter_context(broken_file_named(f"{path}: 'nonzero' cannot be read"))
        archive = stack.enter_context(zipfile.ZipFile(path))
        stream = stack.enter_context(archive.open("nonzero.npy"))
        header = read_header(stream)
        axis_first = header.shape[0] == len(AXES)
        count = header.shape[1 if axis_first else 0]
        if axis_first == header.fortran_order:
            for size in _block_sizes(count):
                rows = read_items(stream, header.dtype, size * len(AXES)).astype(np.int64).reshape(size, len(AXES))
                yield tuple(np.ascontiguousarray(rows.T))
            _read_to_the_end(stream)
        else:
            streams = [stream, *(stack.enter_context(archive.open("nonzero.npy")) for _ in AXES[1:])]
            start = stream.tell()
            for axis, axis_stream in enumerate(streams):
                _skip(axis_stream, start + axis * count * header.dtype.itemsize - axis_stream.tell())
            for size in _block_sizes(count):
                yield tuple(read_items(stream, header.dtype, size).astype(np.int64) for stream in streams)
            _read_to_the_end(streams[-1])


def _block_sizes(count: int) -> Iterator[int]:
    return (min(_BLOCK, count - first) for first in range(0, count, _BLOCK))


def _skip(stream: IO[bytes], count: int) -> None:
    """Reads `count` bytes away, in pieces smaller than those that the archive's own seek holds in memory."""
    while count > 0 and (skipped := len(stream.read(min(count, 1 << 20)))):
        count -= skipped


def _read_to_the_end(stream: IO[Any]) -> None:
    """At its end the archive compares its own checksum."""
    if stream.read(1):
        raise ValueError("there is more in it than its header says")
