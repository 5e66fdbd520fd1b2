"""The written file: it is small, says what it is, knows nothing of the machine, and runs in few steps."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from torch import Tensor, nn

from bridge.contract import LatentLayout, ModelContract, TrackSpec, from_metadata, to_metadata
from bridge.generator import Generator
from export.describe import weights_hash
from export.errors import ExportError
from export.onnx_file import onnx_model
from export.verify import trained_rolls
from tests.export.conftest import LICENCE, STATEMENT, Export
from tests.export.graph_steps import shape_steps
from training.networks.generators import DefaultGenerator
from training.sampling.latent_noise import draw_latents


def test_the_file_says_what_it_is(exported: Export, trained: DefaultGenerator) -> None:
    assert Generator(exported.path, provider="cpu").contract == ModelContract(
        name="late night trio",
        model_hash=weights_hash(trained.state_dict()),
        bars=4,
        beats_per_bar=4,
        steps_per_beat=12,
        lowest_pitch=21,
        pitches=84,
        tracks=(
            TrackSpec("Piano", 1, False, 0),
            TrackSpec("Kit", 0, True, 9),
            TrackSpec("Bass", 33, False, 1),
            TrackSpec("Lead", 80, False, 2),
            TrackSpec("Choir", 52, False, 3),
        ),
        latent=LatentLayout(song=96, truncation=2.0),
        value_range=(-1.0, 1.0),
        threshold=0.5,
        tempo=132.5,
        licence=LICENCE,
        data_statement=STATEMENT,
    )


def test_a_batch_of_latents_can_be_played_at_once(exported: Export, trained: DefaultGenerator) -> None:
    session = onnxruntime.InferenceSession(str(exported.path), providers=["CPUExecutionProvider"])
    latents = draw_latents(3, trained.latent_size, (6,))
    (rolls,) = session.run(["pianoroll"], {"latent": latents.numpy(), "bars": np.array([3, 1])})
    np.testing.assert_allclose(rolls, trained_rolls(trained, latents)[:, [3, 1]], atol=1e-5)


def test_the_file_holds_each_weight_once(exported: Export) -> None:
    assert exported.path.stat().st_size < 10_700_000
    beside = {path.name for path in exported.folder.iterdir()} - {"model", "model.latents.json"}
    assert beside == {"model.onnx"}, "no weights in a file of their own"


def test_the_file_names_no_folder_of_this_machine(exported: Export) -> None:
    content = exported.path.read_bytes()
    assert str(Path.cwd()).encode() not in content
    assert b"site-packages" not in content
    assert b"lowering.py" not in content


def test_batch_and_bars_are_the_only_sizes_that_vary(exported: Export) -> None:
    graph = onnx.load(exported.path).graph
    shapes = {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    assert shapes == {
        "latent": ["batch", 96],
        "bars": ["wanted"],
        "pianoroll": ["batch", "wanted", 5, 48, 84],
    }


def test_every_product_with_a_relu_is_one_step(exported: Export, tmp_path: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 4  # it warns that such a file suits this machine alone, as is meant
    onnxruntime.InferenceSession(str(exported.path), options, providers=["CPUExecutionProvider"])
    steps = Counter(node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node)
    assert steps["FusedGemm"] == 2 + 4 * 5  # the first two layers, and in each track two branches of two
    assert steps["Relu"] == 1  # the layer that overlaps adds before it
    assert steps["Transpose"] <= 2


def test_no_step_computes_a_shape(exported: Export) -> None:
    assert shape_steps(exported.path) == set()


def test_what_torch_cannot_export_is_said(band: ModelContract) -> None:
    class Undecided(nn.Module):
        def forward(self, latent: Tensor, bars: Tensor) -> Tensor:
            return latent if bars.sum() > 0 else bars

    with pytest.raises(ExportError, match="torch could not write the generator as ONNX"):
        onnx_model(Undecided(), band)


def test_a_contract_survives_the_metadata(band: ModelContract) -> None:
    odd = replace(band, name='Ünïcode "quoted"', data_statement="two\nlines")
    assert from_metadata(to_metadata(odd)) == odd
