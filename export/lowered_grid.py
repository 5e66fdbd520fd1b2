"""The grid generator as it plays: bars on request, a track's branch after the other."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from export.lowered_key import PlayingKey
from export.lowered_layers import Bands, bar_places, cells_to_bars, constant
from training.networks.grid_generator import LEAK, GridGenerator, blended
from training.networks.latent_entry import FoldedEntry
from training.networks.layers import leaky
from training.networks.track_expand import TrackExpand


class Entry(nn.Module):
    """One player's LatentEntry: what lasts (batch, size) and what passes (batch, wanted, size) to a row a bar."""

    lasting: Tensor
    shift: Tensor
    form: Tensor
    passing: Tensor
    lively: Tensor
    lively_bias: Tensor

    def __init__(self, folded: FoldedEntry) -> None:
        super().__init__()
        self.bars, self.channels_out = folded.form.shape[1:]
        self.register_buffer("lasting", constant(folded.lasting))
        self.register_buffer("shift", constant(folded.shift))
        self.register_buffer("form", constant(folded.form.flatten(1)))
        self.register_buffer("passing", constant(folded.passing))
        self.register_buffer("lively", constant(folded.lively[:, None]))
        self.register_buffer("lively_bias", constant(folded.lively_bias[None]))

    def forward(self, lasting: Tensor, passing: Tensor, bars: Tensor) -> Tensor:
        lively = torch.sigmoid(torch.addmm(self.lively_bias, lasting, self.lively))[:, :, None]
        common = torch.addmm(self.shift, lasting, self.lasting)[:, None]
        form = torch.mm(lasting, self.form).view(-1, self.bars, self.channels_out).index_select(1, bars)
        of_bars = form + torch.matmul(passing, self.passing)
        return leaky((common + lively * of_bars).reshape(-1, self.channels_out), LEAK)


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


class Gate(nn.Module):
    """How much one track plays in each bar: rows of the trunk and of its own, a bar each, to (bars, 1)."""

    weight: Tensor
    bias: Tensor

    def __init__(self, song: Tensor, own: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", constant(torch.cat((song, own))))
        self.register_buffer("bias", constant(bias[None]))

    def forward(self, shared: Tensor, own: Tensor) -> Tensor:
        return torch.addmm(self.bias, torch.cat((shared, own), dim=1), self.weight)


class GridBars(nn.Module):
    """latent (batch, latent_size) and bars int64 (wanted,) to (batch, wanted, tracks, steps_per_bar, pitches)."""

    rivalry: Tensor
    blend: Tensor

    def __init__(self, exact: GridGenerator) -> None:
        super().__init__()
        self.grid, self.tracks, self.layout = exact.grid, exact.tracks, exact.layout
        self.whole_octaves = replace(exact.grid, left_out=0)  # pitches that are left out are rivals too
        self.song_entry = Entry(exact.song_entry.folded()[0])
        self.trunk = nn.ModuleList([Bands(*layer.folded(), leak=LEAK) for layer in (exact.beats, exact.chords)])
        self.entries = nn.ModuleList(Entry(folded) for folded in exact.track_entry.folded())
        self.own_beats = nn.ModuleList(_a_track_each(exact.own_beats))
        layers = zip(*(_a_track_each(layer) for layer in (exact.bands, exact.parts, exact.patterns)), strict=True)
        self.branches = nn.ModuleList(TrackCells(list(own), head) for own, head in zip(layers, exact.head, strict=True))
        self.gates = nn.ModuleList(
            Gate(song, own, bias) for song, own, bias in zip(exact.song_gate, exact.own_gate, exact.bias, strict=True)
        )
        self.key = PlayingKey(exact.grid.pitches, exact.is_drum) if exact.layout.key else None
        self.register_buffer("rivalry", constant(exact.rivalry.clamp_min(0.0)[:, None, None]))
        self.register_buffer("blend", constant(_blending(exact.neighbours, exact.grid.steps)))

    def forward(self, latent: Tensor, bars: Tensor) -> Tensor:
        layout, all_bars = self.layout, self.grid.bars
        sizes = [layout.key, layout.song - layout.key, all_bars * layout.bar]
        sizes += [layout.track] * self.tracks + [all_bars * layout.track_bar] * self.tracks
        _key, song, bar, *own = torch.split(latent, sizes, dim=1)
        in_bars = self.song_entry(song, self._of_bars(bar, bars, layout.bar), bars)
        shared = in_bars
        for layer in self.trunk:
            shared = layer(shared)
        cells, gates = [], []
        for track, entry in enumerate(self.entries):
            passing = self._of_bars(own[self.tracks + track], bars, layout.track_bar)
            own_bars = entry(own[track], passing, bars)
            gates.append(self.gates[track](in_bars, own_bars))
            cells.append(self.branches[track](torch.cat((shared, self.own_beats[track](own_bars)), dim=1)))
        rolls = cells_to_bars(torch.stack(cells), self.tracks, self.whole_octaves)
        rolls = torch.matmul(self.blend, self._against_rivals(rolls)) + torch.cat(gates, dim=1)[:, :, None, None]
        rolls = torch.tanh(rolls)
        rolls = rolls[..., : self.grid.pitches][bar_places(latent, bars)]
        return rolls if self.key is None else self.key(rolls, latent)

    def _against_rivals(self, rolls: Tensor) -> Tensor:
        """(bars wanted, tracks, steps, pitches), as GridGenerator's."""
        return rolls + self.rivalry * torch.log_softmax(rolls, dim=3)

    def _of_bars(self, parts: Tensor, bars: Tensor, size: int) -> Tensor:
        """(batch, bars * size) to those of the bars wanted, (batch, wanted, size)."""
        return parts.view(-1, self.grid.bars, size).index_select(1, bars)


def _blending(neighbours: Tensor, steps: int) -> Tensor:
    """(tracks, steps, steps): what as a product blends the steps of a bar. One pass over the cells instead of eleven;
    what all steps have in common, as a gate, it leaves as it is."""
    apart = torch.eye(steps, dtype=neighbours.dtype).expand(len(neighbours), -1, -1)
    return blended(apart, neighbours[:, None, None], 1)


def _a_track_each(layer: TrackExpand) -> list[Bands]:
    return [Bands(weight, bias, leak=layer.leak) for weight, bias in zip(*layer.folded(), strict=True)]
