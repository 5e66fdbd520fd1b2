"""Generators: from a latent vector to a phrase of multitrack bars.

`DefaultGenerator` is the network of MuseGAN's src/musegan/presets/generator/default.py, every layer a matrix product
(training/networks/layers.py). A phrase is (batch, bars, steps, pitches, tracks), as in the original.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.networks.layers import (
    NORM_EPSILON,
    Expand,
    ExpandPitchOverlap,
    ExpandTimeThenPitch,
    RowNorm,
    TrackExpand,
    at_least_float32,
    kernel,
    row_moments,
)


class GridFactors(NamedTuple):
    """How a generator gets its grid: steps and pitches are products, a factor a layer.

    In time `coarse_time` and `fine_time` are of the trunk, `finest_time` of the private layers (4 beats, 4 sixteenths,
    3 steps); in pitch `coarse_pitch` and then `bands` are of the trunk, `band_pitches` of the private layers (7 octaves
    of 12). Three overlapping kernels make 2 * 3 + 1 bands.
    """

    bars: int = 4
    coarse_time: int = 4
    fine_time: int = 4
    finest_time: int = 3
    coarse_pitch: int = 3
    bands: int = 7
    band_pitches: int = 12

    @property
    def steps(self) -> int:
        return self.coarse_time * self.fine_time * self.finest_time

    @property
    def pitches(self) -> int:
        return self.bands * self.band_pitches


DEFAULT_GRID = GridFactors()


class TrackMerge(nn.Module):
    """Adds the two branches of each track to one cell: a 1x1x1 layer over both branches' channels, normalised."""

    def __init__(self, tracks: int, channels: int, shift: float) -> None:
        super().__init__()
        self.by_pitch = kernel(tracks, channels, 1)
        self.by_time = kernel(tracks, channels, 1)
        self.bias = nn.Parameter(torch.zeros(tracks))
        self.norm = RowNorm(tracks, shift)


class DefaultGenerator(nn.Module):
    """latent (batch, latent_dim) to roll (batch, bars, steps, pitches, tracks) in [-1, 1] (tanh).

    2,578,127 trainable parameters at 4 x 48 x 84 x 5. `output_shift` is where the last normalisation starts: at the
    original's 0 half of all cells sound at first; real phrases have about one in seventy, which is -2.
    """

    def __init__(
        self, latent_dim: int = 128, tracks: int = 5, grid: GridFactors = DEFAULT_GRID, output_shift: float = 0.0
    ) -> None:
        super().__init__()
        self.latent_dim, self.tracks, self.grid = latent_dim, tracks, grid
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

    def _bands_layer(self) -> tuple[ExpandPitchOverlap | ExpandTimeThenPitch, int]:
        """The end of the trunk, which makes the pitch bands from 256 channels, and the channels it gives."""
        return ExpandPitchOverlap(256, 128, self.grid.fine_time), 128

    @property
    def output_gain(self) -> float:
        """What activations are multiplied with before tanh, in eval mode."""
        return 1.0

    def forward(self, latent: Tensor) -> Tensor:
        return torch.tanh(self.activations(latent))

    def activations(self, latent: Tensor) -> Tensor:
        """What the last layer feels before tanh: (batch, bars, steps, pitches, tracks), float32."""
        batch, grid = latent.shape[0], self.grid
        h = self.bars(latent)  # (batch, bars) rows of 512
        h = self.beats(h)  # (batch, bars, coarse time, coarse pitch) rows of 256
        h = self.fine(h.view(-1, grid.coarse_pitch, 256))  # (batch, bars, coarse time, bands, fine time) rows
        moments = row_moments(h) if self.training else None
        by_pitch = self.pitch_first[1](self.pitch_first[0](h, moments))  # (..., band, finest time) rows of 16 a track
        by_time = self.time_first[1](self.time_first[0](h, moments))  # (..., finest time, band) rows of 16 a track
        cells = self._merge(by_pitch, by_time)
        time, pitch = grid.finest_time, grid.band_pitches
        phrase = cells.view(self.tracks, batch, grid.bars, grid.coarse_time, grid.bands, grid.fine_time, time, pitch)
        return phrase.permute(1, 2, 3, 5, 6, 4, 7, 0).reshape(batch, grid.bars, grid.steps, grid.pitches, self.tracks)

    def _merge(self, by_pitch: Tensor, by_time: Tensor) -> Tensor:
        """(tracks, cells): the sum of both branches, normalised."""
        time, pitch = self.grid.finest_time, self.grid.band_pitches
        pitch_part = at_least_float32(torch.bmm(by_pitch, self.merge.by_pitch))
        pitch_part = pitch_part.view(self.tracks, -1, pitch, time).transpose(2, 3)
        time_part = at_least_float32(torch.bmm(by_time, self.merge.by_time))
        time_part = time_part.view(self.tracks, -1, time, pitch)
        cells = (pitch_part + time_part).flatten(1) + self.merge.bias[:, None]
        norm = self.merge.norm
        return nn.functional.batch_norm(
            cells[None],
            norm.running_mean,
            norm.running_var,
            norm.scale,
            norm.shift,
            norm.training,
            norm.momentum,
            NORM_EPSILON,
        )[0]
