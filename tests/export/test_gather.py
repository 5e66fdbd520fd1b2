"""Rows chosen by one number each: the same ones by Gather as by GatherND."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.gather import gather_whole_rows


def a_model(axis: int = -1) -> onnx.ModelProto:
    """x (rows, 2, 2) and i (n, m) to the rows (n, m, 2, 2)."""
    nodes = [
        helper.make_node("Unsqueeze", ["i", "axis"], ["places"]),
        helper.make_node("GatherND", ["x", "places"], ["chosen"]),
    ]
    graph = helper.make_graph(
        nodes,
        "rows",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 2, 2]),
            helper.make_tensor_value_info("i", TensorProto.INT64, ["n", "m"]),
        ],
        [helper.make_tensor_value_info("chosen", TensorProto.FLOAT, ["n", "m", 2, 2])],
        [numpy_helper.from_array(np.array([axis], dtype=np.int64), "axis")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def chosen(model: onnx.ModelProto) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    given = {"x": np.arange(20, dtype=np.float32).reshape(5, 2, 2), "i": np.array([[4, 0, 2], [1, 1, 3]])}
    (found,) = session.run(None, given)
    return np.asarray(found, dtype=np.float32)


def test_the_same_rows_are_chosen_without_gather_nd() -> None:
    for axis in (-1, 2):
        model = a_model(axis)
        before = chosen(model)
        assert gather_whole_rows(model) == 1
        onnx.checker.check_model(model)
        assert [node.op_type for node in model.graph.node] == ["Gather"]
        np.testing.assert_array_equal(chosen(model), before)
        assert before.shape == (2, 3, 2, 2)


def test_places_of_several_numbers_stay_as_they_are() -> None:
    model = a_model()
    del model.graph.node[0]
    model.graph.input[1].name = "places"
    assert gather_whole_rows(model) == 0
    assert [node.op_type for node in model.graph.node] == ["GatherND"]
