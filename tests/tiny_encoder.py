"""A real encoder of the tiny model, of a few nodes: what the bridge's tests find latents with, built without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bridge.contract import ModelContract
from bridge.model_files.encoder_file import GIVEN_INPUT, LATENT_OUTPUT, PHRASE_INPUT, to_metadata
from tests.tiny_model import LATENT_SIZE


def write_tiny_encoder(
    path: Path, contract: ModelContract, seed: int = 0, metadata: dict[str, str] | None = None
) -> None:
    """Writes the sum of the sounding cells' weights, sqrt(8) long: cells sound where the latent points along them.

    `contract` and `seed` are the tiny model's; `metadata`: other than says that it is for this model.
    """
    cells = (contract.bars, len(contract.tracks), contract.steps_per_bar, contract.pitches)
    weights = np.random.default_rng(seed).standard_normal((LATENT_SIZE, int(np.prod(cells)))).astype(np.float32)
    constants: dict[str, NDArray[Any]] = {
        "weights": np.ascontiguousarray(weights.T),
        "length": np.array(np.sqrt(LATENT_SIZE), dtype=np.float32),
        "a track each": np.array([-1, 1, cells[1], 1, 1], dtype=np.int64),
        "a row": np.array([-1, int(np.prod(cells))], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Reshape", [GIVEN_INPUT, "a track each"], ["mask"]),
        helper.make_node("Mul", [PHRASE_INPUT, "mask"], ["heard"]),
        helper.make_node("Reshape", ["heard", "a row"], ["row"]),
        helper.make_node("MatMul", ["row", "weights"], ["sum"]),
        helper.make_node("LpNormalization", ["sum"], ["direction"], axis=1, p=2),
        helper.make_node("Mul", ["direction", "length"], [LATENT_OUTPUT]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny encoder",
        [
            helper.make_tensor_value_info(PHRASE_INPUT, TensorProto.FLOAT, ["batch", *cells]),
            helper.make_tensor_value_info(GIVEN_INPUT, TensorProto.FLOAT, ["batch", cells[1]]),
        ],
        [helper.make_tensor_value_info(LATENT_OUTPUT, TensorProto.FLOAT, ["batch", LATENT_SIZE])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, to_metadata(contract.model_hash) if metadata is None else metadata)
    onnx.save(model, str(path))
