from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.library.latents import LatentLibrary
from bridge.library.saved_latent import SavedLatent
from bridge.library.transfer import write_latents
from bridge.model_files.starting_latents import (
    StartingLatents,
    bring_starting_latents,
    read_starting_latents,
    starting_latents_file,
)


@pytest.fixture
def library() -> Iterator[LatentLibrary]:
    with LatentLibrary.in_memory() as opened:
        yield opened


def a_latent(name: str, band: ModelContract, value: float = 1.0) -> SavedLatent:
    return SavedLatent(name, band.model_hash, np.full(band.latent_size, value, dtype=np.float32), None, 1.0)


def a_model_with(folder: Path, *latents: SavedLatent) -> Path:
    model = folder / "jazz.onnx"
    with starting_latents_file(model).open("wb") as file:
        write_latents(latents, file)
    return model


def test_they_lie_beside_the_model() -> None:
    assert starting_latents_file(Path("models/jazz.onnx")) == Path("models/jazz.latents.json")


def test_a_new_library_begins_with_them(tmp_path: Path, library: LatentLibrary, band: ModelContract) -> None:
    model = a_model_with(tmp_path, a_latent("C major", band), a_latent("A minor", band))
    assert bring_starting_latents(library, model, band) is None
    assert library.names() == ["A minor", "C major"]


def test_a_library_that_knows_the_model_is_left_alone(
    tmp_path: Path, library: LatentLibrary, band: ModelContract
) -> None:
    model = a_model_with(tmp_path, a_latent("C major", band), a_latent("A minor", band))
    bring_starting_latents(library, model, band)
    library.delete("A minor")
    assert bring_starting_latents(library, model, band) is None
    assert library.names() == ["C major"], "what was deleted stays deleted"


def test_a_name_that_is_taken_keeps_its_latent(tmp_path: Path, library: LatentLibrary, band: ModelContract) -> None:
    library.save(a_latent("C major", replace(band, model_hash="1" * 64), value=7.0))
    model = a_model_with(tmp_path, a_latent("C major", band), a_latent("A minor", band))
    assert bring_starting_latents(library, model, band) is None
    assert library.get("C major").values[0] == 7.0
    assert library.names() == ["A minor", "C major"]


def test_a_model_without_them_is_no_problem(tmp_path: Path, library: LatentLibrary, band: ModelContract) -> None:
    assert bring_starting_latents(library, tmp_path / "jazz.onnx", band) is None
    assert library.names() == []


def test_those_of_another_model_are_left_out_with_a_sentence(
    tmp_path: Path, library: LatentLibrary, band: ModelContract
) -> None:
    model = a_model_with(tmp_path, a_latent("C major", replace(band, model_hash="1" * 64)))
    problem = bring_starting_latents(library, model, band)
    assert problem is not None
    assert "of another model" in problem
    assert library.names() == []


def test_a_file_that_is_none_is_left_out_with_a_sentence(
    tmp_path: Path, library: LatentLibrary, band: ModelContract
) -> None:
    model = tmp_path / "jazz.onnx"
    starting_latents_file(model).write_text("[]")
    problem = bring_starting_latents(library, model, band)
    assert problem is not None
    assert "expected what `maisynth latents export` writes" in problem
    assert library.names() == []


def test_what_is_read_holds_the_latents_of_this_model_alone(tmp_path: Path, band: ModelContract) -> None:
    other = replace(band, model_hash="1" * 64)
    short = replace(band, latent=replace(band.latent, song=3))
    latents = (a_latent("C major", band), a_latent("foreign", other), a_latent("short", short))
    found = read_starting_latents(a_model_with(tmp_path, *latents), band)
    assert [latent.name for latent in found.latents] == ["C major"]
    assert found.problem is None


def test_a_model_without_a_file_and_an_empty_file_bring_nothing(
    tmp_path: Path, library: LatentLibrary, band: ModelContract
) -> None:
    for found in (
        read_starting_latents(tmp_path / "none.onnx", band),
        read_starting_latents(a_model_with(tmp_path), band),
    ):
        assert found == StartingLatents()
        assert found.try_to_bring(library) is None
    assert library.names() == []


def test_a_folder_in_place_of_the_file_is_no_file(tmp_path: Path, band: ModelContract) -> None:
    starting_latents_file(tmp_path / "jazz.onnx").mkdir()
    assert read_starting_latents(tmp_path / "jazz.onnx", band) == StartingLatents()


def test_while_a_band_plays_a_library_that_cannot_be_written_is_a_sentence(
    library: LatentLibrary, band: ModelContract
) -> None:
    library._connection.execute("PRAGMA query_only = ON")  # SQLite then refuses as it does for a read-only file
    told = StartingLatents((a_latent("C major", band),)).try_to_bring(library)
    assert told is not None
    assert told.startswith("The latents that came with the model are left out: ")
