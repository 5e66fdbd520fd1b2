"""Composer, jamming and hybrid: MuseGAN's models whose latent has parts for the song and for each track.

The networks are those of the authors' second code generation (v2/musegan/musegan/presets/generator/): a part of the
latent that is the same in every bar, and a part that a small temporal network makes a vector a bar of; both together
enter bar generators. The composer has one bar generator for all tracks, jamming one a track with a latent of its own,
the hybrid one a track with its own and the shared latent. Dong et al., AAAI 2018, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bridge.contract import LatentLayout
from training.networks.generators import BandGenerator, TrackMerge, bands_layer, cells_to_roll, merge_branches
from training.networks.grid import DEFAULT_GRID, GridFactors
from training.networks.layers import Expand, kernel, leaky
from training.networks.normalisation import RowNorm, product_dtype
from training.networks.track_expand import TrackExpand

LEAK = 0.2
TEMPORAL_CHANNELS = 256


class TemporalNetwork(nn.Module):
    """(batch, size) to a vector a bar: (batch, bars, size). Neighbouring bars share half of what they are made from."""

    def __init__(self, size: int, bars: int) -> None:
        super().__init__()
        self.moments = max(1, bars - 1)
        self.reach = min(2, bars)
        self.weight = kernel(size, self.moments * TEMPORAL_CHANNELS)
        self.bias = nn.Parameter(torch.zeros(self.moments * TEMPORAL_CHANNELS))
        self.norm = RowNorm(self.moments * TEMPORAL_CHANNELS)
        self.bar_weight = kernel(self.reach, TEMPORAL_CHANNELS, size)
        self.bar_bias = nn.Parameter(torch.zeros(size))
        self.bar_norm = RowNorm(size)

    def forward(self, latent: Tensor) -> Tensor:
        h = leaky(self.norm(torch.addmm(self.bias, latent, self.weight)), LEAK)
        moments = h.view(-1, self.moments, TEMPORAL_CHANNELS)
        padded = nn.functional.pad(moments, (0, 0, self.reach - 1, self.reach - 1))
        # Bar b is made from moment b by the first weight and from moment b - 1 by the second.
        near = torch.cat([padded[:, self.reach - 1 - back :][:, : self.bars] for back in range(self.reach)], dim=2)
        rows = torch.addmm(self.bar_bias, near.flatten(0, 1), self.bar_weight.flatten(0, 1))
        return leaky(self.bar_norm(rows), LEAK).view(-1, self.bars, rows.shape[1])

    @property
    def bars(self) -> int:
        return self.moments + self.reach - 1


class BarGenerator(nn.Module):
    """(batch * bars, size) to cells (outputs, batch * bars * cells of a bar), in the order of cells_to_roll.

    `width` is the first layer's; each of the next three has half of the one before.
    """

    def __init__(self, size: int, width: int, outputs: int, grid: GridFactors, output_shift: float) -> None:
        super().__init__()
        self.grid, self.outputs = grid, outputs
        self.beats = Expand(size, width, grid.coarse_time, LEAK)
        self.coarse = Expand(width, width // 2, grid.coarse_pitch, LEAK)
        self.fine = Expand(width // 2, width // 4, grid.fine_time, LEAK)
        self.bands = bands_layer(grid, width // 4, width // 8, 1, LEAK)
        time, pitch = grid.finest_time, grid.band_pitches
        wide, narrow = width // 16, width // 32
        self.pitch_first = nn.ModuleList(
            [TrackExpand(1, width // 8, wide, pitch, LEAK), TrackExpand(1, wide, narrow, time, LEAK)]
        )
        self.time_first = nn.ModuleList(
            [TrackExpand(1, width // 8, wide, time, LEAK), TrackExpand(1, wide, narrow, pitch, LEAK)]
        )
        self.merge = TrackMerge(outputs, narrow, output_shift)

    def forward(self, bars: Tensor) -> Tensor:
        grid = self.grid
        h = self.coarse(self.beats(bars))  # rows by bar, beat, coarse pitch
        h = self.fine(h)  # and part of the beat
        channels = h.shape[1]
        h = h.view(-1, grid.coarse_pitch, grid.fine_time, channels).transpose(1, 2)
        h = self.bands(h.reshape(-1, grid.coarse_pitch, channels))  # rows by bar, beat, part, band
        h = h.view(-1, grid.fine_time, grid.bands, h.shape[1]).transpose(1, 2).reshape(-1, h.shape[1])
        by_pitch = self.pitch_first[1](self.pitch_first[0](h)).expand(self.outputs, -1, -1)
        by_time = self.time_first[1](self.time_first[0](h)).expand(self.outputs, -1, -1)
        return merge_branches(self.merge, by_pitch, by_time, grid)


@dataclass(frozen=True)
class LatentShares:
    """How many values of the latent: fixed over the bars and varying, of the song and of each track."""

    song: int = 0
    song_varying: int = 0
    track: int = 0
    track_varying: int = 0

    @property
    def heard(self) -> int:
        """What one bar generator hears."""
        return self.song + self.song_varying + self.track + self.track_varying


class EnsembleGenerator(BandGenerator):
    """A latent of a song part and a part a track to the band; both are halves fixed and varying over the bars.

    A track's part changes no other track.
    """

    def __init__(
        self, shares: LatentShares, width: int, shared_bars: bool, tracks: int, grid: GridFactors, output_shift: float
    ) -> None:
        layout = LatentLayout(song=shares.song + shares.song_varying, track=shares.track + shares.track_varying)
        super().__init__(layout, tracks, grid)
        self.shares = shares
        self.song_time = TemporalNetwork(shares.song_varying, grid.bars) if shares.song_varying else None
        self.track_time = nn.ModuleList(
            [TemporalNetwork(shares.track_varying, grid.bars) for _ in range(tracks if shares.track_varying else 0)]
        )
        generators, outputs = (1, tracks) if shared_bars else (tracks, 1)
        self.generators = nn.ModuleList(
            [BarGenerator(shares.heard, width, outputs, grid, output_shift) for _ in range(generators)]
        )

    def forward(self, latent: Tensor, _given: Tensor | None = None) -> Tensor:
        return cells_to_roll(product_dtype(torch.tanh(self.cells(latent))), self.grid)

    def activations(self, latent: Tensor) -> Tensor:
        """What the last layer feels before tanh: (batch, bars, steps, pitches, tracks), float32."""
        return cells_to_roll(self.cells(latent), self.grid)

    def cells(self, latent: Tensor) -> Tensor:
        """The same in the order in which the layers make it: (tracks, cells), see cells_to_roll."""
        song, tracks = self._parts(latent)
        cells = [
            generator(torch.cat([*song, *own], dim=2).flatten(0, 1))
            for generator, own in zip(self.generators, tracks, strict=True)
        ]
        return torch.cat(cells)

    def _parts(self, latent: Tensor) -> tuple[list[Tensor], list[list[Tensor]]]:
        """What every bar generator hears, and what each hears alone: (batch, bars, size) each."""
        shares, bars = self.shares, self.grid.bars
        song = _fixed_and_varying(latent[:, : self.layout.song], shares.song, self.song_time, bars)
        if not self.layout.track:
            return song, [[] for _ in self.generators]
        own = latent[:, self.layout.song :].chunk(self.tracks, dim=1)
        times: list[nn.Module | None] = list(self.track_time) or [None] * self.tracks
        return song, [_fixed_and_varying(part, shares.track, time, bars) for part, time in zip(own, times, strict=True)]


def _fixed_and_varying(part: Tensor, fixed: int, time: nn.Module | None, bars: int) -> list[Tensor]:
    found = [part[:, None, :fixed].expand(-1, bars, -1)] if fixed else []
    return [*found, time(part[:, fixed:])] if time is not None else found


class ComposerGenerator(EnsembleGenerator):
    """One mind: the song part alone, one bar generator. 2,995,151 parameters at 4 x 96 x 84 x 5."""

    def __init__(
        self, latent_dim: int = 128, tracks: int = 5, grid: GridFactors = DEFAULT_GRID, output_shift: float = 0.0
    ) -> None:
        half = latent_dim // 2
        super().__init__(LatentShares(half, latent_dim - half), 1024, True, tracks, grid, output_shift)


class JammingGenerator(EnsembleGenerator):
    """As many minds as tracks, none hears another. 4,723,535 parameters at 4 x 96 x 84 x 5."""

    def __init__(
        self, latent_dim: int = 128, tracks: int = 5, grid: GridFactors = DEFAULT_GRID, output_shift: float = 0.0
    ) -> None:
        half = latent_dim // 2
        shares = LatentShares(track=half, track_varying=latent_dim - half)
        super().__init__(shares, 512, False, tracks, grid, output_shift)


class HybridGenerator(EnsembleGenerator):
    """Players with minds of their own and a song in common. 4,561,615 parameters at 4 x 96 x 84 x 5."""

    def __init__(
        self, latent_dim: int = 128, tracks: int = 5, grid: GridFactors = DEFAULT_GRID, output_shift: float = 0.0
    ) -> None:
        quarter = latent_dim // 4
        shares = LatentShares(quarter, quarter, quarter, latent_dim - 3 * quarter)
        super().__init__(shares, 512, False, tracks, grid, output_shift)
