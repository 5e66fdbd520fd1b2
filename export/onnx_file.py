"""A lowered generator and its contract as the content of one ONNX file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from bridge.contract import BARS_INPUT, LATENT_INPUT, ROLL_OUTPUT, ModelContract, to_metadata
from export.errors import ExportError
from export.gather import gather_whole_rows

OPSET = 18  # torch's own; ONNX Runtime has CUDA kernels for all of it, not yet for every later revision
_CHATTY_LOGGERS = ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")


def onnx_model(lowered: nn.Module, contract: ModelContract) -> onnx.ModelProto:
    """The ONNX model, weights and contract inside; `batch` and `wanted` vary. Raises ExportError."""
    # Two of each: torch takes a size of 1 in the example for one that never varies.
    latent = torch.zeros(2, contract.latent_size)
    bars = torch.zeros(2, dtype=torch.int64)
    inputs = {LATENT_INPUT: (latent, "batch"), BARS_INPUT: (bars, "wanted")}
    return traced("generator", lowered, inputs, ROLL_OUTPUT, to_metadata(contract))


def traced(
    name: str, network: nn.Module, inputs: Mapping[str, tuple[Tensor, str]], output: str, metadata: Mapping[str, str]
) -> onnx.ModelProto:
    """A network as ONNX with this metadata; `name` is what errors call it. Raises ExportError.

    `inputs`: by name, in order, an example and what its first axis, which varies, is called.
    """
    try:
        with _quiet():
            program = torch.onnx.export(
                network,
                tuple(example for example, _ in inputs.values()),
                dynamo=True,
                opset_version=OPSET,
                input_names=list(inputs),
                output_names=[output],
                dynamic_shapes=_varying(inputs),
                external_data=False,
                verbose=False,
            )
    except ImportError as error:
        raise ExportError(f"the exporter is not installed ({error}): pip install 'maisynthesizer[train]'") from error
    except Exception as error:  # torch's exporter has no common class
        raise ExportError(f"torch could not write the {name} as ONNX: {error}") from error
    if program is None:
        raise ExportError("torch wrote no ONNX model")
    model = program.model_proto
    gather_whole_rows(model)
    _forget_the_source(model)
    model.producer_name, model.producer_version = "maisynth-export", ""
    onnx.helper.set_model_props(model, dict(metadata))
    return model


def _varying(inputs: Mapping[str, tuple[Tensor, str]]) -> tuple[dict[int, Any], ...]:
    """For each input its first axis; axes of one name vary together."""
    axes = {name: torch.export.Dim(name) for _, name in inputs.values()}
    return tuple({0: axes[name]} for _, name in inputs.values())


def _forget_the_source(model: onnx.ModelProto) -> None:
    """Torch notes at every node where in the source it came from, with the paths of this machine."""
    graph = model.graph
    del graph.metadata_props[:]
    for entry in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        del entry.metadata_props[:]
        entry.doc_string = ""


@contextmanager
def _quiet() -> Iterator[None]:
    """Torch's exporter warns of its own internals; what goes wrong comes as an exception all the same."""
    levels = {name: logging.getLogger(name).level for name in _CHATTY_LOGGERS}
    try:
        for name in levels:
            logging.getLogger(name).setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
