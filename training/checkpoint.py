"""Checkpoints: all that a run needs to go on, or an export to begin, in one file that loads without running code."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from training.config import Config, Params
from training.config_file import from_mapping, to_mapping

FORMAT = 1
PATTERN = "checkpoint_*.pt"


class CheckpointError(ValueError):
    """There is no checkpoint, or it cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """A run after `step` generator steps. States are torch's, by parameter name."""

    step: int
    params: Params
    config: Config
    generator: dict[str, Any]
    critic: dict[str, Any]
    average: dict[str, Any]
    generator_optimiser: dict[str, Any]
    critic_optimiser: dict[str, Any]


def save_checkpoint(folder: Path, checkpoint: Checkpoint, keep: int = 3) -> Path:
    """Write it whole or not at all, then drop all but the newest `keep`. The reverse of load_checkpoint."""
    path = write_states(folder, checkpoint, FORMAT)
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        old.unlink()
    return path


def load_checkpoint(path: Path) -> Checkpoint:
    """The reverse of save_checkpoint. Raises CheckpointError."""
    content = read_states(path, FORMAT)
    try:
        return Checkpoint(
            **{
                **content,
                "params": from_mapping(Params, content["params"]),
                "config": from_mapping(Config, content["config"]),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is not a checkpoint of this version: {error}") from error


def write_states(folder: Path, checkpoint: Any, kind: int | str) -> Path:
    """Write a dataclass of states, with `step`, `params` and `config`, whole or not at all. The reverse of read_states.

    `kind` is what the file's format is called.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"checkpoint_{checkpoint.step:07d}.pt"
    content = {
        **vars(checkpoint),
        "params": to_mapping(checkpoint.params),
        "config": to_mapping(checkpoint.config),
        "format": kind,
    }
    partial = folder / "checkpoint.part"  # one name: what a full disk or a power cut leaves is written over
    with partial.open("wb") as stream:
        torch.save(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    return path


def read_states(path: Path, kind: int | str) -> dict[str, Any]:
    """What was written, by field, params and config still as mappings. Raises CheckpointError."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:  # its text advises to run what is in the file
        raise CheckpointError(
            f"{path} is damaged, or holds more than weights and settings: it is not loaded. "
            "Delete it to go on from the checkpoint before it"
        ) from error
    except Exception as error:  # torch raises many kinds for a damaged or hostile file
        raise CheckpointError(
            f"{path} is not a checkpoint that can be read: {error}. Delete it to go on from the checkpoint before it"
        ) from error
    if not isinstance(content, dict) or content.get("format") != kind:
        raise CheckpointError(f"{path} is not a checkpoint of this version (format {kind})")
    del content["format"]
    return content


def newest_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint of a run, if it has one."""
    return max(folder.glob(PATTERN), default=None)
