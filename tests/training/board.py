"""What TensorBoard reads of a run."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def curves(folder: Path) -> dict[str, dict[int, float]]:
    """Value by step, of every curve in EXP_DIR/logs/train."""
    read = EventAccumulator(str(folder))
    read.Reload()
    found = {name: [(event.step, event.value) for event in read.Scalars(name)] for name in read.Tags()["scalars"]}
    for name, events in found.items():
        assert len(dict(events)) == len(events), f"{name} has a step twice: {events}"
    return {name: dict(events) for name, events in found.items()}


def pictures(folder: Path, name: str = "phrases") -> dict[int, NDArray[np.uint8]]:
    """(height, width, 3) by step."""
    read = EventAccumulator(str(folder))
    read.Reload()
    return {
        event.step: np.asarray(Image.open(io.BytesIO(event.encoded_image_string)).convert("RGB"))
        for event in read.Images(name)
    }
