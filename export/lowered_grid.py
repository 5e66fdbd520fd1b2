"""The grid generator as it plays: bars on request, a track's branch after the other."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from export.lowered_entry import EntryRows
from export.lowered_key import PlayingKey
from export.lowered_layers import Bands, bar_places, cells_to_bars, constant
from training.networks.grid_generator import LEAK, GridGenerator, blended
from training.networks.track_expand import TrackExpand


class TrackCells(nn.Module):
    """One track's branch: rows of the trunk and of its own, a beat each, to cells before rivalry and tanh."""

    head: Tensor

    def __init__(self, layers: list[Bands], head: Tensor) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.register_buffer("head", constant(head))

    def forward(self, rows: Tensor) -> Tensor:
        for layer in self.layers:
            rows = layer(rows)
        return torch.mm(rows, self.head)


class Gates(nn.Module):
    """How much each track plays in each bar: rows of the trunk (bars, in) and of the tracks' own (tracks, bars, in), to
    (bars, tracks)."""

    song: Tensor
    own: Tensor
    bias: Tensor

    def __init__(self, exact: GridGenerator) -> None:
        super().__init__()
        self.register_buffer("song", constant(exact.song_gate[:, :, 0].t()))
        self.register_buffer("own", constant(exact.own_gate))
        self.register_buffer("bias", constant(exact.bias))

    def forward(self, shared: Tensor, own: Tensor) -> Tensor:
        return torch.addmm(self.bias, shared, self.song) + torch.matmul(own, self.own)[:, :, 0].t()


class GridBars(nn.Module):
    """latent (batch, latent_size) and bars int64 (wanted,) to (batch, wanted, tracks, steps_per_bar, pitches)."""

    rivalry: Tensor
    blend: Tensor

    def __init__(self, exact: GridGenerator) -> None:
        super().__init__()
        self.grid, self.tracks, self.layout = exact.grid, exact.tracks, exact.layout
        self.whole_octaves = replace(exact.grid, left_out=0)  # pitches that are left out are rivals too
        self.song_entry, self.track_entry = EntryRows(exact.song_entry), EntryRows(exact.track_entry)
        self.trunk = nn.ModuleList([Bands(*layer.folded(), leak=LEAK) for layer in (exact.beats, exact.chords)])
        self.own_beats = nn.ModuleList(_a_track_each(exact.own_beats))
        layers = zip(*(_a_track_each(layer) for layer in (exact.bands, exact.parts, exact.patterns)), strict=True)
        self.branches = nn.ModuleList(TrackCells(list(own), head) for own, head in zip(layers, exact.head, strict=True))
        self.gates = Gates(exact)
        self.key = PlayingKey(exact.grid.pitches, exact.is_drum) if exact.layout.key else None
        self.register_buffer("rivalry", constant(exact.rivalry.clamp_min(0.0)[:, None, None]))
        self.register_buffer("blend", constant(_blending(exact.neighbours, exact.grid.steps)))

    def forward(self, latent: Tensor, bars: Tensor) -> Tensor:
        layout, all_bars = self.layout, self.grid.bars
        sizes = [layout.key, layout.song - layout.key, all_bars * layout.bar]
        sizes += [self.tracks * layout.track, self.tracks * all_bars * layout.track_bar]
        _key, song, bar, track, track_bar = torch.split(latent, sizes, dim=1)
        in_bars = self.song_entry(song[:, None], self._of_bars(bar, 1, bars), bars)[0]
        own = self.track_entry(
            track.view(-1, self.tracks, layout.track), self._of_bars(track_bar, self.tracks, bars), bars
        )
        gates = self.gates(in_bars, own)
        shared = in_bars
        for layer in self.trunk:
            shared = layer(shared)
        cells = [
            branch(torch.cat((shared, own_beats(own_bars)), dim=1))
            for own_bars, own_beats, branch in zip(own.unbind(0), self.own_beats, self.branches, strict=True)
        ]
        rolls = cells_to_bars(torch.cat(cells), self.tracks, self.whole_octaves)
        rolls = torch.tanh(torch.matmul(self.blend, self._against_rivals(rolls)) + gates[:, :, None, None])
        rolls = rolls[..., : self.grid.pitches][bar_places(latent, bars)]
        return rolls if self.key is None else self.key(rolls, latent)

    def _against_rivals(self, rolls: Tensor) -> Tensor:
        """(bars wanted, tracks, steps, pitches), as GridGenerator's."""
        return rolls + self.rivalry * torch.log_softmax(rolls, dim=3)

    def _of_bars(self, parts: Tensor, players: int, bars: Tensor) -> Tensor:
        """(batch, players * all bars * size) to those of the bars wanted, (batch, players, wanted, size)."""
        size = parts.shape[1] // (players * self.grid.bars)
        return parts.view(-1, players, self.grid.bars, size).index_select(2, bars)


def _blending(neighbours: Tensor, steps: int) -> Tensor:
    """(tracks, steps, steps): what as a product blends the steps of a bar. One pass over the cells instead of eleven;
    what all steps have in common, as a gate, it leaves as it is."""
    apart = torch.eye(steps, dtype=neighbours.dtype).expand(len(neighbours), -1, -1)
    return blended(apart, neighbours[:, None, None], 1)


def _a_track_each(layer: TrackExpand) -> list[Bands]:
    return [Bands(weight, bias, leak=layer.leak) for weight, bias in zip(*layer.folded(), strict=True)]
