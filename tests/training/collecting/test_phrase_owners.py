"""Which files have which phrases: as a dictionary of lists would tell, in little memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.collecting.phrase_owners import PhraseOwners

LARGEST = 2**64 - 1


def digests(*values: int) -> NDArray[np.uint64]:
    return np.array(values, dtype=np.uint64)


def test_a_phrase_is_new_in_the_first_file_that_has_it() -> None:
    owners = PhraseOwners()
    new, shared = owners.add(digests(7, 8, LARGEST), 0)
    assert (new.tolist(), shared) == ([True, True, True], {})
    new, shared = owners.add(digests(9, LARGEST, 7), 1)
    assert (new.tolist(), shared) == ([True, False, False], {0: 2})
    new, shared = owners.add(digests(LARGEST, 9), 2)
    assert (new.tolist(), shared) == ([False, False], {0: 1, 1: 2})


def test_a_file_without_phrases_changes_nothing() -> None:
    owners = PhraseOwners()
    owners.add(digests(1, 2), 0)
    new, shared = owners.add(digests(), 1)
    assert (new.tolist(), shared) == ([], {})
    assert owners.add(digests(2), 2)[1] == {0: 1}


def test_a_copy_shares_with_the_first_file_alone_however_many_copies_there_are() -> None:
    owners = PhraseOwners()
    owners.add(digests(1, 2, 3), 0)
    for copy in range(1, 10):
        assert owners.add(digests(3, 2, 1), copy)[1] == {0: 3}
    assert owners.add(digests(1, 2), 10)[1] == {0: 2}
    assert owners.add(digests(1, 4), 11)[1] == {0: 1, 10: 1}


# Their lowest bits are equal, so that they want the same places; some agree in the step to the next place as well.
CROWDED = st.integers(1, 12).flatmap(
    lambda high: st.sampled_from([high << 13, high << 33, (high << 33) + (high << 13)])
)


@given(st.lists(st.lists(st.integers(1, 30) | CROWDED, unique=True, max_size=25), max_size=12))
def test_it_tells_what_a_dictionary_of_lists_tells(files: list[list[int]]) -> None:
    owners = PhraseOwners()
    known: dict[int, list[int]] = {}
    for file, phrases in enumerate(files):
        new, shared = owners.add(digests(*phrases), file)
        assert new.tolist() == [phrase not in known for phrase in phrases]
        assert shared == Counter(owner for phrase in phrases for owner in known.get(phrase, []))
        if not any(set(phrases) == set(earlier) for earlier in files[:file]):  # a copy does not count
            for phrase in phrases:
                known.setdefault(phrase, []).append(file)


def test_many_phrases_take_few_bytes_each_and_all_are_found_again() -> None:
    random = np.random.default_rng(1)
    files = np.unique(random.integers(1, LARGEST, 100_000, dtype=np.uint64))
    random.shuffle(files)
    tracemalloc.start()
    owners = PhraseOwners()
    for file, phrases in enumerate(np.array_split(files, 1000)):
        assert owners.add(phrases, file)[0].all()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held < 40 * len(files)
    for file in (0, 1, 500, 999):
        phrases = np.array_split(files, 1000)[file]
        assert owners.add(phrases, 1000 + file)[1][file] == len(phrases)
