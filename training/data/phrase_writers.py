"""A writer for each format of phrases; what it writes appears when it is whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from training.data.dense_npy import write_dense
from training.data.phrase_file import save_phrases
from training.data.phrase_source import OnChunk, PhraseSource
from training.data.phrase_store import STORE_SUFFIX, PhraseStoreWriter, open_store
from training.data.sparse_npz import write_sparse

Writer = Callable[[Path, PhraseSource, OnChunk], None]


def _write_store(out: Path, source: PhraseSource, on_chunk: OnChunk) -> None:
    with PhraseStoreWriter(
        out, source.data_shape, source.tracks, source.steps_per_beat, source.lowest_pitch, replace=True
    ) as writer:
        first = 0
        for packed in source.chunks():
            rows = slice(first, first + len(packed))
            writer.append(packed, source.song[rows], source.first_bar[rows])
            first = rows.stop
            on_chunk(len(packed))
        writer.finish(source.songs)


def _write_collected(out: Path, source: PhraseSource, on_chunk: OnChunk) -> None:
    """By way of a store, so that the phrases come from a file when they are compressed."""
    with tempfile.TemporaryDirectory(dir=out.absolute().parent) as folder:
        store = Path(folder) / "all.phrases"
        _write_store(store, source, on_chunk)
        save_phrases(out, open_store(store))


def _whole(write: Writer) -> Writer:
    """The writer of a file, writing beside it and renaming."""

    def write_whole(out: Path, source: PhraseSource, on_chunk: OnChunk) -> None:
        partial = out.with_name(f".{out.name}.{os.getpid()}.part")
        try:
            write(partial, source, on_chunk)
            partial.replace(out)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink()

    return write_whole


# By the suffix of the file, and whether it is to be in the original's sparse form. What is there is replaced.
WRITERS: dict[tuple[str, bool], Writer] = {
    (STORE_SUFFIX, False): _write_store,
    (".npz", False): _write_collected,
    (".npy", False): _whole(write_dense),
    (".npz", True): _whole(write_sparse),
}
