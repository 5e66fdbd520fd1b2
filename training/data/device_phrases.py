"""All phrases in a GPU's memory, packed as in their file: a batch is looked up there and never crosses the bus.

Phrases unpacked by the processor and sent over would be what a fast GPU waits for: a batch of 64 is 21 MB.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.data.phrases import PhraseBatches, Prefetch
from training.transposition import transposed

MOST_OF_MEMORY = 0.25  # of what is free: the networks need the rest


class DevicePhrases:
    """The batches of PhraseBatches, the same ones, as tensors of a device."""

    def __init__(self, batches: PhraseBatches, first: int, device: torch.device) -> None:
        self._batches, self._next, self._device = batches, first, device
        self._packed = torch.from_numpy(np.ascontiguousarray(batches.phrase_set.phrases)).to(device)
        self._bits = torch.arange(7, -1, -1, dtype=torch.uint8, device=device)
        self._is_drum = torch.from_numpy(batches.is_drum).to(device)

    def take(self) -> Tensor:
        """The next batch, in order: (rows, bars, steps, pitches, tracks) float32 in {-1, 1}."""
        batch = self.batch(self._next)
        self._next += 1
        return batch

    def batch(self, step: int) -> Tensor:
        """The batch of this step, as PhraseBatches.batch."""
        drawn = self._batches.drawn(step)
        shape = self._batches.phrase_set.data_shape
        packed = self._packed[torch.from_numpy(drawn.indices).to(self._device)]
        cells = (packed[:, :, None] >> self._bits) & 1
        cells = cells.flatten(1)[:, : int(np.prod(shape))].view(-1, *shape)
        shifts = torch.from_numpy(drawn.shifts).to(self._device)
        cells = torch.where(self._is_drum, cells, transposed(cells, shifts, 0))
        return cells.float() * 2.0 - 1.0

    def close(self) -> None:
        """Nothing waits: there are no threads."""


def coming_batches(
    batches: PhraseBatches, first: int, device: torch.device, threads: int = 1
) -> DevicePhrases | Prefetch:
    """The batches from `first` on: looked up on a GPU where they fit, else made ready by threads of the processor."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        if batches.phrase_set.phrases.nbytes <= MOST_OF_MEMORY * free:
            return DevicePhrases(batches, first, device)
    return Prefetch(batches.batch, first, threads)
