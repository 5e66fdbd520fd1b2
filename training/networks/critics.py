"""Critics (discriminators): from a phrase to how real it is.

`DefaultCritic` is the network of MuseGAN's src/musegan/presets/discriminator/default.py, every layer a matrix product.
Three things about it surprise: each of its "private" streams sees all tracks, it scores windows of two bars and never
the whole phrase, and it has no normalisation.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.layers import Contract, at_least_float32, kernel


class DefaultCritic(nn.Module):
    """roll (batch, bars, 48, 84, tracks) in [-1, 1] to scores (batch, bars - 1), one a window of two bars.

    1,365,841 trainable parameters at 4 x 48 x 84 x 5. As many private streams as tracks. Without `hears_chroma` or
    `hears_onsets` it is one of the original's ablated critics: that stream is left out.
    """

    def __init__(self, tracks: int = 5, hears_chroma: bool = True, hears_onsets: bool = True) -> None:
        super().__init__()
        copies = tracks
        self.copies, self.hears_chroma, self.hears_onsets = copies, hears_chroma, hears_onsets
        self.pitch_first = nn.ModuleList([Contract(12 * tracks, 16 * copies), Contract(3 * 16, 32, copies)])
        self.time_first = nn.ModuleList([Contract(3 * tracks, 16 * copies), Contract(12 * 16, 32, copies)])
        self.private_merge = Contract(64, 64, copies)
        self.shared = nn.ModuleList([Contract(4 * 3 * 64 * copies, 128), Contract(4 * 3 * 128, 256)])
        if hears_chroma:
            self.chroma = nn.ModuleList([Contract(12 * tracks, 32), Contract(4 * 32, 64)])
        if hears_onsets:
            self.onset = nn.ModuleList([Contract(3 * tracks, 16), Contract(4 * 16, 32), Contract(4 * 32, 64)])
        self.features = 256 + 64 * hears_chroma + 64 * hears_onsets
        self.window = Contract(2 * self.features, 512)
        self.score_weight = kernel(512, 1)
        self.score_bias = nn.Parameter(torch.zeros(1))

    def forward(self, roll: Tensor) -> Tensor:
        streams = [self._cells(roll)]
        if self.hears_chroma:
            streams.append(self._chroma(roll))
        if self.hears_onsets:
            streams.append(self._onsets(roll))
        features = torch.cat(streams, dim=2)  # (N, bars, features)
        windows = features.unfold(1, 2, 1).transpose(2, 3).flatten(2)  # (N, bars - 1, 2 * features)
        scores = torch.matmul(self.window(windows), self.score_weight).squeeze(2)
        return at_least_float32(scores) + self.score_bias

    def _cells(self, roll: Tensor) -> Tensor:
        """(N, bars, 256): the two private orders, merged, then the shared layers."""
        batch, bars, _, _, tracks = roll.shape
        copies = self.copies
        octaves = roll.reshape(batch, bars, 48, 7, 12 * tracks)
        h = self.pitch_first[0](octaves)  # (N, bars, 48, 7, copies * 16)
        h = h.view(batch, bars, 16, 3, 7, copies, 16).permute(5, 0, 1, 2, 4, 3, 6)
        by_pitch = self.pitch_first[1](h.reshape(copies, -1, 3 * 16))  # (copies, N * bars * 16 * 7, 32)
        triples = roll.view(batch, bars, 16, 3, 84, tracks).transpose(3, 4).reshape(batch, bars, 16, 84, 3 * tracks)
        h = self.time_first[0](triples)  # (N, bars, 16, 84, copies * 16)
        h = h.view(batch, bars, 16, 7, 12, copies, 16).permute(5, 0, 1, 2, 3, 4, 6)
        by_time = self.time_first[1](h.reshape(copies, -1, 12 * 16))
        h = self.private_merge(torch.cat((by_pitch, by_time), dim=2))  # (copies, N * bars * 16 * 7, 64)
        h = h.view(copies, batch, bars, 4, 4, 7, 64).permute(1, 2, 3, 5, 4, 0, 6)  # (N, bars, 4, 7, 4, copies, 64)
        h = h.reshape(batch, bars, 4, 7, 4 * copies * 64).unfold(3, 3, 2)  # (N, bars, 4, 3, 4 * copies * 64, 3)
        h = self.shared[0](h.flatten(4))  # (N, bars, 4, 3, 128)
        cells: Tensor = self.shared[1](h.reshape(batch, bars, 4 * 3 * 128))
        return cells

    def _chroma(self, roll: Tensor) -> Tensor:
        """(N, bars, 64) from the sums over each beat and over octaves."""
        batch, bars, _, _, tracks = roll.shape
        chroma = roll.view(batch, bars, 4, 12, 7, 12, tracks).sum((3, 4))
        h = self.chroma[0](chroma.flatten(3))  # (N, bars, 4, 32)
        features: Tensor = self.chroma[1](h.flatten(2))
        return features

    def _onsets(self, roll: Tensor) -> Tensor:
        """(N, bars, 64) from what starts and ends at each step, summed over pitch; each bar starts from nothing."""
        batch, bars, steps, _, tracks = roll.shape
        level = roll.sum(3)  # (N, bars, 48, tracks)
        change = torch.cat((level[:, :, :1], level[:, :, 1:] - level[:, :, :-1]), dim=2)
        h = self.onset[0](change.reshape(batch, bars, steps // 3, 3 * tracks))
        h = self.onset[1](h.reshape(batch, bars, 4, 4 * 16))
        features: Tensor = self.onset[2](h.reshape(batch, bars, 4 * 32))
        return features
