"""The accompaniment: given one track, the others.

MuseGAN's src/musegan/presets/generator/accompaniment.py: an encoder hears the given track at every scale, and each
layer of the default network gets, beside its own input, what the encoder heard at that scale (as a U-Net's skips).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bridge.contract import LatentLayout
from training.networks.generators import BandGenerator, TrackMerge, bands_layer, cells_to_roll, merge_branches
from training.networks.grid import DEFAULT_GRID, OCTAVE, GridFactors
from training.networks.layers import ContractNorm, Expand
from training.networks.normalisation import product_dtype
from training.networks.track_expand import TrackExpand


@dataclass(frozen=True)
class Heard:
    """What the encoder heard, (rows, channels) each, in the row order of the layer of the generator that it goes to."""

    phrase: Tensor  # (batch, 256)
    bars: Tensor  # (batch * bars, 128)
    beats: Tensor  # by batch, bar, beat, coarse pitch: 64
    bands_by_time: Tensor  # by batch, bar, beat, band, part of the beat: 32, pitch heard last
    pitches: Tensor  # the same, pitch of the band: 16
    bands_by_pitch: Tensor  # as bands_by_time, time heard last
    steps: Tensor  # as bands_by_time, step: 16


class TrackEncoder(nn.Module):
    """track (batch, bars, steps, pitches) in [-1, 1] to what the generator is told of it. 288,080 parameters."""

    def __init__(self, grid: GridFactors) -> None:
        super().__init__()
        self.grid = grid
        self.band_kernel = 3 if grid.overlaps else grid.bands // grid.coarse_pitch
        self.band_stride = 2 if grid.overlaps else self.band_kernel
        self.pitch_first = nn.ModuleList([ContractNorm(OCTAVE, 16), ContractNorm(grid.finest_time * 16, 32)])
        self.time_first = nn.ModuleList([ContractNorm(grid.finest_time, 16), ContractNorm(OCTAVE * 16, 32)])
        self.beats = ContractNorm(grid.fine_time * self.band_kernel * 64, 64)
        self.bars = ContractNorm(grid.coarse_time * grid.coarse_pitch * 64, 128)
        self.phrase = ContractNorm(grid.bars * 128, 256)

    def forward(self, track: Tensor) -> Heard:
        grid = self.grid
        beats, fine, finest, bands = grid.coarse_time, grid.fine_time, grid.finest_time, grid.bands
        if grid.left_out:
            track = nn.functional.pad(track, (0, grid.left_out), value=-1.0)
        # Rows in the generator's order: batch and bar, beat, band, part of the beat, and what is finer.
        cells = track.reshape(-1, beats, fine, finest, bands, OCTAVE).permute(0, 1, 4, 2, 3, 5)
        steps = self.pitch_first[0](cells)  # (..., finest) rows of 16
        bands_by_pitch = self.pitch_first[1](steps.view(-1, finest * 16))
        pitches = self.time_first[0](cells.transpose(4, 5))  # (..., pitch of the band) rows of 16
        bands_by_time = self.time_first[1](pitches.view(-1, OCTAVE * 16))
        both = torch.cat((bands_by_time, bands_by_pitch), dim=1).view(-1, bands, fine * 64)
        coarse = both.unfold(1, self.band_kernel, self.band_stride)  # (bars * beats, coarse pitch, fine * 64, kernel)
        heard_beats = self.beats(coarse.flatten(2))
        heard_bars = self.bars(heard_beats.view(-1, beats * grid.coarse_pitch * 64))
        return Heard(
            phrase=self.phrase(heard_bars.view(-1, grid.bars * 128)),
            bars=heard_bars,
            beats=heard_beats,
            bands_by_time=bands_by_time,
            pitches=pitches,
            bands_by_pitch=bands_by_pitch,
            steps=steps,
        )


class AccompanimentGenerator(BandGenerator):
    """latent (batch, latent_dim) and a given track to the whole band, the given track as it came.

    3,889,372 parameters at 4 x 48 x 84 x 5. `condition_track` is the given track's index.
    """

    def __init__(
        self,
        latent_dim: int = 128,
        tracks: int = 5,
        grid: GridFactors = DEFAULT_GRID,
        output_shift: float = 0.0,
        condition_track: int = 0,
    ) -> None:
        super().__init__(LatentLayout(song=latent_dim), tracks, grid)
        self.condition_track = condition_track
        self.encoder = TrackEncoder(grid)
        self.bars = Expand(latent_dim + 256, 512, grid.bars)
        self.beats = Expand(512 + 128, 256, grid.coarse_time * grid.coarse_pitch)
        self.fine = bands_layer(grid, 256 + 64, 128, grid.fine_time)
        played = tracks - 1
        self.pitch_first = nn.ModuleList(
            [TrackExpand(played, 128 + 32, 32, grid.band_pitches), TrackExpand(played, 32 + 16, 16, grid.finest_time)]
        )
        self.time_first = nn.ModuleList(
            [TrackExpand(played, 128 + 32, 32, grid.finest_time), TrackExpand(played, 32 + 16, 16, grid.band_pitches)]
        )
        self.merge = TrackMerge(played, 16, output_shift)

    def forward(self, latent: Tensor, given: Tensor | None = None) -> Tensor:
        if given is None:
            raise ValueError("an accompaniment plays to a given track, and none came")
        played = cells_to_roll(product_dtype(torch.tanh(self.cells(latent, given))), self.grid)
        before, after = played[..., : self.condition_track], played[..., self.condition_track :]
        return torch.cat((before, given.unsqueeze(4).to(played.dtype), after), dim=4)

    def activations(self, latent: Tensor, given: Tensor) -> Tensor:
        """What the last layer feels before tanh: (batch, bars, steps, pitches, tracks - 1), float32."""
        return cells_to_roll(self.cells(latent, given), self.grid)

    def cells(self, latent: Tensor, given: Tensor) -> Tensor:
        """The same in the order in which the layers make it: (tracks - 1, cells), see cells_to_roll."""
        heard = self.encoder(given)
        h = self.bars(torch.cat((latent.to(heard.phrase.dtype), heard.phrase), dim=1))
        h = self.beats(torch.cat((h, heard.bars), dim=1))
        h = self.fine(torch.cat((h, heard.beats), dim=1).view(-1, self.grid.coarse_pitch, 256 + 64))
        by_pitch = self.pitch_first[0](torch.cat((h, heard.bands_by_time), dim=1))
        by_pitch = self.pitch_first[1](_beside(by_pitch, heard.pitches))
        by_time = self.time_first[0](torch.cat((h, heard.bands_by_pitch), dim=1))
        by_time = self.time_first[1](_beside(by_time, heard.steps))
        return merge_branches(self.merge, by_pitch, by_time, self.grid)


def _beside(private: Tensor, heard: Tensor) -> Tensor:
    """(tracks, M, channels) with the same (M, heard channels) beside each track's."""
    return torch.cat((private, heard.expand(len(private), -1, -1)), dim=2)
