"""In which key a phrase sounds: the notes of each of its tracks, heard as if it were in each key in turn.

The one network says of a phrase how much it sounds like one in the home key; that of a phrase moved back from every key
is asked. Which notes, how long, and how high: a bass has its range.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.encoding.encoder_layers import Dense, Handle
from training.measures.chroma import CLASSES
from training.networks.playing_key import moves

CHANNELS = 128


class KeyListener(nn.Module):
    """roll (batch, bars, steps, pitches, tracks) in {-1, 1} and the tracks heard (batch, tracks) in {0, 1} to scores
    (batch, 12 keys)."""

    back: Tensor
    to_class: Tensor

    def __init__(self, tracks: int, pitches: int) -> None:
        super().__init__()
        self.register_buffer("back", moves(pitches).transpose(1, 2), persistent=False)
        to_class = torch.nn.functional.one_hot(torch.arange(pitches) % CLASSES, CLASSES).float()
        self.register_buffer("to_class", to_class, persistent=False)
        self.notes = Dense(tracks * (pitches + CLASSES), CHANNELS)
        self.score = Handle(CHANNELS, 1)

    def forward(self, roll: Tensor, heard: Tensor) -> Tensor:
        sounding = ((roll.float() + 1.0) / 2.0).mean((1, 2)).transpose(1, 2) * heard.float()[:, :, None]
        shares = sounding / sounding.sum((1, 2), keepdim=True).clamp_min(1e-6)  # (batch, tracks, pitches)
        at_home = torch.matmul(shares[:, None], self.back)  # (batch, keys, tracks, pitches)
        notes = torch.cat((at_home, torch.matmul(at_home, self.to_class)), dim=3)
        scores: Tensor = self.score(self.notes(notes.flatten(2).sqrt()))[:, :, 0]
        return scores
