"""The .npy format as a stream: its header, then its items, so that an array larger than the memory can pass."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from training.data.phrase_file import PhraseFileError


@dataclass(frozen=True, slots=True)
class NpyHeader:
    """What follows in the stream: items of `dtype`, the last axis fastest (the first with fortran_order)."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran_order: bool = False


def write_header(stream: IO[bytes], header: NpyHeader) -> None:
    """Write the header. Its length does not depend on the first axis, so that an array can grow. See read_header."""
    fields = {
        "descr": np.lib.format.dtype_to_descr(header.dtype),
        "fortran_order": header.fortran_order,
        "shape": header.shape,
    }
    np.lib.format.write_array_header_1_0(stream, fields)


def read_header(stream: IO[bytes]) -> NpyHeader:
    """The reverse of write_header; leaves the stream at the first item. Raises ValueError for what is no .npy."""
    version = np.lib.format.read_magic(stream)
    if version not in _READERS:
        raise ValueError(f".npy version {version}, expected {' or '.join(map(str, _READERS))}")
    shape, fortran_order, dtype = _READERS[version](stream)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, expected numbers")
    return NpyHeader(shape, dtype, fortran_order)


_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_items(stream: IO[bytes], dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    """The next `count` items, (count,), read-only. Raises EOFError when the stream ends before."""
    data = stream.read(count * dtype.itemsize)
    if len(data) != count * dtype.itemsize:
        raise EOFError(f"it ends {count * dtype.itemsize - len(data)} bytes too early: it is cut off, get it again")
    return np.frombuffer(data, dtype=dtype)


@contextmanager
def broken_file_named(what: str) -> Iterator[None]:
    """Turns whatever a broken or foreign file makes its reader raise into a PhraseFileError that begins with `what`."""
    try:
        yield
    except PhraseFileError:
        raise
    except (ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise PhraseFileError(f"{what}: {error}") from error
