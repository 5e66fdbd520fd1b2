"""The phrases of many files, taken one file after the other: what is new, and which files are one song."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.collecting.families import FAMILIES
from training.collecting.phrase_owners import PhraseOwners
from training.collecting.song_phrases import SongPhrases
from training.data.phrase_file import PhraseRules, PhraseSet

SAME_SONG_SHARE = 0.5  # of the phrases of the shorter file, for two files to be versions of one song


@dataclass(frozen=True)
class CollectReport:
    """What became of the files of a folder and of their phrases. Files are named relative to the folder."""

    files: int
    phrases: int
    by_active: dict[int, int]  # number of active families: phrases
    share_active: dict[str, float]  # family: share of the phrases in which it is active, 0-1
    duplicates: int  # phrases left out because an earlier file has them
    songs: int
    same_songs: dict[str, str]  # file: the file whose song it is a version of
    refused: dict[str, str]  # file: why nothing was taken from it


class Gathering:
    """Takes the files one by one, keeps what is new, and sees which files are versions of one song.

    It holds some 30 bytes a phrase, whatever the size of a phrase.
    """

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._refused: dict[str, str] = {}
        self._owners = PhraseOwners()
        self._song_of = list(range(len(names)))  # file: an earlier file of the same song, or itself
        self._file = array("i")  # of each phrase kept
        self._first_bar = array("i")
        self._by_active = np.zeros(len(FAMILIES) + 1, dtype=np.int64)
        self._active = np.zeros(len(FAMILIES), dtype=np.int64)
        self._duplicates = 0

    def refuse(self, index: int, reason: str) -> None:
        self._refused[self._names[index]] = reason

    def add(self, index: int, song: SongPhrases) -> bytes:
        """Take note of a file's phrases. The bytes of those that no earlier file has."""
        return song.phrases[self.take(index, song.digests, song.first_bar, song.active)].tobytes()

    def take(
        self, index: int, digests: NDArray[np.uint64], first_bar: NDArray[np.int32], active: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Take note of a file's phrases, by what SongPhrases says of them. Which of them no earlier file has (n,)."""
        new, shared = self._owners.add(digests, index)
        kept = int(new.sum())
        self._duplicates += len(digests) - kept
        self._file.extend([index] * kept)
        self._first_bar.extend(first_bar[new].tolist())
        self._by_active += np.bincount(active[new].sum(axis=1), minlength=len(FAMILIES) + 1)
        self._active += active[new].sum(axis=0)
        for other, count in shared.items():
            if count >= SAME_SONG_SHARE * min(self._owners.sizes[index], self._owners.sizes[other]):
                self._join(index, other)
        return new

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        self._song_of[second] = first

    def _root(self, index: int) -> int:
        while self._song_of[index] != index:
            index = self._song_of[index]
        return index

    def _song_files(self) -> list[int]:
        return sorted({self._root(index) for index in self._owners.sizes})

    def phrase_set(self, packed: NDArray[np.uint8], rules: PhraseRules) -> PhraseSet:
        song_files = self._song_files()
        number = np.zeros(len(self._names), dtype=np.int32)
        number[song_files] = np.arange(len(song_files))
        roots = np.array([self._root(file) for file in range(len(self._names))], dtype=np.intp)
        return PhraseSet(
            phrases=packed,
            data_shape=rules.data_shape,
            song=number[roots[np.array(self._file, dtype=np.intp)]],
            songs=tuple(self._names[file] for file in song_files),
            first_bar=np.array(self._first_bar, dtype=np.int32),
            tracks=FAMILIES,
            steps_per_beat=rules.steps_per_beat,
            lowest_pitch=rules.lowest_pitch,
        )

    def report(self) -> CollectReport:
        phrases = len(self._file)
        return CollectReport(
            files=len(self._names),
            phrases=phrases,
            by_active={active: count for active, count in enumerate(self._by_active.tolist()) if count},
            share_active={
                family: count / max(1, phrases) for family, count in zip(FAMILIES, self._active.tolist(), strict=True)
            },
            duplicates=self._duplicates,
            songs=len(self._song_files()),
            same_songs={
                self._names[file]: self._names[self._root(file)]
                for file in self._owners.sizes
                if self._root(file) != file
            },
            refused=self._refused,
        )
