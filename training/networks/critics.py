"""Critics (discriminators): from a phrase to how real it is.

`DefaultCritic` is the network of MuseGAN's src/musegan/presets/discriminator/default.py, every layer a matrix product.
Three things about it surprise: each of its "private" streams sees all tracks, it scores windows of two bars and never
the whole phrase, and it has no normalisation.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from training.networks.grid import DEFAULT_GRID, OCTAVE, GridFactors
from training.networks.layers import Contract, kernel
from training.networks.normalisation import at_least_float32, product_dtype


class DefaultCritic(nn.Module):
    """roll (batch, bars, steps, pitches, tracks) in [-1, 1] to scores (batch, windows), one a window of two bars.

    1,365,841 trainable parameters at 4 x 48 x 84 x 5. As many private streams as tracks. Without `hears_chroma` or
    `hears_onsets` it is one of the original's ablated critics: that stream is left out. A phrase of one bar is scored
    whole.
    """

    def __init__(
        self,
        tracks: int = 5,
        grid: GridFactors = DEFAULT_GRID,
        hears_chroma: bool = True,
        hears_onsets: bool = True,
    ) -> None:
        super().__init__()
        copies = tracks
        self.copies, self.grid, self.hears_chroma, self.hears_onsets = copies, grid, hears_chroma, hears_onsets
        beats, fine, finest = grid.coarse_time, grid.fine_time, grid.finest_time
        # As the generator's, in pitch: three bands to one, the next three two on; or without overlap.
        self.band_kernel = 3 if grid.overlaps else grid.bands // grid.coarse_pitch
        self.band_stride = 2 if grid.overlaps else self.band_kernel
        self.window_bars = min(2, grid.bars)
        self.pitch_first = nn.ModuleList([Contract(OCTAVE * tracks, 16 * copies), Contract(finest * 16, 32, copies)])
        self.time_first = nn.ModuleList([Contract(finest * tracks, 16 * copies), Contract(OCTAVE * 16, 32, copies)])
        self.private_merge = Contract(64, 64, copies)
        self.shared = nn.ModuleList(
            [Contract(fine * self.band_kernel * 64 * copies, 128), Contract(beats * grid.coarse_pitch * 128, 256)]
        )
        if hears_chroma:
            self.chroma = nn.ModuleList([Contract(OCTAVE * tracks, 32), Contract(beats * 32, 64)])
        if hears_onsets:
            self.onset = nn.ModuleList(
                [Contract(finest * tracks, 16), Contract(fine * 16, 32), Contract(beats * 32, 64)]
            )
        self.features = 256 + 64 * hears_chroma + 64 * hears_onsets
        self.window = Contract(self.window_bars * self.features, 512)
        self.score_weight = kernel(512, 1)
        self.score_bias = nn.Parameter(torch.zeros(1))

    def forward(self, roll: Tensor) -> Tensor:
        if self.grid.left_out:  # whole octaves: what is above the pitches is silent
            roll = nn.functional.pad(roll, (0, 0, 0, self.grid.left_out), value=-1.0)
        streams = [self._cells(roll)]
        if self.hears_chroma:
            streams.append(self._chroma(roll))
        if self.hears_onsets:
            streams.append(self._onsets(roll))
        features = torch.cat(streams, dim=2)  # (N, bars, features)
        windows = features.unfold(1, self.window_bars, 1).transpose(2, 3).flatten(2)
        scores = torch.matmul(self.window(windows), self.score_weight).squeeze(2)
        return at_least_float32(scores) + self.score_bias

    def _cells(self, roll: Tensor) -> Tensor:
        """(N, bars, 256): the two private orders, merged, then the shared layers."""
        grid, copies, tracks = self.grid, self.copies, roll.shape[4]
        rows = (roll.shape[0], roll.shape[1])
        beats, fine, finest, bands = grid.coarse_time, grid.fine_time, grid.finest_time, grid.bands
        parts = beats * fine
        cells = product_dtype(roll).reshape(*rows, parts, finest, bands, OCTAVE * tracks)
        # What the second layer joins, steps here and pitches there, lies side by side from the start.
        octaves = cells.transpose(3, 4).reshape(-1, OCTAVE * tracks)
        h = cast(Contract, self.pitch_first[0]).for_copies(octaves, copies)  # rows by bar, part of a beat, band, step
        by_pitch = self.pitch_first[1](h.view(copies, -1, finest * 16))  # (copies, N * bars * parts * bands, 32)
        together = cells.view(*rows, parts, finest, bands * OCTAVE, tracks).transpose(3, 4)
        h = cast(Contract, self.time_first[0]).for_copies(together.reshape(-1, finest * tracks), copies)
        by_time = self.time_first[1](h.view(copies, -1, OCTAVE * 16))
        h = self.private_merge(torch.cat((by_pitch, by_time), dim=2))  # (copies, N * bars * parts * bands, 64)
        h = h.view(copies, *rows, beats, fine, bands, 64).permute(1, 2, 3, 5, 4, 0, 6)
        h = h.reshape(*rows, beats, bands, fine * copies * 64)
        h = self.shared[0](neighbouring_bands(h, grid.coarse_pitch, self.band_kernel, self.band_stride))
        features: Tensor = self.shared[1](h.flatten(2))
        return features

    def _chroma(self, roll: Tensor) -> Tensor:
        """(N, bars, 64) from the sums over each beat and over octaves."""
        grid, tracks = self.grid, roll.shape[4]
        beat = grid.fine_time * grid.finest_time
        chroma = roll.reshape(*roll.shape[:2], grid.coarse_time, beat, grid.bands, OCTAVE, tracks)
        chroma = chroma.sum((3, 4), dtype=torch.promote_types(roll.dtype, torch.float32))
        h = self.chroma[0](chroma.flatten(3))  # (N, bars, beats, 32)
        features: Tensor = self.chroma[1](h.flatten(2))
        return features

    def _onsets(self, roll: Tensor) -> Tensor:
        """(N, bars, 64) from what starts and ends at each step, summed over pitch; each bar starts from nothing."""
        grid, rows, tracks = self.grid, roll.shape[:2], roll.shape[4]
        h = self.onset[0](onsets_and_ends(roll).reshape(*rows, -1, grid.finest_time * tracks))
        h = self.onset[1](h.reshape(*rows, grid.coarse_time, grid.fine_time * 16))
        features: Tensor = self.onset[2](h.flatten(2))
        return features


def neighbouring_bands(h: Tensor, count: int, kernel_size: int, stride: int) -> Tensor:
    """(..., bands, channels) to (..., count, channels * kernel_size): what each of `count` overlapping kernels covers.

    Like unfold, whose backward pass takes a cell at a time.
    """
    last = stride * (count - 1) + 1
    covered = [h[..., first : first + last : stride, :] for first in range(kernel_size)]
    return torch.stack(covered, dim=-1).flatten(-2)


def onsets_and_ends(roll: Tensor) -> Tensor:
    """(N, bars, steps, tracks): by how much the sum over pitches changes at each step; a bar starts from nothing."""
    level = roll.sum(3, dtype=torch.promote_types(roll.dtype, torch.float32))
    return torch.cat((level[:, :, :1], level[:, :, 1:] - level[:, :, :-1]), dim=2)
