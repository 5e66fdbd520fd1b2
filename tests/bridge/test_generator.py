from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from bridge.contract import ModelContract, to_metadata
from bridge.engine.latents import draw_latent
from bridge.generator import BadModel, Generator


@pytest.fixture(scope="module")
def generator(tiny_model: Path) -> Generator:
    return Generator(tiny_model, "cpu")


def test_it_computes_the_bars_asked_for_in_the_order_asked_for(generator: Generator) -> None:
    latent = draw_latent(generator.contract, 1)
    phrase = generator(latent, [0, 1, 2, 3])
    assert phrase.shape == (4, 5, 48, 84)
    assert phrase.dtype == np.float32
    np.testing.assert_array_equal(generator(latent, [2, 0]), phrase[[2, 0]])


def test_the_provider_that_really_runs_is_reported(tiny_model: Path) -> None:
    asked = Generator(tiny_model, "cuda")
    if asked.provider == "CPUExecutionProvider":  # no GPU here
        assert asked.notice is not None
        assert "CUDA was asked for but cannot be used" in asked.notice
    assert Generator(tiny_model, "auto").provider in ("CPUExecutionProvider", "CUDAExecutionProvider")
    assert Generator(tiny_model, "cpu").notice is None


def test_a_latent_of_another_length_or_a_bar_that_is_not_there_is_refused(generator: Generator) -> None:
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(8,\)"):
        generator(np.zeros(3, dtype=np.float32), [0])
    for bars in ([], [4], [-1]):
        with pytest.raises(ValueError, match="bars"):
            generator(draw_latent(generator.contract, 1), bars)


def test_files_that_are_no_models_are_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "notes.onnx"
    text.write_text("these are not weights")
    for path, says in (
        (tmp_path / "nowhere.onnx", "there is no model file"),
        (text, "not an ONNX model"),
        (tmp_path, "there is no model file"),
    ):
        with pytest.raises(BadModel, match=says) as caught:
            Generator(path, "cpu")
        assert str(path) in str(caught.value)


def test_a_model_whose_contract_is_missing_or_disagrees_with_its_graph_is_refused(
    tiny_model: Path, band: ModelContract, generator: Generator, tmp_path: Path
) -> None:
    for name, metadata, says in (
        ("missing", {}, "was not written by maisynth-export"),
        ("latent", to_metadata(replace(generator.contract, latent=band.latent)), "'latent' is tensor"),
        ("grid", to_metadata(replace(generator.contract, steps_per_beat=4)), "'pianoroll' is tensor"),
        ("bars", to_metadata(replace(generator.contract, bars=8)), "cannot run"),
    ):
        model = onnx.load(str(tiny_model))
        helper.set_model_props(model, metadata)
        path = tmp_path / f"{name}.onnx"
        onnx.save(model, str(path))
        with pytest.raises(BadModel, match=says):
            Generator(path, "cpu")
