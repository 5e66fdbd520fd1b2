"""The key as it plays: every phrase moved by its own semitones, in one product."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bridge.contract import KEY_VALUES
from export.lowered_layers import constant
from training.networks.playing_key import directions, moves


class PlayingKey(nn.Module):
    """rolls (batch, wanted, tracks, steps, pitches) in [-1, 1], as learned, and latents (batch, size): in their keys.

    A product with a matrix of a key, of 0 and 1, adds zeros to one value and so changes none; it runs where all else
    does, and looking cells up by index takes longer. Drums are moved by the home key, which is not at all.
    """

    directions: Tensor
    moves: Tensor
    moved: Tensor

    def __init__(self, pitches: int, is_drum: Tensor) -> None:
        super().__init__()
        self.register_buffer("directions", constant(directions().t()))
        self.register_buffer("moves", constant(moves(pitches)))
        self.register_buffer("moved", (~is_drum).long())

    def forward(self, rolls: Tensor, latent: Tensor) -> Tensor:
        keys = torch.mm(latent[:, :KEY_VALUES], self.directions).argmax(1)
        move = self.moves[keys[:, None] * self.moved]  # (batch, tracks, pitches, pitches)
        return torch.matmul(rolls + 1.0, move[:, None]) - 1.0  # silence is 0 meanwhile
