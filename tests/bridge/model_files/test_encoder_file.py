"""The encoder that lies beside a model's file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.contract import ModelContract
from bridge.engine.latents import draw_latent
from bridge.generator import BadModel, Generator
from bridge.model_files.catalogue import ModelCatalogue
from bridge.model_files.encoder_file import METADATA_KEY, Encoder, encoder_beside, encoder_path
from tests.fakes import PatternGenerator
from tests.tiny_encoder import write_tiny_encoder
from tests.tiny_model import write_tiny_model


@pytest.fixture
def pair(band: ModelContract, tmp_path: Path) -> Path:
    """A tiny model with its encoder beside it."""
    path = tmp_path / "tiny.onnx"
    write_tiny_encoder(encoder_path(path), write_tiny_model(path, band))
    return path


def test_an_encoder_lies_beside_its_model_under_its_name() -> None:
    assert encoder_path(Path("models/late night.onnx")) == Path("models/late night.encoder.onnx")


def test_the_latent_of_a_generated_phrase_is_found_again(pair: Path) -> None:
    generator = Generator(pair, "cpu")
    encoder = encoder_beside(generator)
    assert encoder is not None
    latent = draw_latent(generator.contract, 3)
    roll = generator(latent, range(4)) > 0.0
    found = encoder({track: roll[:, track] for track in range(5)})
    assert found.dtype == np.float32
    assert found @ latent > 0.95 * np.linalg.norm(found) * np.linalg.norm(latent)


def test_a_track_that_is_not_given_is_not_heard(pair: Path) -> None:
    generator = Generator(pair, "cpu")
    encoder = encoder_beside(generator)
    assert encoder is not None
    roll = generator(draw_latent(generator.contract, 3), range(4)) > 0.0
    alone = encoder({2: roll[:, 2]})
    assert not np.allclose(alone, encoder({2: roll[:, 2], 1: roll[:, 1]}))
    np.testing.assert_array_equal(alone, encoder({2: roll[:, 2]}))


def test_a_latent_stays_within_the_truncation(pair: Path) -> None:
    encoder = encoder_beside(Generator(pair, "cpu"))
    assert encoder is not None
    one_cell = np.zeros((4, 48, 84), dtype=np.bool_)
    for pitch in range(84):
        one_cell[0, 0, pitch] = True
        assert np.abs(encoder({0: one_cell})).max() <= 2.0


def test_a_model_without_an_encoder_has_none(tiny_model: Path, band: ModelContract) -> None:
    assert encoder_beside(Generator(tiny_model, "cpu")) is None
    assert encoder_beside(PatternGenerator(band)) is None


def test_another_models_encoder_is_refused_with_both_names(band: ModelContract, tmp_path: Path) -> None:
    contract = write_tiny_model(tmp_path / "tiny.onnx", band, seed=1)
    write_tiny_encoder(tmp_path / "tiny.encoder.onnx", write_tiny_model(tmp_path / "other.onnx", band, seed=2))
    with pytest.raises(BadModel, match=r"tiny\.encoder\.onnx is for the model 000000000000, 'tiny 1' is .*export both"):
        Encoder(tmp_path / "tiny.encoder.onnx", contract)


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        ({}, "no 'maisynthesizer.encoder' metadata"),
        ({METADATA_KEY: "{"}, "cannot be used"),
        ({METADATA_KEY: "[" * 100_000}, "cannot be used"),
        ({METADATA_KEY: json.dumps({"version": 9, "model_hash": "0" * 64})}, "expected version 1"),
        ({METADATA_KEY: json.dumps({"version": 1, "model_hash": 7})}, "names no model_hash"),
    ],
)
def test_a_file_that_does_not_say_what_it_is_for_is_refused(
    pair: Path, metadata: dict[str, str], complaint: str
) -> None:
    generator = Generator(pair, "cpu")
    write_tiny_encoder(encoder_path(pair), generator.contract, metadata=metadata)
    with pytest.raises(BadModel, match=complaint):
        encoder_beside(generator)


def test_a_file_that_is_no_onnx_model_is_refused(pair: Path) -> None:
    encoder_path(pair).write_bytes(b"a song")
    with pytest.raises(BadModel, match=r"the encoder tiny\.encoder\.onnx cannot be used"):
        encoder_beside(Generator(pair, "cpu"))


def test_an_encoder_of_another_grid_is_refused(pair: Path) -> None:
    generator = Generator(pair, "cpu")
    write_tiny_encoder(encoder_path(pair), replace(generator.contract, bars=2))
    with pytest.raises(BadModel, match="cannot run with"):
        encoder_beside(generator)


def test_a_folder_of_models_shows_no_encoder(pair: Path) -> None:
    (pair.parent / "Loud.ENCODER.onnx").write_bytes(b"")
    catalogue = ModelCatalogue(pair.parent)
    catalogue.refresh(0.0)
    assert [file.path.name for file in catalogue.files()[1:]] == ["tiny.onnx"]
