"""The generator as it plays: an ONNX file in ONNX Runtime. The only module that knows ONNX Runtime."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bridge.contract import (
    BARS_INPUT,
    LATENT_INPUT,
    ROLL_OUTPUT,
    ContractError,
    ModelContract,
    from_metadata,
)
from bridge.engine.latents import Latent

PROVIDERS = ("auto", "cpu", "cuda")
_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
_WARM_UP_RUNS = 3  # the first runs allocate; on CUDA they also load kernels


class BadModel(ValueError):
    """The file is no model that can be played here; the message names it and says why and what to do."""


class Generator:
    """latent (latent_size,) and bar indices to activations (bars wanted, tracks, steps_per_bar, pitches).

    One thread calls it. `provider` is the execution provider that really runs the graph, `notice` says in a sentence
    why it is not the one asked for.
    """

    def __init__(self, path: Path, provider: str = "auto") -> None:
        if provider not in PROVIDERS:
            raise ValueError(f"provider is {provider!r}, expected one of: {', '.join(PROVIDERS)}")
        self.path = path
        self.notice: str | None = None
        self._session = self._open(path, provider)
        self.provider: str = self._session.get_providers()[0]
        try:
            self.contract = from_metadata(self._session.get_modelmeta().custom_metadata_map)
            _check_shapes(self._session, self.contract)
        except ContractError as error:
            raise BadModel(f"{path}: {error}") from error
        self.warm_up()

    def __call__(self, latent: Latent, bars: Sequence[int]) -> NDArray[np.float32]:
        """Activations of these bars, in this order, in the contract's value_range.

        Raises ValueError for a latent of another length or a bar that the model does not have.
        """
        if latent.shape != (self.contract.latent_size,):
            raise ValueError(f"the latent has shape {latent.shape}, expected ({self.contract.latent_size},)")
        if not bars or not all(0 <= bar < self.contract.bars for bar in bars):
            raise ValueError(f"bars is {list(bars)}, expected some of 0 to {self.contract.bars - 1}")
        (roll,) = self._session.run(
            [ROLL_OUTPUT],
            {
                LATENT_INPUT: np.ascontiguousarray(latent[None], dtype=np.float32),
                BARS_INPUT: np.asarray(bars, dtype=np.int64),
            },
        )
        return np.asarray(roll[0], dtype=np.float32)

    def warm_up(self) -> None:
        """Run as a request will, so that the first one is not the slow one. Raises BadModel if it cannot run."""
        silence = np.zeros(self.contract.latent_size, dtype=np.float32)
        cells = (len(self.contract.tracks), self.contract.steps_per_bar, self.contract.pitches)
        for _ in range(_WARM_UP_RUNS):
            for bars in ([0], list(range(self.contract.bars))):
                try:
                    roll = self(silence, bars)
                except Exception as error:  # ONNX Runtime's errors have no common class
                    raise BadModel(f"{self.path} cannot run: {error}") from error
                if roll.shape != (len(bars), *cells) or not np.isfinite(roll).all():
                    raise BadModel(
                        f"{self.path} computed a roll of shape {roll.shape}, expected {(len(bars), *cells)}, all finite"
                    )

    def _open(self, path: Path, provider: str) -> Any:
        if not path.is_file():
            raise BadModel(f"there is no model file {path}")
        if provider != "cpu":
            try:
                return _open_session(path, _CUDA)
            except CannotUse as reason:
                if provider == "cuda":
                    self.notice = f"CUDA was asked for but cannot be used ({reason}); the CPU plays"
        try:
            return _open_session(path, _CPU)
        except CannotUse as reason:
            raise BadModel(f"{path} is not an ONNX model that can be loaded: {reason}") from reason


class CannotUse(Exception):
    """This provider cannot load this file."""


def open_on_cpu(path: Path) -> Any:
    """An ONNX Runtime session that runs this file's graph on one thread. Raises CannotUse, with the reason."""
    return _open_session(path, _CPU)


def _open_session(path: Path, provider: str) -> Any:
    # A failure is an exception here; the same on stderr, in colour, would be noise.
    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # One thread: at this size a second one gains a quarter and, spinning, burns a core between two requests.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    if provider == _CUDA:
        if _CUDA not in onnxruntime.get_available_providers():
            raise CannotUse("this ONNX Runtime is built without it")
        # It would print why CUDA libraries are missing; the session says so too.
        with contextlib.redirect_stdout(io.StringIO()):
            onnxruntime.preload_dlls()
        # Without this ONNX Runtime falls back to the CPU in silence.
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[provider])
    except Exception as error:  # ONNX Runtime's errors have no common class
        raise CannotUse(str(error).strip().splitlines()[-1] if str(error).strip() else repr(error)) from error
    if session.get_providers()[0] != provider:
        raise CannotUse(f"ONNX Runtime chose {session.get_providers()[0]}")
    return session


def _check_shapes(session: Any, contract: ModelContract) -> None:
    """What the file declares must agree with its contract; names that vary (strings) agree with anything."""
    found = {value.name: (value.type, value.shape) for value in (*session.get_inputs(), *session.get_outputs())}
    expected: dict[str, tuple[str, list[int | None]]] = {
        LATENT_INPUT: ("tensor(float)", [None, contract.latent_size]),
        BARS_INPUT: ("tensor(int64)", [None]),
        ROLL_OUTPUT: (
            "tensor(float)",
            [None, None, len(contract.tracks), contract.steps_per_bar, contract.pitches],
        ),
    }
    for name, (kind, shape) in expected.items():
        if name not in found:
            raise ContractError(f"the graph has no {name!r}, it has: {', '.join(sorted(found))}")
        found_kind, found_shape = found[name]
        agrees = len(found_shape) == len(shape) and all(
            want is None or not isinstance(have, int) or want == have
            for want, have in zip(shape, found_shape, strict=True)
        )
        if found_kind != kind or not agrees:
            raise ContractError(
                f"the graph's {name!r} is {found_kind} {found_shape}, the contract asks for {kind} {shape}"
            )
