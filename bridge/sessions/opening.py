"""Opening a file as an ONNX Runtime session on one provider."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnxruntime

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


# What ONNX Runtime says, of whatever it is that keeps CUDA from running every step, and what it means.
_CPU_FALLBACK = "fallback to CPU EP has been explicitly disabled"
_NOT_ALL_ON_CUDA = "it is missing, or not able to run every step: `maisynth doctor` says more"


class CannotUse(Exception):
    """This provider cannot load or run this file."""


def open_on_cpu(path: Path) -> Any:
    """An ONNX Runtime session that runs this file's graph on one thread. Raises CannotUse, with the reason."""
    return open_session(path, CPU)


def run_options() -> Any:
    """What a run can be given, and ended by: setting `terminate`, which any thread may."""
    return onnxruntime.RunOptions()


def open_session(path: Path, provider: str, provider_options: Mapping[str, str] | None = None) -> Any:
    """A session of which every step runs on `provider`. Raises CannotUse, with the reason."""
    # A failure is an exception here; the same on stderr, in colour, would be noise.
    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # One thread: at this size a second one gains a quarter and, spinning, burns a core between two requests. Two runs
    # at once, of a bar and of the others, gain more (second_core.py).
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    if provider == CUDA:
        _load_cuda()
        # Without this ONNX Runtime falls back to the CPU in silence.
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    chosen = provider if provider_options is None else (provider, dict(provider_options))
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[chosen])
    except Exception as error:  # ONNX Runtime's errors have no common class
        raise CannotUse(_NOT_ALL_ON_CUDA if _CPU_FALLBACK in str(error) else last_line(error)) from error
    if session.get_providers()[0] != provider:
        raise CannotUse(f"ONNX Runtime chose {session.get_providers()[0]}")
    return session


def last_line(error: Exception) -> str:
    """What an error of ONNX Runtime says, without the source lines before it."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else repr(error)


def _load_cuda() -> None:
    if CUDA not in onnxruntime.get_available_providers():
        raise CannotUse("this ONNX Runtime is built without it")
    # It would print why CUDA libraries are missing; the session says so too.
    with contextlib.redirect_stdout(io.StringIO()):
        onnxruntime.preload_dlls()
