"""From a checkpoint to a model file in its place: lowered, written beside it, verified, and only then renamed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from bridge.contract import ModelContract
from export.describe import Provenance, describe
from export.errors import ExportError
from export.lowering import lower
from export.onnx_file import onnx_model
from export.verify import Verification, verify
from training.checkpoint import Checkpoint, newest_checkpoint
from training.experiment import Experiment
from training.generators import DefaultGenerator
from training.networks import build_generator

Weights = Literal["average", "generator"]
WEIGHTS: tuple[Weights, ...] = get_args(Weights)


@dataclass(frozen=True)
class Artefact:
    """A model file that passed: where it is, its size in bytes, what it says of itself, what the check found."""

    path: Path
    size: int
    contract: ModelContract
    verification: Verification


def find_checkpoint(experiment: Experiment, chosen: Path | None = None) -> Path:
    """The chosen checkpoint, else the experiment's newest. Raises ExportError if there is none."""
    if chosen is not None:
        if not chosen.is_file():
            raise ExportError(f"there is no checkpoint {chosen}")
        return chosen
    if not experiment.folder.is_dir():
        raise ExportError(f"there is no experiment {experiment.folder}: name the folder that maisynth-train trained in")
    newest = newest_checkpoint(experiment.model)
    if newest is None:
        raise ExportError(
            f"{experiment.model} has no checkpoint: train first with maisynth-train run-train {experiment.folder}"
        )
    return newest


def trained_generator(checkpoint: Checkpoint, weights: Weights) -> DefaultGenerator:
    """The trained network in eval mode: the moving average, or the generator as the last step left it."""
    generator = build_generator(checkpoint.params)
    try:
        generator.load_state_dict(checkpoint.average if weights == "average" else checkpoint.generator)
    except RuntimeError as error:
        raise ExportError(f"the checkpoint's {weights} weights do not fit its params: {error}") from error
    return generator.eval()


def make_artefact(checkpoint: Checkpoint, weights: Weights, provenance: Provenance, output: Path) -> Artefact:
    """Write the verified model to `output`. Raises ExportError, which leaves whatever was there before."""
    _check_output(output)
    generator = trained_generator(checkpoint, weights)
    contract = describe(checkpoint, generator, provenance)
    # The suffix keeps a bridge that watches the folder for models from taking it before it has passed.
    partial = output.with_name(f".{output.name}.{os.getpid()}.part")
    content = onnx_model(lower(generator), contract).SerializeToString()
    try:
        _write(partial, content)
        verification = verify(partial, generator, contract)
        partial.replace(output)
    except OSError as error:
        raise ExportError(f"{output} cannot be written: {error.strerror or error}") from error
    finally:
        _remove(partial)
    return Artefact(output, len(content), contract, verification)


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
