"""The original's two files: read as NumPy writes them, written as NumPy reads them, refused when they are broken."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.conftest import phrase_set, random_cells
from training.collecting.families import FAMILIES
from training.data import phrase_source, sparse_npz
from training.data.dense_npy import dense_source, write_dense
from training.data.phrase_file import PhraseFileError, save_phrases, unpack_cells
from training.data.phrase_formats import Format, format_of
from training.data.phrase_source import PhraseSource, Unsaid, source_of
from training.data.phrase_store import save_store
from training.data.sparse_npz import sparse_source, write_sparse

SHAPE = (2, 8, 7, 5)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks and chunks so small that a few phrases need many, of sizes that never meet."""
    monkeypatch.setattr(phrase_source, "CHUNK_CELLS", 3 * int(np.prod(SHAPE)))
    monkeypatch.setattr(sparse_npz, "_BLOCK", 7)


def some_cells() -> NDArray[np.bool_]:
    """Eleven phrases; the first, some in the middle and the last are silent."""
    cells = random_cells(11, SHAPE, 0.05)
    cells[[0, 4, 5, 6, 7, 10]] = False
    return cells


def cells_of(source: PhraseSource) -> NDArray[np.bool_]:
    chunks = list(source.chunks())
    assert max(len(chunk) for chunk in chunks) <= 3
    return np.concatenate([unpack_cells(chunk, source.data_shape) for chunk in chunks])


def as_the_original(path: Path) -> NDArray[np.bool_]:
    """What the original's loader makes of the file."""
    with np.load(path) as loaded:
        cells = np.zeros(loaded["shape"], np.bool_)
        cells[tuple(indices for indices in loaded["nonzero"])] = True
    return cells


LAYOUTS: dict[str, Callable[[NDArray[np.bool_]], NDArray[Any]]] = {
    "the original's": lambda cells: np.array(cells.nonzero()),
    "rows of indices": np.argwhere,
    "rows, first axis fastest": lambda cells: np.asfortranarray(np.argwhere(cells)),
    "five, first axis fastest": lambda cells: np.asfortranarray(np.array(cells.nonzero())),
    "small unsigned numbers": lambda cells: np.array(cells.nonzero(), dtype=np.uint16),
    "big-endian": lambda cells: np.array(cells.nonzero(), dtype=">i4"),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_originals_file_is_read_in_every_layout(tmp_path: Path, save: Any, layout: str) -> None:
    cells = some_cells()
    save(tmp_path / "train.npz", nonzero=LAYOUTS[layout](cells), shape=cells.shape)
    source = sparse_source(tmp_path / "train.npz", Unsaid())
    for _ in range(2):  # chunks() begins anew
        np.testing.assert_array_equal(cells_of(source), cells)
    assert source.data_shape == SHAPE


def test_the_originals_file_is_written_as_its_loader_reads_it(tmp_path: Path) -> None:
    cells = some_cells()
    done: list[float] = []
    write_sparse(tmp_path / "train.npz", source_of(phrase_set(cells, [0] * 11)), done.append)
    np.testing.assert_array_equal(as_the_original(tmp_path / "train.npz"), cells)
    with np.load(tmp_path / "train.npz") as archive:
        np.testing.assert_array_equal(archive["nonzero"], np.array(cells.nonzero()))
        assert archive["nonzero"].dtype == np.int64
        assert archive["nonzero"].flags.c_contiguous
    np.testing.assert_array_equal(cells_of(sparse_source(tmp_path / "train.npz", Unsaid())), cells)
    assert sum(done) == pytest.approx(11)


def test_silence_alone_is_read_and_written(tmp_path: Path) -> None:
    cells = np.zeros((4, *SHAPE), dtype=np.bool_)
    write_sparse(tmp_path / "train.npz", source_of(phrase_set(cells, [0] * 4)))
    np.testing.assert_array_equal(cells_of(sparse_source(tmp_path / "train.npz", Unsaid())), cells)


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.float16, np.int64])
def test_a_plain_array_is_read_whatever_it_counts_in(tmp_path: Path, kind: Any) -> None:
    cells = some_cells()
    np.save(tmp_path / "all.npy", cells.astype(kind) * kind(1))
    np.testing.assert_array_equal(cells_of(dense_source(tmp_path / "all.npy", Unsaid())), cells)


def test_samples_between_minus_one_and_one_sound_above_zero(tmp_path: Path) -> None:
    values = np.random.default_rng(0).uniform(-1, 1, (4, *SHAPE)).astype(np.float32)
    np.save(tmp_path / "fake_x.npy", values)
    np.testing.assert_array_equal(cells_of(dense_source(tmp_path / "fake_x.npy", Unsaid())), values > 0)


def test_a_plain_array_is_written_as_numpy_reads_it(tmp_path: Path) -> None:
    cells = some_cells()
    write_dense(tmp_path / "all.npy", source_of(phrase_set(cells, [0] * 11)))
    written = np.load(tmp_path / "all.npy")
    assert written.dtype == np.bool_
    np.testing.assert_array_equal(written, cells)


def test_songs_are_runs_of_phrases_where_none_are_named(tmp_path: Path) -> None:
    np.save(tmp_path / "all.npy", some_cells())
    alone = dense_source(tmp_path / "all.npy", Unsaid())
    assert alone.song.tolist() == list(range(11))
    assert set(alone.first_bar.tolist()) == {0}
    runs = dense_source(tmp_path / "all.npy", Unsaid(phrases_per_song=4, lowest_pitch=36))
    assert runs.song.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    assert runs.first_bar.tolist() == [0, 2, 4, 6, 0, 2, 4, 6, 0, 2, 4]
    assert len(runs.songs) == 3
    assert (runs.tracks, runs.steps_per_beat, runs.lowest_pitch) == (FAMILIES, 2, 36)
    np.save(tmp_path / "two.npy", some_cells()[..., :2])
    assert dense_source(tmp_path / "two.npy", Unsaid()).tracks == ("Track 1", "Track 2")


