"""Rows chosen by one number each as Gather, the plain operator, where torch writes GatherND.

ONNX Runtime's CUDA GatherND reads a table of sizes from the processor's memory whenever it runs, which a CUDA graph
cannot: a model that has one plays without a graph there, several times slower (bridge/sessions/bound_runs.py).
"""

from __future__ import annotations

import onnx
from onnx import helper, numpy_helper


def gather_whole_rows(model: onnx.ModelProto) -> int:
    """GatherND(x, Unsqueeze(i, -1)) becomes Gather(x, i, axis=0), which computes the same; returns how many did."""
    graph = model.graph
    makers = {name: node for node in graph.node for name in node.output}
    axes = {one.name: numpy_helper.to_array(one).tolist() for one in graph.initializer if one.dims in ([], [1])}
    rewritten = 0
    for node in graph.node:
        indices = makers.get(node.input[1]) if node.op_type == "GatherND" else None
        if indices is None or indices.op_type != "Unsqueeze" or axes.get(indices.input[1]) not in ([-1], -1, [2], 2):
            continue
        node.CopyFrom(helper.make_node("Gather", [node.input[0], indices.input[0]], node.output, node.name, axis=0))
        rewritten += 1
    used = {name for node in graph.node for name in node.input} | {one.name for one in graph.output}
    for node in [node for node in graph.node if node.op_type == "Unsqueeze" and not used & set(node.output)]:
        graph.node.remove(node)
    return rewritten
