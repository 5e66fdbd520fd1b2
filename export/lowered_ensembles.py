"""Composer, jamming and hybrid as they play: bars on request, from a latent with parts for song and tracks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from export.lowered_layers import Branches, Product, bar_places, cells_to_bars, lower_bands
from training.networks.ensembles import LEAK, TEMPORAL_CHANNELS, BarGenerator, EnsembleGenerator, TemporalNetwork


class TemporalBars(nn.Module):
    """TemporalNetwork: (batch, size) to (batch, bars, size)."""

    def __init__(self, exact: TemporalNetwork) -> None:
        super().__init__()
        self.bars, self.reach = exact.bars, exact.reach
        weight, bias = exact.norm.fold(exact.weight[:, None], exact.bias)
        # The first bar has no moment before it and the last none after it: columns of zeros make silent ones. Padding
        # in the graph would compute shapes there (`bar_places` says why not).
        beyond = (exact.reach - 1) * TEMPORAL_CHANNELS
        self.moments = exact.moments + 2 * (exact.reach - 1)
        self.moment = Product(F.pad(weight, (beyond, beyond)), F.pad(bias, (beyond, beyond)), leak=LEAK)
        weight = exact.bar_weight.flatten(0, 1)[:, None]
        self.bar = Product(*exact.bar_norm.fold(weight, exact.bar_bias), leak=LEAK)

    def forward(self, latent: Tensor) -> Tensor:
        moments = self.moment(latent).view(-1, self.moments, TEMPORAL_CHANNELS)
        if self.reach == 2:
            moments = torch.cat((moments[:, 1:], moments[:, :-1]), dim=2)
        rows: Tensor = self.bar(moments.view(-1, self.reach * TEMPORAL_CHANNELS))
        return rows.view(-1, self.bars, self.bar.channels_out)


class OneBarGenerator(nn.Module):
    """BarGenerator: (M, size) to its tracks' cells, before tanh, as Branches orders them."""

    def __init__(self, exact: BarGenerator) -> None:
        super().__init__()
        self.grid = exact.grid
        layers = (exact.beats, exact.coarse, exact.fine)
        self.trunk = nn.ModuleList([Product(*layer.folded(), leak=LEAK) for layer in layers])
        self.bands = lower_bands(exact.bands, exact.grid.coarse_pitch)
        self.branches = Branches(exact.pitch_first, exact.time_first, exact.merge, exact.grid)

    def forward(self, h: Tensor) -> Tensor:
        grid = self.grid
        for layer in self.trunk:
            h = layer(h).view(-1, layer.channels_out)
        channels = h.shape[1]
        h = h.view(-1, grid.coarse_pitch, grid.fine_time, channels).transpose(1, 2)
        h = self.bands(h.reshape(-1, channels))  # rows by bar, beat, part, band
        channels = h.shape[1]
        h = h.view(-1, grid.fine_time, grid.bands, channels).transpose(1, 2).reshape(-1, channels)
        cells: Tensor = self.branches(h)
        return cells


class EnsembleBars(nn.Module):
    """latent (batch, latent_size) and bars int64 (wanted,) to (batch, wanted, tracks, steps_per_bar, pitches)."""

    def __init__(self, exact: EnsembleGenerator) -> None:
        super().__init__()
        self.grid, self.tracks, self.shares, self.layout = exact.grid, exact.tracks, exact.shares, exact.layout
        self.song_time = None if exact.song_time is None else TemporalBars(exact.song_time)
        self.track_time = nn.ModuleList(TemporalBars(time) for time in exact.track_time)  # type: ignore[arg-type]
        self.generators = nn.ModuleList(OneBarGenerator(one) for one in exact.generators)  # type: ignore[arg-type]

    def forward(self, latent: Tensor, bars: Tensor) -> Tensor:
        song = self._heard(latent[:, : self.layout.song], self.shares.song, self.song_time, bars)
        cells = []
        for track, generator in enumerate(self.generators):
            heard = song
            if self.layout.track:
                first = self.layout.song + track * self.layout.track
                part = latent[:, first : first + self.layout.track]
                time = self.track_time[track] if len(self.track_time) else None
                heard = [*song, *self._heard(part, self.shares.track, time, bars)]
            cells.append(generator(torch.cat(heard, dim=2).view(-1, self.shares.heard)))
        rolls = cells_to_bars(torch.tanh(torch.cat(cells)), self.tracks, self.grid)
        return rolls[bar_places(latent, bars)]

    def _heard(self, part: Tensor, fixed: int, time: nn.Module | None, bars: Tensor) -> list[Tensor]:
        """What is fixed and what varies, of the bars wanted: (batch, wanted, size) each."""
        found = []
        if fixed:
            found.append(part[:, None, :fixed].index_select(1, bars - bars))  # the one that there is, a bar wanted
        if time is not None:
            found.append(time(part[:, fixed:]).index_select(1, bars))
        return found
