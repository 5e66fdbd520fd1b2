"""A function of tensors, recorded once on a GPU and replayed from then on.

A training step of these networks is some thousand short kernels. Launched from Python one by one they take several
times as long as they run; a replayed recording (a CUDA graph) is one launch.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

WARM_UP_CALLS = 3  # that run as written: libraries choose kernels and take memory, which cannot be recorded


class Replayed:
    """Calls `function` with the same effects on weights and gradients; inputs keep their shapes, all on one GPU.

    Whatever the function does besides its kernels (Python's side effects) happens while it is recorded and never again.
    """

    def __init__(self, function: Callable[..., Tensor]) -> None:
        self._function = function
        self._calls = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._inputs: list[Tensor] = []
        self._output = torch.empty(0)

    def __call__(self, *inputs: Tensor) -> Tensor:
        """What the function returns, in memory of its own."""
        self._calls += 1
        if self._calls <= WARM_UP_CALLS:
            return self._aside(inputs)
        if self._graph is None:
            self._record(inputs)
        for kept, given in zip(self._inputs, inputs, strict=True):
            kept.copy_(given, non_blocking=True)
        assert self._graph is not None
        self._graph.replay()
        return self._output.clone()

    def _aside(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """As written, in a stream of its own, as a recording will be."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            output = self._function(*inputs)
        torch.cuda.current_stream().wait_stream(stream)
        return output

    def _record(self, inputs: tuple[Tensor, ...]) -> None:
        self._inputs = [given.clone() for given in inputs]
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._output = self._function(*self._inputs)
