"""The file of phrases: what is saved is loaded, and what is not a file of phrases is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from training.data.phrase_file import PhraseFileError, PhraseSet, load_phrases, pack_cells, packed_size, save_phrases

SHAPE = (2, 6, 7, 3)  # 252 cells, not a whole number of bytes


def some_cells(count: int = 5) -> NDArray[np.bool_]:
    return np.random.default_rng(1).random((count, *SHAPE)) < 0.2


def a_set(cells: NDArray[np.bool_]) -> PhraseSet:
    return PhraseSet(
        phrases=pack_cells(cells),
        data_shape=SHAPE,
        song=np.array([0, 0, 1, 1, 1][: len(cells)], dtype=np.int32),
        songs=("a/first.mid", "zweites Stück.mid"),
        first_bar=np.arange(len(cells), dtype=np.int32),
        tracks=("Drums", "Bass", "Strings"),
        steps_per_beat=3,
        lowest_pitch=24,
    )


def rewritten(path: Path, **changes: Any) -> Path:
    """The file with some arrays replaced; None leaves one out."""
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays.update(changes)
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return path


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "phrases.npz"
    save_phrases(path, a_set(some_cells()))
    return path


def test_what_is_saved_is_loaded(saved: Path) -> None:
    wanted, loaded = a_set(some_cells()), load_phrases(saved)
    for name in ("phrases", "song", "first_bar"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(wanted, name))
        assert getattr(loaded, name).dtype == getattr(wanted, name).dtype
    assert replace(loaded, phrases=wanted.phrases, song=wanted.song, first_bar=wanted.first_bar) == wanted
    assert len(loaded) == 5


def test_unpacked_phrases_are_the_cells_in_the_order_asked(saved: Path) -> None:
    cells = load_phrases(saved).unpack(np.array([3, 0, 3]))
    assert cells.dtype == np.bool_
    np.testing.assert_array_equal(cells, some_cells()[[3, 0, 3]])


def test_the_file_holds_packed_bits_along_bars_steps_pitches_and_tracks(saved: Path) -> None:
    with np.load(saved, allow_pickle=False) as archive:
        assert archive["phrases"].shape == (5, 32) == (5, packed_size(SHAPE))
        np.testing.assert_array_equal(archive["phrases"][1], np.packbits(some_cells()[1].flatten(order="C")))
        assert archive["data_shape"].tolist() == list(SHAPE)
        assert (archive["data_shape"].dtype, archive["steps_per_beat"].dtype) == (np.int64, np.int64)
        assert archive["steps_per_beat"].shape == archive["lowest_pitch"].shape == ()


@pytest.mark.parametrize("key", ["phrases", "data_shape", "song", "songs", "first_bar", "tracks", "lowest_pitch"])
def test_a_missing_key_is_named(saved: Path, key: str) -> None:
    with pytest.raises(PhraseFileError, match=f"lacks '{key}'"):
        load_phrases(rewritten(saved, **{key: None}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("phrases", np.zeros((5, 31), dtype=np.uint8)),
        ("phrases", np.zeros((5, 32), dtype=np.float32)),
        ("phrases", np.zeros(32, dtype=np.uint8)),
        ("data_shape", np.array([2, 6, 7])),
        ("data_shape", np.array([2, 6, 0, 3])),
        ("song", np.array([0, 0, 1, 1, 2], dtype=np.int32)),
        ("song", np.array([0, 0, -1, 1, 1], dtype=np.int32)),
        ("first_bar", np.zeros(4, dtype=np.int32)),
        ("tracks", np.array(["Drums", "Bass"])),
        ("songs", np.array([1, 2])),
        ("steps_per_beat", np.array([3])),
    ],
)
def test_an_array_of_the_wrong_shape_or_kind_is_named(saved: Path, key: str, value: NDArray[Any]) -> None:
    with pytest.raises(PhraseFileError, match=f"'{key}'"):
        load_phrases(rewritten(saved, **{key: value}))


def test_an_array_of_objects_is_refused_unread(saved: Path) -> None:
    with pytest.raises(PhraseFileError, match=r"not an \.npz of maisynth-train"):
        load_phrases(rewritten(saved, songs=np.array([{"any": "object"}], dtype=object)))


def test_other_files_are_refused(tmp_path: Path, saved: Path) -> None:
    text, empty, single, cut = (tmp_path / name for name in ("text.npz", "empty.npz", "single.npy", "cut.npz"))
    text.write_text("these are no phrases")
    empty.write_bytes(b"")
    np.save(single, np.zeros(3))
    cut.write_bytes(saved.read_bytes()[:-100])
    for path in (text, empty, single, cut):
        with pytest.raises(PhraseFileError, match=path.name):
            load_phrases(path)
    with pytest.raises(FileNotFoundError):
        load_phrases(tmp_path / "missing.npz")


def test_a_set_that_disagrees_with_itself_is_not_written(tmp_path: Path, saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(PhraseFileError, match="'first_bar'"):
        save_phrases(saved, replace(a_set(some_cells()), first_bar=np.zeros(2, dtype=np.int32)))
    assert saved.read_bytes() == before
    assert list(tmp_path.iterdir()) == [saved]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full_disk(stream: Any, **arrays: Any) -> None:
        stream.write(b"half of it")
        raise OSError(28, "No space left on device", str(len(arrays)))

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_phrases(saved, a_set(some_cells(3)))
    assert saved.read_bytes() == before
    assert list(tmp_path.iterdir()) == [saved]
