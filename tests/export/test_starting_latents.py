"""The latents that go out with a model: sound ones, unlike each other, each with a name of its own."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from bridge.generator import Generator
from bridge.library.latents import LatentLibrary
from bridge.model_files.starting_latents import bring_starting_latents, starting_latents_file
from export.starting_latents import Candidate, choose, named, write_starting_latents


@pytest.fixture(scope="module")
def generator(tiny_model: Path) -> Generator:
    return Generator(tiny_model, provider="cpu")


def apart(candidates: list[Candidate]) -> float:
    """The least difference between two of them."""
    return min(float((one.roll ^ other.roll).mean()) for one, other in combinations(candidates, 2))


def test_what_is_chosen_is_sounder_than_most_and_not_alike(generator: Generator) -> None:
    every = choose(generator, generator.contract, 40, candidates=40)
    chosen = choose(generator, generator.contract, 5, candidates=40)
    assert len(every) == 40
    assert len(chosen) == 5
    soundest = sorted((one.soundness for one in every), reverse=True)
    assert min(one.soundness for one in chosen) >= soundest[12], "of the sounder third"
    assert chosen[0].soundness == soundest[0]
    assert apart(chosen) > apart(every)


def test_every_name_is_another(generator: Generator) -> None:
    chosen = choose(generator, generator.contract, 12, candidates=12)
    names = named(chosen, generator.contract)
    assert len(set(names)) == 12
    assert len(set(named([chosen[0]] * 3, generator.contract))) == 3, "even of one and the same"
    tracks = {track.name.lower() for track in generator.contract.tracks}
    assert all(any(track in name for track in tracks) for name in names)


def test_what_was_written_a_new_library_begins_with(tiny_model: Path, tmp_path: Path, generator: Generator) -> None:
    model = tmp_path / "jazz.onnx"
    model.write_bytes(tiny_model.read_bytes())
    names = write_starting_latents(model, 3, saved_at=1_700_000_000.0)
    with LatentLibrary.in_memory() as library:
        assert bring_starting_latents(library, model, generator.contract) is None
        assert library.names() == sorted(names)
        saved = library.get(names[0])
    activations = generator(saved.values, range(generator.contract.bars))
    assert saved.roll is not None
    np.testing.assert_array_equal(saved.roll, activations > generator.contract.cell_threshold)
    assert saved.picture is not None


def test_asked_for_none_it_leaves_no_file_of_an_older_model(tiny_model: Path, tmp_path: Path) -> None:
    model = tmp_path / "jazz.onnx"
    model.write_bytes(tiny_model.read_bytes())
    write_starting_latents(model, 2, saved_at=1.0)
    assert write_starting_latents(model, 0, saved_at=1.0) == []
    assert not starting_latents_file(model).exists()
