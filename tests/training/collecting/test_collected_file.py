"""Blocks of phrases in the file of a collection: what any reader of .npz files finds in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from training.collecting.collected_file import BlockSpool, save_collected
from training.collecting.families import FAMILIES
from training.collecting.phrase_blocks import deflate
from training.data.phrase_file import PhraseFileError, PhraseSet, load_phrases, packed_size, save_phrases

SHAPE = (4, 48, 84, 5)
Packed = NDArray[np.uint8]


def a_set(count: int) -> PhraseSet:
    packed = np.random.default_rng(count).integers(0, 256, (count, packed_size(SHAPE)), dtype=np.uint8)
    song = np.arange(count, dtype=np.int32) // 2
    return PhraseSet(
        packed, SHAPE, song, tuple(f"{n}.mid" for n in range(-(-count // 2))), song * 3, FAMILIES, 12, 24
    )  # fmt: skip


def spooled(phrases: Packed, sizes: Sequence[int]) -> BlockSpool:
    spool = BlockSpool(io.BytesIO())
    for piece in np.split(phrases, np.cumsum(sizes)[:-1]):
        spool.append(deflate(piece.tobytes()))
    return spool


@pytest.mark.parametrize("sizes", [[5], [1, 3, 1], [0, 2, 0, 0, 3, 0]])
def test_a_spool_is_saved_as_the_same_set_as_phrases_in_memory(tmp_path: Path, sizes: list[int]) -> None:
    phrases = a_set(5)
    shape_alone = np.broadcast_to(np.uint8(0), phrases.phrases.shape)
    save_collected(tmp_path / "a.npz", replace(phrases, phrases=shape_alone), spooled(phrases.phrases, sizes))
    save_phrases(tmp_path / "b.npz", phrases)
    with zipfile.ZipFile(tmp_path / "a.npz") as ours, zipfile.ZipFile(tmp_path / "b.npz") as numpys:
        assert ours.testzip() is None
        assert ours.namelist() == numpys.namelist()
        for name in ours.namelist():
            assert ours.read(name) == numpys.read(name)
    np.testing.assert_array_equal(load_phrases(tmp_path / "a.npz").phrases, phrases.phrases)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def test_no_phrases_are_a_set_as_well(tmp_path: Path) -> None:
    phrases = a_set(0)
    save_collected(tmp_path / "a.npz", phrases, BlockSpool(io.BytesIO()))
    assert load_phrases(tmp_path / "a.npz").phrases.shape == (0, 10_080)


def test_what_was_there_stays_when_a_set_cannot_be_saved(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(b"what was there before")
    phrases = a_set(3)
    spool = spooled(phrases.phrases, [3])
    spool.stream.close()
    with pytest.raises(ValueError, match="closed"):
        save_collected(path, phrases, spool)
    with pytest.raises(PhraseFileError, match="'first_bar' has shape"):
        save_collected(path, replace(phrases, first_bar=np.zeros(2, dtype=np.int32)), spool)
    assert path.read_bytes() == b"what was there before"
    assert list(tmp_path.iterdir()) == [path]
