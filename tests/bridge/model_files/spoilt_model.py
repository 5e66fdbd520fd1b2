"""Real ONNX models that open and run, and still may not be played: the tiny model with other last steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

from bridge.contract import ROLL_OUTPUT, ModelContract
from tests.tiny_model import write_tiny_model


def _scaled(factor: float) -> list[NodeProto]:
    constant = numpy_helper.from_array(np.array(factor, dtype=np.float32))
    return [
        helper.make_node("Constant", [], ["factor"], value=constant),
        helper.make_node("Mul", ["played", "factor"], [ROLL_OUTPUT]),
    ]


SPOILT: dict[str, list[NodeProto]] = {
    "no number": [  # silent latents give products of zero, all others some below
        helper.make_node("Sqrt", ["products"], ["roots"]),
        helper.make_node("ReduceSum", ["roots"], ["sum"], keepdims=0),
        helper.make_node("Add", ["played", "sum"], [ROLL_OUTPUT]),
    ],
    "too loud": _scaled(3.0),
    "all the same": _scaled(0.0),
    "moody": [
        helper.make_node("RandomUniformLike", ["played"], ["mood"], low=-1.0, high=1.0),
        helper.make_node("Min", ["played", "mood"], [ROLL_OUTPUT]),
    ],
    "bars that listen to each other": [
        helper.make_node("ReduceMax", ["played"], ["loudest"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["played", "loudest"], ["apart"]),
        helper.make_node("Tanh", ["apart"], [ROLL_OUTPUT]),
    ],
    "deaf to its latent": [
        helper.make_node("Shape", ["played"], ["shape"]),
        helper.make_node("Slice", ["weights", "zero", "one", "zero"], ["row"]),
        helper.make_node("Reshape", ["row", "cells"], ["fixed phrase"]),
        helper.make_node("Gather", ["fixed phrase", "bars"], ["fixed bars"], axis=1),
        helper.make_node("Tanh", ["fixed bars"], [ROLL_OUTPUT]),
    ],
    "silent": [
        helper.make_node("Constant", [], ["ceiling"], value=numpy_helper.from_array(np.array(-0.1, dtype=np.float32))),
        helper.make_node("Min", ["played", "ceiling"], [ROLL_OUTPUT]),
    ],
}


def write_spoilt_model(path: Path, contract: ModelContract, fault: str) -> ModelContract:
    """Writes a model with one of the faults in SPOILT. Returns the contract it carries."""
    carried = write_tiny_model(path, contract, seed=1)
    model = onnx.load(str(path))
    model.opset_import[0].version = 17  # where ReduceMax takes its axes as an attribute
    (last,) = (node for node in model.graph.node if node.op_type == "Tanh")
    last.output[0] = "played"
    for name, number in (("zero", 0), ("one", 1)):
        model.graph.initializer.append(numpy_helper.from_array(np.array([number], dtype=np.int64), name))
    model.graph.node.extend(SPOILT[fault])
    onnx.save(model, str(path))
    return carried
