"""A model on CUDA with buffers that stay on the device, and its kernels captured as one CUDA graph.

A run then costs one copy in, one launch and one copy out instead of a launch for each of the graph's 174 steps: on an
H100 a phrase takes 0.47 ms instead of 1.08, and every half a second, when the card has rested, 0.69 instead of 1.91
(copy in 0.01, graph 0.41, copy out 0.05). A graph is replayed with the addresses and shapes that it was captured with,
so each number of bars has its own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from bridge.contract import BARS_INPUT, LATENT_INPUT, ROLL_OUTPUT, ModelContract
from bridge.engine.latents import Latent
from bridge.sessions.interruption import Interruption
from bridge.sessions.opening import CPU, CUDA, CannotUse, open_session
from bridge.sessions.runs import Rolls, latent_row

# TF32 rounds products to ten bits: the notes would no longer be the CPU's. The arena takes what is asked for and no
# more: a band needs a few megabytes of a card that others draw on.
CUDA_OPTIONS = {"use_tf32": "0", "arena_extend_strategy": "kSameAsRequested"}
CAPTURES = {"enable_cuda_graph": "1"}
_DEVICES = {CPU: "cpu", CUDA: "cuda"}  # where a provider's buffers lie

# While one thread captures, no other may copy or allocate on the device: the capture would fail, or the copy. A model
# is opened in the background while another one plays.
DEVICE = threading.Lock()


class BoundRuns:
    """One session, one set of buffers a number of bars: a bar, all bars but one, and all of them.

    The engine asks for these. Any other number is rounded up to the next of them, and what is too much dropped.
    """

    def __init__(
        self,
        path: Path,
        contract: ModelContract,
        captures: bool,
        options: Mapping[str, str] = CUDA_OPTIONS,
        provider: str = CUDA,
    ) -> None:
        """`captures`: as CUDA graphs; `options`: the provider's. The CPU, where it gains nothing, can be bound too.

        Raises CannotUse, or what ONNX Runtime raises, also at the first runs.
        """
        self.provider = provider
        self.how = "CUDA graphs" if captures else "CUDA with bound buffers"
        if captures:
            _check_capturable(path)
        options = {**options, **(CAPTURES if captures else {})}
        # A session each: a graph reads host memory of its session's arena again and again (the addresses that Concat
        # and Split were given), and a second capture or another run in that session would overwrite it.
        self._buffers = [
            _Buffers(open_session(path, provider, options), _DEVICES[provider], contract, count)
            for count in bar_counts(contract.bars)
        ]

    def __call__(self, latent: Latent, bars: Sequence[int], _interruption: Interruption | None = None) -> Rolls:
        buffers = next(buffers for buffers in self._buffers if buffers.count >= len(bars))
        padded = (*bars, *[bars[-1]] * (buffers.count - len(bars)))
        return buffers.run(latent, padded)[: len(bars)]


def bar_counts(bars: int) -> list[int]:
    """The numbers of bars that have buffers, rising; the last is the whole phrase's."""
    return sorted({1, max(1, bars - 1), bars})


class _Buffers:
    """The inputs and the output of one number of bars, on the device, bound to a session of their own."""

    def __init__(self, session: Any, device: str, contract: ModelContract, count: int) -> None:
        self.count, self._session = count, session
        cells = (len(contract.tracks), contract.steps_per_bar, contract.pitches)
        self._latent = _on(device, (1, contract.latent_size), np.float32)
        self._bars = _on(device, (count,), np.int64)
        self._rolls = _on(device, (1, count, *cells), np.float32)
        self._loaded: tuple[int, ...] = ()
        self._binding = session.io_binding()
        self._binding.bind_ortvalue_input(LATENT_INPUT, self._latent)
        self._binding.bind_ortvalue_input(BARS_INPUT, self._bars)
        self._binding.bind_ortvalue_output(ROLL_OUTPUT, self._rolls)

    def run(self, latent: Latent, bars: tuple[int, ...]) -> Rolls:
        with DEVICE:
            if bars != self._loaded:  # mostly the same bars as last time
                self._loaded = ()
                self._bars.update_inplace(np.asarray(bars, dtype=np.int64))
                self._loaded = bars
            self._latent.update_inplace(latent_row(latent))
            self._session.run_with_iobinding(self._binding)
            copied = self._rolls.numpy()
        rolls: Rolls = copied[0]
        return rolls


def _on(device: str, shape: tuple[int, ...], kind: type[np.generic]) -> Any:
    return onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, kind, device, 0)


# CUDA's GatherND copies a number from the stack: the replayed graph would read whatever lies there by then, and may
# read beyond the device's memory, after which CUDA is lost to the process.
_NOT_CAPTURABLE = b"GatherND"


def _check_capturable(path: Path) -> None:
    if _NOT_CAPTURABLE in path.read_bytes():
        raise CannotUse(f"its graph has {_NOT_CAPTURABLE.decode()}, which cannot be captured: export the model again")
