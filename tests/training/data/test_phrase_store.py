"""The store: what is written is opened, without a copy, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.conftest import phrase_set, random_cells
from training.data.phrase_data import open_phrases
from training.data.phrase_file import PhraseFileError, PhraseSet, pack_cells, save_phrases
from training.data.phrase_store import DESCRIPTION_FILE, PHRASES_FILE, PhraseStoreWriter, open_store, save_store

SHAPE = (2, 8, 7, 3)  # 336 cells


def a_set() -> PhraseSet:
    return phrase_set(random_cells(5, SHAPE, 0.2), [0, 0, 1, 1, 1])


def assert_same(one: PhraseSet, other: PhraseSet) -> None:
    for name in ("phrases", "song", "first_bar"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert getattr(one, name).dtype == getattr(other, name).dtype
    assert replace(one, phrases=other.phrases, song=other.song, first_bar=other.first_bar) == other


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "band.phrases"
    save_store(path, a_set())
    return path


def test_what_is_saved_is_opened(stored: Path) -> None:
    assert_same(open_store(stored), a_set())
    assert {path.name for path in stored.parent.iterdir()} == {"band.phrases"}
    assert {path.name for path in stored.iterdir()} == {"phrases.npy", "description.npz"}


def test_the_phrases_stay_in_the_file_until_they_are_used(stored: Path) -> None:
    opened = open_store(stored)
    assert isinstance(opened.phrases, np.memmap)
    assert not opened.phrases.flags.writeable
    with (stored / PHRASES_FILE).open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\xff")  # a copy would not see it
    assert opened.phrases[-1, -1] == 0xFF
    assert opened.unpack(np.array([4]))[0, -1, -1, -1].all()


def test_a_store_grows_chunk_by_chunk(tmp_path: Path) -> None:
    path, whole = tmp_path / "band.phrases", a_set()
    with PhraseStoreWriter(path, whole.data_shape, whole.tracks, whole.steps_per_beat, whole.lowest_pitch) as writer:
        for rows in (slice(0, 2), slice(2, 2), slice(2, 5)):
            writer.append(whole.phrases[rows], whole.song[rows], whole.first_bar[rows])
            assert not path.exists()
        writer.finish(whole.songs)
    assert_same(open_store(path), whole)


def test_a_store_of_no_phrases_is_opened(tmp_path: Path) -> None:
    nothing = replace(
        a_set(),
        phrases=np.zeros((0, 42), dtype=np.uint8),
        song=np.zeros(0, dtype=np.int32),
        first_bar=np.zeros(0, dtype=np.int32),
    )
    save_store(tmp_path / "none.phrases", nothing)
    assert_same(open_store(tmp_path / "none.phrases"), nothing)


def test_a_write_that_fails_leaves_nothing_and_the_old_store(stored: Path) -> None:
    whole = a_set()
    with pytest.raises(PhraseFileError, match="'song' runs from 0 to 1, expected 0 to 0"):
        save_store(stored, replace(whole, songs=("only one.mid",)), replace=True)
    with _writer(stored, replace=True) as writer:
        writer.append(whole.phrases, whole.song, whole.first_bar)  # and is never finished
    with pytest.raises(PhraseFileError, match=r"expected uint8 \(5, 42\)"), _writer(stored, replace=True) as writer:
        writer.append(whole.phrases[:, :-1], whole.song, whole.first_bar)
    assert_same(open_store(stored), whole)
    assert {path.name for path in stored.parent.iterdir()} == {"band.phrases"}


def _writer(path: Path, replace: bool = False) -> PhraseStoreWriter:
    whole = a_set()
    return PhraseStoreWriter(
        path, whole.data_shape, whole.tracks, whole.steps_per_beat, whole.lowest_pitch, replace=replace
    )


def test_a_store_is_replaced_only_when_asked(stored: Path) -> None:
    other = phrase_set(random_cells(3, SHAPE, 0.5), [0, 0, 0])
    with pytest.raises(FileExistsError):
        save_store(stored, other)
    assert_same(open_store(stored), a_set())
    save_store(stored, other, replace=True)
    assert_same(open_store(stored), other)
    assert {path.name for path in stored.parent.iterdir()} == {"band.phrases"}


def test_a_folder_that_is_no_store_is_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "mine.phrases"
    folder.mkdir()
    (folder / "song.als").write_text("months of work")
    with pytest.raises(PhraseFileError, match="no store of phrases"):
        save_store(folder, a_set(), replace=True)
    assert (folder / "song.als").read_text() == "months of work"


def rewritten(store: Path, **changes: Any) -> Path:
    """The store with some of its description replaced; None leaves one out."""
    with np.load(store / DESCRIPTION_FILE) as archive:
        arrays = {**archive, **changes}
    np.savez(store / DESCRIPTION_FILE, **{key: value for key, value in arrays.items() if value is not None})
    return store


@pytest.mark.parametrize("key", ["data_shape", "song", "songs", "first_bar", "tracks", "steps_per_beat"])
def test_a_missing_key_is_named_with_its_file(stored: Path, key: str) -> None:
    with pytest.raises(PhraseFileError, match=rf"description\.npz lacks '{key}'"):
        open_store(rewritten(stored, **{key: None}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("data_shape", np.array([2, 8, 7])),
        ("data_shape", np.array([2, 8, 8, 3])),
        ("song", np.array([0, 0, 1, 1, 2], dtype=np.int32)),
        ("first_bar", np.zeros(4, dtype=np.int32)),
        ("tracks", np.array(["Drums"])),
    ],
)
def test_a_description_that_disagrees_is_refused(stored: Path, key: str, value: Any) -> None:
    with pytest.raises(PhraseFileError, match=rf"band\.phrases: '({key}|phrases)'"):
        open_store(rewritten(stored, **{key: value}))


def test_a_broken_store_is_named(stored: Path) -> None:
    phrases, description = stored / PHRASES_FILE, stored / DESCRIPTION_FILE
    kept = phrases.read_bytes()
    for broken in (kept[:-10], b"", b"no array at all"):
        phrases.write_bytes(broken)
        with pytest.raises(PhraseFileError, match=r"phrases\.npy is not the phrases of a store"):
            open_store(stored)
    phrases.write_bytes(kept)
    description.write_bytes(description.read_bytes()[:100])
    with pytest.raises(PhraseFileError, match=r"description\.npz is not the description"):
        open_store(stored)
    description.unlink()
    with pytest.raises(PhraseFileError, match=r"lacks description\.npz"):
        open_store(stored)


def test_training_opens_a_store_or_a_file_of_collect_data(stored: Path, tmp_path: Path) -> None:
    assert isinstance(open_phrases(stored).phrases, np.memmap)
    collected = tmp_path / "phrases.npz"
    save_phrases(collected, a_set())
    assert_same(open_phrases(collected), a_set())


def test_training_refuses_other_formats_with_the_command_that_converts_them(tmp_path: Path) -> None:
    dense, sparse, folder, text = (tmp_path / name for name in ("all.npy", "train.npz", "lpd", "notes.txt"))
    np.save(dense, random_cells(2, SHAPE))
    np.savez(sparse, shape=[2, *SHAPE], nonzero=np.zeros((5, 0), dtype=np.int64))
    folder.mkdir()
    text.write_text("these are no phrases")
    for path in (dense, sparse, folder):
        command = f"process-data {path} {tmp_path / path.stem}.phrases"
        with pytest.raises(PhraseFileError, match=f"{path}.*{command}$"):
            open_phrases(path)
    with pytest.raises(PhraseFileError, match=r"notes\.txt is not an \.npz or \.npy"):
        open_phrases(text)
    with pytest.raises(FileNotFoundError):
        open_phrases(tmp_path / "missing.phrases")


def test_packed_phrases_are_those_of_the_other_file(stored: Path) -> None:
    np.testing.assert_array_equal(open_store(stored).phrases, pack_cells(random_cells(5, SHAPE, 0.2)))
