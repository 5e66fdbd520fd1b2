"""Generators: from a latent vector to a phrase of multitrack bars.

`DefaultGenerator` is the network of MuseGAN's src/musegan/presets/generator/default.py, every layer a matrix product
(training/networks/layers.py). A phrase is (batch, bars, steps, pitches, tracks), as in the original.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bridge.contract import LatentLayout
from training.networks.grid import DEFAULT_GRID, GridFactors
from training.networks.layers import Expand, ExpandPitchOverlap, ExpandTimeThenPitch, kernel
from training.networks.normalisation import RowNorm, at_least_float32, product_dtype, row_moments
from training.networks.track_expand import TrackExpand

BandsLayer = Expand | ExpandPitchOverlap | ExpandTimeThenPitch


def bands_layer(grid: GridFactors, channels_in: int, channels_out: int, time: int, leak: float = 0.0) -> BandsLayer:
    """From (M, coarse pitch, in) to rows by M, band, time: with overlap where the bands are 2 * coarse + 1."""
    if grid.overlaps:
        return ExpandPitchOverlap(channels_in, channels_out, time, leak)
    return Expand(channels_in, channels_out, grid.bands // grid.coarse_pitch * time, leak)


class BandGenerator(nn.Module):
    """What every generator is: latent (batch, latent_size) to roll (batch, bars, steps, pitches, tracks) in [-1, 1].

    `layout` says what the parts of the latent are for. `given` (batch, bars, steps, pitches) in [-1, 1] is the track
    that an accompaniment plays to; the others play without.
    """

    def __init__(self, layout: LatentLayout, tracks: int, grid: GridFactors) -> None:
        super().__init__()
        self.layout, self.tracks, self.grid = layout, tracks, grid

    @property
    def latent_size(self) -> int:
        return self.layout.size(self.grid.bars, self.tracks)

    def forward(self, latent: Tensor, _given: Tensor | None = None) -> Tensor:
        raise NotImplementedError


class TrackMerge(nn.Module):
    """Adds the two branches of each track to one cell: a 1x1x1 layer over both branches' channels, normalised."""

    def __init__(self, tracks: int, channels: int, shift: float) -> None:
        super().__init__()
        self.by_pitch = kernel(tracks, channels, 1)
        self.by_time = kernel(tracks, channels, 1)
        self.bias = nn.Parameter(torch.zeros(tracks))
        self.norm = RowNorm(tracks, shift)


class DefaultGenerator(BandGenerator):
    """latent (batch, latent_dim) to roll (batch, bars, steps, pitches, tracks) in [-1, 1] (tanh).

    2,578,127 trainable parameters at 4 x 48 x 84 x 5. `output_shift` is where the last normalisation starts: at the
    original's 0 half of all cells sound at first; real phrases have about one in seventy, which is -2.
    """

    def __init__(
        self, latent_dim: int = 128, tracks: int = 5, grid: GridFactors = DEFAULT_GRID, output_shift: float = 0.0
    ) -> None:
        super().__init__(LatentLayout(song=latent_dim), tracks, grid)
        self.bars = Expand(latent_dim, 512, grid.bars)
        self.beats = Expand(512, 256, grid.coarse_time * grid.coarse_pitch)
        self.fine, channels = self._bands_layer()
        self.pitch_first = nn.ModuleList(
            [TrackExpand(tracks, channels, 32, grid.band_pitches), TrackExpand(tracks, 32, 16, grid.finest_time)]
        )
        self.time_first = nn.ModuleList(
            [TrackExpand(tracks, channels, 32, grid.finest_time), TrackExpand(tracks, 32, 16, grid.band_pitches)]
        )
        self.merge = TrackMerge(tracks, 16, output_shift)

    def _bands_layer(self) -> tuple[BandsLayer, int]:
        """The end of the trunk, which makes the pitch bands from 256 channels, and the channels it gives."""
        return bands_layer(self.grid, 256, 128, self.grid.fine_time), 128

    @property
    def output_gain(self) -> float:
        """What activations are multiplied with before tanh, in eval mode."""
        return 1.0

    def forward(self, latent: Tensor, _given: Tensor | None = None) -> Tensor:
        return cells_to_roll(product_dtype(torch.tanh(self.cells(latent))), self.grid)

    def activations(self, latent: Tensor) -> Tensor:
        """What the last layer feels before tanh: (batch, bars, steps, pitches, tracks), float32."""
        return cells_to_roll(self.cells(latent), self.grid)

    def cells(self, latent: Tensor) -> Tensor:
        """The same in the order in which the layers make it: (tracks, cells), see cells_to_roll."""
        grid = self.grid
        h = self.bars(latent)  # (batch, bars) rows of 512
        h = self.beats(h)  # (batch, bars, coarse time, coarse pitch) rows of 256
        h = self.fine(h.view(-1, grid.coarse_pitch, 256))  # (batch, bars, coarse time, bands, fine time) rows
        moments = row_moments(h) if self.training else None
        by_pitch = self.pitch_first[1](self.pitch_first[0](h, moments))  # (..., band, finest time) rows of 16 a track
        by_time = self.time_first[1](self.time_first[0](h, moments))  # (..., finest time, band) rows of 16 a track
        return merge_branches(self.merge, by_pitch, by_time, grid)


def merge_branches(merge: TrackMerge, by_pitch: Tensor, by_time: Tensor, grid: GridFactors) -> Tensor:
    """(tracks, cells): the sum of both branches of each track, normalised."""
    tracks, time, pitch = len(by_pitch), grid.finest_time, grid.band_pitches
    pitch_part = at_least_float32(torch.bmm(by_pitch, merge.by_pitch))
    pitch_part = pitch_part.view(tracks, -1, pitch, time).transpose(2, 3)
    time_part = at_least_float32(torch.bmm(by_time, merge.by_time))
    time_part = time_part.view(tracks, -1, time, pitch)
    cells = (pitch_part + time_part).flatten(1) + merge.bias[:, None]
    return merge.norm.of_tracks(cells)


def cells_to_roll(cells: Tensor, grid: GridFactors) -> Tensor:
    """(tracks, cells by batch, bar, coarse time, band, fine time, finest time, pitch of the band) to
    (batch, bars, steps, pitches, tracks)."""
    tracks = len(cells)
    factors = (grid.coarse_time, grid.bands, grid.fine_time, grid.finest_time, grid.band_pitches)
    phrase = cells.view(tracks, -1, grid.bars, *factors).permute(1, 2, 3, 5, 6, 4, 7, 0)
    return phrase.reshape(-1, grid.bars, grid.steps, grid.made_pitches, tracks)[:, :, :, : grid.pitches]
