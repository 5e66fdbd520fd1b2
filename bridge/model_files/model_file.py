"""One model file as the catalogue knows it, read without opening the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bridge.contract import ContractError, ModelContract, from_metadata
from bridge.model_files.onnx_metadata import NotOnnx, read_metadata


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model under the name by which it is loaded. `problem` says in a sentence why it cannot be, else it is None."""

    name: str
    path: Path
    size: int  # bytes
    modified: float  # Unix seconds
    contract: ModelContract | None  # None: it could not be read
    problem: str | None = None


def read_contract(path: Path) -> tuple[ModelContract | None, str | None]:
    """What the file says of itself, or why it cannot be told. Never raises."""
    try:
        return from_metadata(read_metadata(path)), None
    except NotOnnx as error:
        return None, f"{path.name} is not an ONNX model: {error}"
    except OSError as error:
        return None, f"{path.name} cannot be read: {error.strerror or error}"
    except (ContractError, ValueError, RecursionError) as error:  # hostile JSON raises the last two
        return None, f"{path.name} cannot be played: {error}"
