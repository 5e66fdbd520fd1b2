"""What TensorBoard shows of a run: losses and measures as curves, phrases as pictures, in EXP_DIR/logs/train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch.utils.tensorboard import SummaryWriter

from training.sampling.sample_images import Colour, coloured_images, image_grid


class Summaries:
    """Scalars and pictures by step. A resumed run goes on where its checkpoint was: later entries are dropped."""

    def __init__(self, folder: Path, first: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._writer = SummaryWriter(str(folder), purge_step=first + 1)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Values by name, such as loss/generator."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def phrases(self, step: int, cells: NDArray[np.bool_], rows: int, columns: int, colours: Sequence[Colour]) -> None:
        """A grid of phrases (rows * columns, bars, steps, pitches, tracks) bool, tracks over each other."""
        picture = image_grid(coloured_images(cells, colours), rows, columns)
        self._writer.add_image("phrases", picture, step, dataformats="HWC")

    def flush(self) -> None:
        """Put on the disk what is written so far: at a checkpoint, so that no curve has a gap where a run resumes."""
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()
