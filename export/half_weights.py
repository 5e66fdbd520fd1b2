"""Weights stored in half of the bytes: float16 in the file, float32 again when the session is opened."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 1024  # values from which on a weight is worth it


def with_half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model, its large float32 weights as float16 and a Cast each, which ONNX Runtime does once.

    A weight loses what is beyond 11 binary digits; one beyond 65,504 would be lost, and there is none.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    graph = halved.graph
    casts = []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < SMALLEST:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [weight.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return halved
