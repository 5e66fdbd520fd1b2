"""What an accompaniment plays to while it learns and is measured: one track of real phrases."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from training.data.phrases import PhraseBatches


@dataclass(frozen=True)
class GivenTracks:
    """Draws given tracks from real phrases. `track` is their index; None: the network plays without, and none come."""

    batches: PhraseBatches
    track: int | None

    def of(self, roll: Tensor) -> Tensor | None:
        """The given tracks (n, bars, steps, pitches) of phrases (n, bars, steps, pitches, tracks)."""
        return None if self.track is None else roll[..., self.track].contiguous()

    def draw(self, count: int, number: int) -> Tensor | None:
        """Of `count` real phrases, always the same for the same number."""
        if self.track is None:
            return None
        drawn = replace(self.batches, batch_size=count, random_transpose=False, share=None)
        return self.of(torch.from_numpy(drawn.batch(number)))
