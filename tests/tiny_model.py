"""A real ONNX model of a few nodes, with a real contract: what the bridge's tests play, built without torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bridge.contract import BARS_INPUT, LATENT_INPUT, ROLL_OUTPUT, LatentLayout, ModelContract, to_metadata

LATENT_SIZE = 8


def write_tiny_model(path: Path, contract: ModelContract, seed: int = 0) -> ModelContract:
    """Writes tanh(direction of the latent W - 2.2): one cell in seventy sounds. Returns the contract it carries."""
    contract = replace(
        contract, name=f"tiny {seed}", model_hash=f"{seed:064x}", latent=LatentLayout(song=LATENT_SIZE), tempo=120.0
    )
    cells = (contract.bars, len(contract.tracks), contract.steps_per_bar, contract.pitches)
    weights = np.random.default_rng(seed).standard_normal((LATENT_SIZE, int(np.prod(cells))))
    constants: dict[str, NDArray[Any]] = {
        "weights": weights.astype(np.float32),
        "shift": np.array(-2.2, dtype=np.float32),
        "cells": np.array([-1, *cells], dtype=np.int64),
    }
    nodes = [
        # Latents of one length, so that none of them is silent.
        helper.make_node("LpNormalization", [LATENT_INPUT], ["direction"], axis=1, p=2),
        helper.make_node("MatMul", ["direction", "weights"], ["products"]),
        helper.make_node("Add", ["products", "shift"], ["shifted"]),
        helper.make_node("Reshape", ["shifted", "cells"], ["phrase"]),
        helper.make_node("Gather", ["phrase", BARS_INPUT], ["wanted"], axis=1),
        helper.make_node("Tanh", ["wanted"], [ROLL_OUTPUT]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info(LATENT_INPUT, TensorProto.FLOAT, ["batch", LATENT_SIZE]),
            helper.make_tensor_value_info(BARS_INPUT, TensorProto.INT64, ["wanted"]),
        ],
        [helper.make_tensor_value_info(ROLL_OUTPUT, TensorProto.FLOAT, ["batch", "wanted", *cells[1:]])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, to_metadata(contract))
    onnx.save(model, str(path))
    return contract
