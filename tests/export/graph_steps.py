"""What an exported graph must not do: ONNX Runtime puts such steps on the CPU, and the bridge uses CUDA only for a
model that needs nothing else."""

from __future__ import annotations

from pathlib import Path

import onnx

COMPUTE_SHAPES = {"Shape", "Size", "Range", "ConstantOfShape", "NonZero", "Expand", "Tile", "If", "Loop", "Pad"}


def shape_steps(path: Path) -> set[str]:
    """The steps of a model file that compute shapes, depend on values, need cuDNN, which is not always there, or
    cannot be part of a CUDA graph."""
    graph = onnx.load(path).graph
    constants = {constant.name for constant in graph.initializer}
    found = {node.op_type for node in graph.node if node.op_type in COMPUTE_SHAPES}
    found |= {node.op_type for node in graph.node if node.op_type.startswith("Conv") or node.op_type == "GatherND"}
    fixed = {"Reshape": (1,), "Slice": (1, 2, 3, 4), "Split": (1,), "Unsqueeze": (1,)}  # inputs that say a shape
    for node in graph.node:
        for place in fixed.get(node.op_type, ()):
            if place < len(node.input) and node.input[place] not in constants:
                found.add(f"{node.op_type} by {node.input[place]}")
    return found
