"""Which files have which phrases, in little memory: a hash table in two arrays."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

_EMPTY = np.uint64(0)
_FULL = 2 / 3  # of the places; beyond, looking for one takes long
_AT_ONCE = 1 << 14  # phrases that move into a larger table together: what that takes beside the tables is small


class PhraseOwners:
    """Phrases by their digests. 12 bytes a place: 18 to 36 bytes a phrase, where a dict of lists takes 300."""

    def __init__(self) -> None:
        self._digests = np.zeros(1 << 12, dtype=np.uint64)
        self._first = np.full(1 << 12, -1, dtype=np.int32)  # the file that had the phrase first
        self._later: dict[int, list[int]] = {}  # digest: the other files, for phrases that have any
        self._phrases = 0
        self.sizes: dict[int, int] = {}  # file: how many phrases it has

    def add(self, digests: NDArray[np.uint64], file: int) -> tuple[NDArray[np.bool_], Counter[int]]:
        """A file's phrases, all different: which are new (n,), and how many each of the earlier files has as well.

        Of files with the very same phrases only the first is counted: a thousand copies would take a million steps.
        """
        digests = np.maximum(digests, np.uint64(1))  # 0 is an empty place
        if self._phrases + len(digests) > _FULL * len(self._digests):
            self._grow(len(digests))
        places = self._places(digests)
        owners = self._first[places]
        new = owners < 0
        self._first[places[new]] = file
        self._phrases += int(new.sum())
        known = digests[~new].tolist()
        shared = Counter(owners[~new].tolist())
        for digest in known:
            shared.update(self._later.get(digest, ()))
        self.sizes[file] = len(digests)
        if not any(count == len(digests) == self.sizes[other] for other, count in shared.items()):
            for digest in known:
                self._later.setdefault(digest, []).append(file)
        return new, shared

    def _places(self, digests: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Where each digest is; one that is not in the table takes an empty place."""
        last = np.uint64(len(self._digests) - 1)
        place, step = digests & last, (digests >> np.uint64(32)) | np.uint64(1)  # odd, so that it visits all places
        looking = np.arange(len(digests))
        while len(looking):
            here, wanted = place[looking], digests[looking]
            empty = self._digests[here] == _EMPTY
            self._digests[here[empty]] = wanted[empty]  # where two want one place, one of them gets it
            looking = looking[self._digests[here] != wanted]
            place[looking] = (place[looking] + step[looking]) & last
        return place.astype(np.intp)

    def _grow(self, more: int) -> None:
        size = len(self._digests)
        while self._phrases + more > _FULL * size:
            size *= 2
        taken = self._digests != _EMPTY
        digests, first = self._digests[taken], self._first[taken]
        self._digests, self._first = np.zeros(size, dtype=np.uint64), np.full(size, -1, dtype=np.int32)
        for begin in range(0, len(digests), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            self._first[self._places(digests[some])] = first[some]
