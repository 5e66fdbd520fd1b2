"""From a checkpoint to a model file in its place: lowered, written beside it, verified, and only then renamed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bridge.contract import ModelContract
from export.describe import Provenance, describe
from export.errors import ExportError
from export.lowering import lower
from export.onnx_file import onnx_model
from export.verify import Verification, verify
from training.checkpoint import Checkpoint
from training.trained import trained_generator
from training.weights_option import Weights

T = TypeVar("T")


@dataclass(frozen=True)
class Artefact:
    """A model file that passed: where it is, its size in bytes, what it says of itself, what the check found."""

    path: Path
    size: int
    contract: ModelContract
    verification: Verification


def make_artefact(checkpoint: Checkpoint, weights: Weights, provenance: Provenance, output: Path) -> Artefact:
    """Write the verified model to `output`. Raises ExportError or CheckpointError; what was there before then stays."""
    _check_output(output)
    generator = trained_generator(checkpoint, weights)
    contract = describe(checkpoint, generator, provenance)
    content = onnx_model(lower(generator), contract).SerializeToString()
    verification = put_in_place(output, content, lambda partial: verify(partial, generator, contract))
    return Artefact(output, len(content), contract, verification)


def put_in_place(output: Path, content: bytes, check: Callable[[Path], T]) -> T:
    """Write a file beside `output`, check it there, and only then rename it; returns what the check did.

    Raises ExportError, and what the check raises; what was there before then stays.
    """
    # The suffix keeps a bridge that watches the folder for models from taking it before it has passed.
    partial = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        _write(partial, content)
        found = check(partial)
        partial.replace(output)
    except OSError as error:
        raise ExportError(f"{output} cannot be written: {error.strerror or error}") from error
    finally:
        _remove(partial)
    return found


def _check_output(output: Path) -> None:
    """What can be known before the seconds that an export takes."""
    if output.is_dir():
        raise ExportError(f"{output} is a folder: name a file in it, such as {output / 'model.onnx'}")
    if not output.parent.is_dir():
        raise ExportError(f"there is no folder {output.parent} to write {output.name} to: make it first")
    if not os.access(output.parent, os.W_OK):
        raise ExportError(f"the folder {output.parent} cannot be written to: choose another with -o")


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the error that led here is the one to tell
