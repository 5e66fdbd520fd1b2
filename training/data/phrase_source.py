"""Phrases on their way from one format to another: what is known of them all, and the cells a few at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.collecting.families import FAMILIES
from training.data.npy_stream import broken_file_named, read_header, read_items
from training.data.phrase_file import BEATS_PER_BAR, PhraseFileError, PhraseSet

CHUNK_CELLS = 20_000_000  # a byte each while they are unpacked
MAX_PHRASE_CELLS = 2**24

DataShape = tuple[int, int, int, int]
OnChunk = Callable[[float], None]  # hears how many more phrases are done


@dataclass(frozen=True)
class PhraseSource:
    """Like a PhraseSet, with the packed phrases as a stream: chunks() begins anew at the first phrase each time.

    `refused` are the files of a folder that no phrases were taken from, and why.
    """

    chunks: Callable[[], Iterator[NDArray[np.uint8]]]  # (n, bytes) each, in the order of `song`
    data_shape: DataShape
    song: NDArray[np.int32]
    songs: tuple[str, ...]
    first_bar: NDArray[np.int32]
    tracks: tuple[str, ...]
    steps_per_beat: int
    lowest_pitch: int
    refused: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.song)


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What an array of phrases alone does not say: how many phrases in a row are one song, and pitch 0."""

    phrases_per_song: int = 1
    lowest_pitch: int = 24


def source_of(phrase_set: PhraseSet, file: Path | None = None) -> PhraseSource:
    """A set as a source. `file`: the .npy of its phrases, read in place of a memory map, whose pages would pile up."""

    def chunks() -> Iterator[NDArray[np.uint8]]:
        if file is not None:
            yield from npy_rows(file, chunk_phrases(phrase_set.data_shape))
            return
        rows = chunk_phrases(phrase_set.data_shape)
        for first in range(0, len(phrase_set), rows):
            yield phrase_set.phrases[first : first + rows]

    return PhraseSource(
        chunks=chunks,
        data_shape=phrase_set.data_shape,
        song=phrase_set.song,
        songs=phrase_set.songs,
        first_bar=phrase_set.first_bar,
        tracks=phrase_set.tracks,
        steps_per_beat=phrase_set.steps_per_beat,
        lowest_pitch=phrase_set.lowest_pitch,
    )


def npy_rows(path: Path, rows: int) -> Iterator[NDArray[np.uint8]]:
    """The rows of a two-dimensional .npy of bytes, some at a time."""
    with path.open("rb") as stream, broken_file_named(str(path)):
        header = read_header(stream)
        count, size = header.shape
        for first in range(0, count, rows):
            wanted = min(rows, count - first)
            yield read_items(stream, header.dtype, wanted * size).reshape(wanted, size)


def unnamed_source(
    shape: tuple[int, ...], chunks: Callable[[], Iterator[NDArray[np.uint8]]], unsaid: Unsaid, where: str
) -> PhraseSource:
    """A source for an array of (phrases, bars, steps, pitches, tracks) that comes without songs and names.

    Runs of unsaid.phrases_per_song phrases are taken for songs, their phrases for following on each other. Raises
    PhraseFileError, beginning with `where`, for a shape that no phrases have.
    """
    if len(shape) != 5 or min(shape[1:]) < 1 or shape[0] < 0:
        raise PhraseFileError(f"{where} is {list(shape)}, expected (phrases, bars, steps per bar, pitches, tracks)")
    count, bars, steps, pitches, tracks = shape
    if math.prod(shape[1:]) > MAX_PHRASE_CELLS or pitches > 128:
        raise PhraseFileError(
            f"{where} is {list(shape)}, expected at most 128 pitches and {MAX_PHRASE_CELLS} cells a phrase"
        )
    if steps % BEATS_PER_BAR:
        raise PhraseFileError(f"{where} has {steps} steps a bar, expected a multiple of {BEATS_PER_BAR}: 4 beats a bar")
    if not 0 <= unsaid.lowest_pitch <= 128 - pitches:
        raise PhraseFileError(
            f"{where} has {pitches} pitches, from {unsaid.lowest_pitch} up they leave the MIDI range 0 to 127: "
            f"give --lowest-pitch, 0 to {128 - pitches}"
        )
    song, place = np.divmod(np.arange(count, dtype=np.int32), np.int32(unsaid.phrases_per_song))
    return PhraseSource(
        chunks=chunks,
        data_shape=(bars, steps, pitches, tracks),
        song=song,
        songs=tuple(f"song {number}" for number in range(1 + int(song.max(initial=-1)))),
        first_bar=place * np.int32(bars),
        tracks=FAMILIES if tracks == len(FAMILIES) else tuple(f"Track {number + 1}" for number in range(tracks)),
        steps_per_beat=steps // BEATS_PER_BAR,
        lowest_pitch=unsaid.lowest_pitch,
    )


def chunk_phrases(data_shape: DataShape) -> int:
    """How many phrases to hold unpacked at a time."""
    return max(1, CHUNK_CELLS // math.prod(data_shape))
