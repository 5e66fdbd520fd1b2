"""process-data: any format of phrases to any other, whole or not at all."""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np
import pytest

from tests.training.conftest import phrase_set, random_cells
from training.data import process_data
from training.data.dense_npy import write_dense
from training.data.phrase_data import open_phrases
from training.data.phrase_file import PhraseFileError, PhraseSet, load_phrases, save_phrases
from training.data.phrase_readers import Reading
from training.data.phrase_source import source_of
from training.data.phrase_store import open_store, save_store
from training.data.process_data import ProcessError, process
from training.data.sparse_npz import write_sparse

SHAPE = (2, 8, 7, 5)
SONGS = [0, 0, 0, 1, 1, 2]


def a_set() -> PhraseSet:
    return phrase_set(random_cells(6, SHAPE, 0.1), SONGS)


def run(*options: object) -> int:
    parser = argparse.ArgumentParser()
    process_data.add_arguments(parser)
    return process_data.run(parser.parse_args([str(option) for option in options]))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """One set in every format."""
    folder = tmp_path / "in"
    folder.mkdir()
    files = {
        "store": folder / "a.phrases",
        "collected": folder / "b.npz",
        "sparse": folder / "c.npz",
        "dense": folder / "d.npy",
    }
    save_store(files["store"], a_set())
    save_phrases(files["collected"], a_set())
    write_sparse(files["sparse"], source_of(a_set()))
    write_dense(files["dense"], source_of(a_set()))
    return files


NAMES = ("store", "collected", "sparse", "dense")


@pytest.mark.parametrize(("one", "other"), list(itertools.product(NAMES, NAMES)))
def test_every_format_becomes_every_other(files: dict[str, Path], tmp_path: Path, one: str, other: str) -> None:
    out = tmp_path / f"out{files[other].suffix}"
    done: list[float] = []
    report = process(files[one], out, Reading(scratch=tmp_path), other == "sparse", on_chunk=lambda _total: done.append)
    assert (report.phrases, report.data_shape) == (6, SHAPE)
    assert sum(done) == pytest.approx(6)
    assert report.bytes_on_disk > 0
    assert {path.name for path in tmp_path.iterdir()} == {"in", out.name}

    back = tmp_path / "back.phrases"
    process(out, back, Reading(scratch=tmp_path))
    np.testing.assert_array_equal(open_store(back).phrases, a_set().phrases)
    if one in ("store", "collected") and other in ("store", "collected"):
        kept = open_phrases(out)
        np.testing.assert_array_equal(kept.song, a_set().song)
        np.testing.assert_array_equal(kept.first_bar, a_set().first_bar)
        assert (kept.songs, kept.tracks, kept.lowest_pitch) == (a_set().songs, a_set().tracks, 24)


def test_the_command_converts_and_reports(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "all.phrases"
    assert run(files["sparse"], out, "--phrases-per-song", 4, "--lowest-pitch", 30) == 0
    store = open_store(out)
    assert store.song.tolist() == [0, 0, 0, 0, 1, 1]
    assert store.lowest_pitch == 30
    printed = capsys.readouterr().out
    for line in ("phrases", "6", "2 x 8 x 7 x 5", "MiB"):
        assert line in printed

    assert run(out, tmp_path / "all.npz") == 0
    np.testing.assert_array_equal(load_phrases(tmp_path / "all.npz").phrases, a_set().phrases)
    assert run(out, tmp_path / "original.npz", "--sparse") == 0
    with np.load(tmp_path / "original.npz") as archive:
        assert sorted(archive.files) == ["nonzero", "shape"]


def test_a_file_is_replaced_only_when_asked(files: dict[str, Path], tmp_path: Path) -> None:
    for name in ("out.phrases", "out.npz", "out.npy"):
        out = tmp_path / name
        process(files["dense"], out, Reading(scratch=tmp_path))
        with pytest.raises(ProcessError, match="exists"):
            process(files["store"], out, Reading(scratch=tmp_path))
        process(files["store"], out, Reading(scratch=tmp_path), replace=True)
    assert open_store(tmp_path / "out.phrases").songs == a_set().songs  # the dense one names none
    assert load_phrases(tmp_path / "out.npz").songs == a_set().songs


def test_a_file_is_not_converted_onto_itself(files: dict[str, Path], tmp_path: Path) -> None:
    for path in files.values():
        with pytest.raises(ProcessError, match="both IN and OUT"):
            process(path, path, Reading(scratch=tmp_path), replace=True)


@pytest.mark.parametrize("out", ["x.phrases", "x.npz", "x.npy"])
def test_an_input_that_breaks_off_leaves_no_output(files: dict[str, Path], tmp_path: Path, out: str) -> None:
    dense = files["dense"]
    dense.write_bytes(dense.read_bytes()[:-1])
    (tmp_path / "old.npy").write_bytes(b"old")
    with pytest.raises(PhraseFileError, match=r"d\.npy"):
        process(dense, tmp_path / out, Reading(scratch=tmp_path))
    with pytest.raises(PhraseFileError, match=r"d\.npy"):
        process(dense, tmp_path / "old.npy", Reading(scratch=tmp_path), replace=True)
    assert {path.name for path in tmp_path.iterdir()} == {"in", "old.npy"}
    assert (tmp_path / "old.npy").read_bytes() == b"old"


def test_what_cannot_be_is_said(files: dict[str, Path], tmp_path: Path) -> None:
    for options, reason in (
        ([files["store"], tmp_path / "x.txt"], r"x\.txt, expected a name that ends in \.phrases"),
        ([files["store"], tmp_path / "x.npy", "--sparse"], r"--sparse with \.npz alone"),
        ([files["store"], tmp_path / "none" / "x.npy"], "none is not a folder"),
        ([files["dense"], tmp_path / "x.phrases", "--phrases-per-song", 0], "--phrases-per-song is 0"),
        ([files["dense"], tmp_path / "x.phrases", "--jobs", 0], "--jobs is 0"),
        ([tmp_path, tmp_path / "x.phrases", "--hop", 0], "--hop is 0"),
    ):
        with pytest.raises(ProcessError, match=reason):
            run(*options)
    np.save(tmp_path / "none.npy", np.zeros((0, *SHAPE)))
    with pytest.raises(PhraseFileError, match=r"none\.npy has no phrases"):
        run(tmp_path / "none.npy", tmp_path / "x.phrases")
    with pytest.raises(FileNotFoundError):
        run(tmp_path / "missing.npz", tmp_path / "x.phrases")
    assert not list(tmp_path.glob("x*"))