def sparse_file(path: Path, **arrays: Any) -> Path:
    cells = some_cells()
    arrays = {"nonzero": np.array(cells.nonzero()), "shape": np.array(cells.shape), **arrays}
    np.savez(path / "train.npz", **{key: value for key, value in arrays.items() if value is not None})
    return path / "train.npz"


def falling() -> NDArray[np.int64]:
    indices = np.array(some_cells().nonzero())
    return indices[:, ::-1]


def too_far(axis: int) -> NDArray[np.int64]:
    indices = np.array(some_cells().nonzero())
    indices[axis, -1] = (11, *SHAPE)[axis]
    return indices


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"shape": None}, r"shape"),
        ({"shape": np.array([11, 2, 8, 7])}, r"'shape' is int64 with shape \(4,\)"),
        ({"shape": np.ones(5)}, r"'shape' is float64"),
        ({"shape": np.array([11, 2, 8, 0, 5])}, r"'shape' is \[11, 2, 8, 0, 5\]"),
        ({"shape": np.array([11, 2, 7, 7, 5])}, r"'shape' has 7 steps a bar, expected a multiple of 4"),
        ({"shape": np.array([11, 2, 8, 129, 5])}, r"expected at most 128 pitches"),
        ({"shape": np.array([11, 2, 8, 120, 5])}, r"give --lowest-pitch, 0 to 8"),
        ({"shape": np.array([11, 2, 10**12, 7, 5])}, r"cells a phrase"),
        ({"nonzero": np.zeros((5, 3))}, r"'nonzero' is float64"),
        ({"nonzero": np.zeros((4, 3), dtype=np.int64)}, r"'nonzero' is int64 with shape \(4, 3\)"),
        ({"nonzero": np.array([{}])}, r"Python objects"),
        ({"nonzero": falling()}, r"the phrases in 'nonzero' do not rise"),
        ({"nonzero": too_far(0)}, r"'nonzero' has phrase .* to 11, 'shape' allows 0 to 10"),
        ({"nonzero": too_far(3)}, r"'nonzero' has pitch .* to 7, 'shape' allows 0 to 6"),
        ({"nonzero": too_far(4) * -1}, r"'nonzero' has phrase -"),
    ],
)
def test_a_sparse_file_that_is_wrong_is_refused_by_file_and_key(
    tmp_path: Path, arrays: dict[str, Any], reason: str
) -> None:
    path = sparse_file(tmp_path, **arrays)
    with pytest.raises(PhraseFileError, match=rf"train\.npz.*{reason}"):
        list(sparse_source(path, Unsaid()).chunks())


def test_a_sparse_file_that_is_cut_off_or_damaged_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.save(header, np.array(some_cells().nonzero()))
    with zipfile.ZipFile(tmp_path / "cut.npz", "w") as archive:
        archive.writestr("shape.npy", _npy(np.array([11, *SHAPE])))
        archive.writestr("nonzero.npy", header.getvalue()[:-8])
    with pytest.raises(PhraseFileError, match=r"cut\.npz: 'nonzero' cannot be read: it ends 8 bytes too early"):
        list(sparse_source(tmp_path / "cut.npz", Unsaid()).chunks())

    np.savez_compressed(tmp_path / "bad.npz", nonzero=np.array(some_cells().nonzero()), shape=(11, *SHAPE))
    data = bytearray((tmp_path / "bad.npz").read_bytes())
    data[200] ^= 0xFF
    (tmp_path / "bad.npz").write_bytes(data)
    with pytest.raises(PhraseFileError, match=r"bad\.npz"):
        list(sparse_source(tmp_path / "bad.npz", Unsaid()).chunks())


def _npy(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((3, 2, 8, 7)), r"is \[3, 2, 8, 7\]"),
        (np.asfortranarray(some_cells()), r"np\.ascontiguousarray"),
        (np.full((3, *SHAPE), "x"), r"holds <U1"),
        (np.full((3, *SHAPE), None), r"Python objects"),
    ],
)
def test_a_plain_array_that_is_no_phrases_is_refused(tmp_path: Path, array: NDArray[Any], reason: str) -> None:
    np.save(tmp_path / "all.npy", array)
    with pytest.raises(PhraseFileError, match=rf"all\.npy.*{reason}"):
        dense_source(tmp_path / "all.npy", Unsaid())


def test_a_plain_array_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "all.npy"
    path.write_bytes(_npy(some_cells())[:-1])
    with pytest.raises(PhraseFileError, match=r"all\.npy: it ends 1 bytes too early"):
        list(dense_source(path, Unsaid()).chunks())


def test_formats_are_told_by_what_is_in_them_whatever_their_name(tmp_path: Path) -> None:
    phrases = phrase_set(some_cells(), [0] * 11)
    save_store(tmp_path / "a", phrases)
    save_phrases(tmp_path / "b", phrases)
    (tmp_path / "d").write_bytes(_npy(some_cells()))
    (tmp_path / "e").mkdir()
    sparse_file(tmp_path)
    found = {name: format_of(tmp_path / name) for name in ("a", "b", "train.npz", "d", "e")}
    assert list(found.values()) == [Format.STORE, Format.COLLECTED, Format.SPARSE, Format.DENSE, Format.PIANO_ROLLS]


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    path = sparse_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(PhraseFileError, match=r"train\.npz is a broken \.npz"):
        format_of(path)
