"""A judge of what the bars of a phrase repeat of each other, cell by cell, and of nothing else.

Two vectors of bars cannot tell a bar that comes again from one that is merely like it: here every two bars are laid on
each other before anything is summed up.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.grid import DEFAULT_GRID, GridFactors
from training.networks.layers import Contract, kernel
from training.networks.normalisation import at_least_float32, product_dtype

REPEAT_CHANNELS, SCORE_CHANNELS = 96, 256
FARTHEST_REPEAT = 3  # bars
PATCH_NOTE = 12  # cells that count as one


class RepeatJudge(nn.Module):
    """roll (batch, bars, steps, made pitches, tracks) in [-1, 1] to one score a phrase (batch, 1)."""

    to_patch: Tensor

    def __init__(self, tracks: int = 5, grid: GridFactors = DEFAULT_GRID) -> None:
        super().__init__()
        self.grid = grid
        self.distances = range(1, min(grid.bars, FARTHEST_REPEAT + 1))
        pairs = sum(grid.bars - distance for distance in self.distances)
        # Sums over cells as a product: over axes of a few cells each, a sum is what a GPU does worst.
        cells = torch.arange(grid.finest_time * grid.made_pitches * tracks)
        patch = cells // tracks % grid.made_pitches // grid.band_pitches * tracks + cells % tracks
        to_patch = torch.nn.functional.one_hot(patch, grid.bands * tracks).float() / PATCH_NOTE
        self.register_buffer("to_patch", to_patch, persistent=False)
        self.beat = Contract(2 * grid.fine_time * grid.bands * tracks, REPEAT_CHANNELS)
        self.pair = Contract(grid.coarse_time * REPEAT_CHANNELS, REPEAT_CHANNELS)
        self.phrase = Contract(pairs * REPEAT_CHANNELS, SCORE_CHANNELS)
        self.score = kernel(SCORE_CHANNELS, 1)

    def forward(self, roll: Tensor) -> Tensor:
        """From what sounds in both bars of a pair, and what in one of them alone, in each patch of each track."""
        sounding = product_dtype((roll + 1.0) / 2.0)
        alone = self._per_patch(sounding.square())
        both = [self._per_patch(sounding[:, :-distance] * sounding[:, distance:]) for distance in self.distances]
        sums = [alone[:, :-distance] + alone[:, distance:] for distance in self.distances]
        again = torch.cat(both, dim=1)
        h = self.beat(torch.cat((again, torch.cat(sums, dim=1) - 2.0 * again), dim=3))  # rows by phrase, pair, beat
        h = self.phrase(self.pair(h.flatten(2)).flatten(1))
        return at_least_float32(torch.matmul(h, self.score))

    def _per_patch(self, cells: Tensor) -> Tensor:
        """(N, bars, steps, pitches, tracks) to (N, bars, beats, patches of the beat): a sixteenth by an octave each."""
        parts = cells.reshape(*cells.shape[:2], self.grid.coarse_time, self.grid.fine_time, -1)
        return torch.matmul(parts, self.to_patch.to(parts.dtype)).flatten(3)
