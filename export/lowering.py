"""The trained generator as it plays: bars on request, normalisations inside the weights, two-dimensional products.

The one-track products are two-dimensional because ONNX Runtime joins product, bias and ReLU only then; all tracks in
one batched product would pass over memory twice more. Rows are grid positions and columns are channels throughout.
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.networks.generators import DefaultGenerator
from training.networks.layers import ExpandPitchOverlap, ExpandTimeThenPitch, TrackExpand, pitch_before_time


class Product(nn.Module):
    """relu(x W + b): (M, in) to (M, positions * out), from a weight (in, positions, out) and a bias (out)."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", _constant(weight.flatten(1)))
        self.register_buffer("bias", _constant(bias.repeat(weight.shape[1])))

    def forward(self, rows: Tensor) -> Tensor:
        return F.relu(torch.addmm(self.bias, rows, self.weight))


class Overlap(nn.Module):
    """ExpandPitchOverlap: rows by M, coarse pitch to rows by M, pitch, time, from a weight (in, 3, time, out).

    Each coarse pitch makes three pitches; of two neighbours the right one of the one is the left one of the other.
    """

    weight: Tensor
    bias: Tensor
    pitch_order: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, coarse: int) -> None:
        super().__init__()
        _, _, time, self.channels_out = weight.shape
        self.coarse = coarse
        self.register_buffer("weight", _constant(weight.flatten(1)))
        self.register_buffer("bias", _constant(bias.repeat(time)))
        order = [pitch // 2 + (coarse + 1) * (pitch % 2) for pitch in range(2 * coarse + 1)]
        self.register_buffer("pitch_order", torch.tensor(order))

    def forward(self, rows: Tensor) -> Tensor:
        three = torch.mm(rows, self.weight).view(-1, self.coarse, 3 * self.bias.shape[0])
        left, middle, right = three.chunk(3, dim=2)
        even = (left[:, :1], right[:, :-1] + left[:, 1:], right[:, -1:])
        pitches = torch.cat((*even, middle), dim=1).index_select(1, self.pitch_order)
        return F.relu(pitches + self.bias).view(-1, self.channels_out)


class TimeThenPitch(nn.Module):
    """ExpandTimeThenPitch: rows by M to rows by M, pitch, time."""

    def __init__(self, layer: ExpandTimeThenPitch) -> None:
        super().__init__()
        self.time, self.pitches = layer.time, layer.pitches
        self.in_time, self.in_pitch = Product(*layer.in_time.folded()), Product(*layer.in_pitch.folded())
        self.channels_out = layer.in_pitch.weight.shape[2]

    def forward(self, rows: Tensor) -> Tensor:
        times = self.in_time(rows).view(-1, self.in_pitch.weight.shape[0])
        return pitch_before_time(self.in_pitch(times).view(-1, self.channels_out), self.time, self.pitches)


class TrackBranch(nn.Module):
    """One branch of one track with its share of the merging layer: (M, in) to (1, M * positions of both layers)."""

    weight: Tensor
    bias: Tensor

    def __init__(self, first: Product, second: Product, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.register_buffer("weight", _constant(weight[None]))
        self.register_buffer("bias", _constant(bias[None]))

    def forward(self, rows: Tensor) -> Tensor:
        between = self.first(rows).view(-1, self.second.weight.shape[0])
        cells = self.second(between).view(-1, self.weight.shape[1])
        # A row by many columns is read once; the many rows by one column would be packed for a product of width 16.
        return torch.addmm(self.bias, self.weight, cells.t())


class BarGenerator(nn.Module):
    """latent (batch, latent_size) and bars int64 (wanted,) to (batch, wanted, tracks, steps_per_bar, pitches).

    Values in [-1, 1] (tanh). Binary neurons answer with their probability, scaled so: they play what is above 0, and a
    bridge can still ask for more or fewer notes. A bar costs the same whichever others are asked for with it.
    """

    def __init__(self, generator: DefaultGenerator) -> None:
        super().__init__()
        # Folded in double precision, so that the only rounding is the last one.
        exact = copy.deepcopy(generator).double()
        self.grid, self.tracks = exact.grid, exact.tracks
        self.bars = Product(*exact.bars.folded())
        self.beats = Product(*exact.beats.folded())
        self.trunk_channels = exact.beats.weight.shape[2]
        self.fine = _bands_layer(exact.fine, self.grid.coarse_pitch)

        merge = exact.merge
        both = torch.cat((merge.by_pitch, merge.by_time), dim=1)  # (tracks, channels of both, 1)
        weight, bias = (part * exact.output_gain for part in merge.norm.fold(both.permute(1, 2, 0), merge.bias))
        by_pitch, by_time = weight[:, 0].t().chunk(2, dim=1)
        # Each branch carries half of the bias: they are added.
        self.pitch_first = _track_branches(exact.pitch_first, by_pitch, bias / 2)
        self.time_first = _track_branches(exact.time_first, by_time, bias / 2)

    def forward(self, latent: Tensor, bars: Tensor) -> Tensor:
        grid, channels = self.grid, self.beats.weight.shape[0]
        h = self.bars(latent).view(-1, grid.bars, channels)
        h = h.index_select(1, bars).reshape(-1, channels)  # from here on a bar knows of no other
        h = self.beats(h).view(-1, self.trunk_channels)
        h = self.fine(h)  # rows by batch, bar wanted, coarse time, bands, fine time
        time, pitch = grid.finest_time, grid.band_pitches
        by_pitch = torch.cat([branch(h) for branch in self.pitch_first]).view(-1, pitch, time)
        by_time = torch.cat([branch(h) for branch in self.time_first]).view(-1, time, pitch)
        cells = torch.tanh(by_pitch.transpose(1, 2) + by_time)
        cells = cells.view(self.tracks, -1, grid.coarse_time, grid.bands, grid.fine_time, time, pitch)
        rolls = cells.permute(1, 0, 2, 4, 5, 3, 6).reshape(-1, self.tracks, grid.steps, grid.pitches)
        return rolls[_places(latent, bars)]


def _places(latent: Tensor, bars: Tensor) -> Tensor:
    """(batch, wanted) int64: where in (batch * wanted) each bar is.

    Counted, although a view would do: its shape would be computed in the graph, ONNX Runtime computes shapes on the
    CPU, and the bridge takes CUDA only if it runs every step.
    """
    one_each_latent = (latent[:, 0] > torch.inf).long() + 1
    one_each_bar = bars - bars + 1
    latents, wanted = torch.cumsum(one_each_latent, 0), torch.cumsum(one_each_bar, 0)
    return (latents[:, None] - 1) * wanted[-1:] + wanted - 1


def lower(generator: DefaultGenerator) -> BarGenerator:
    """What `generator` computes in eval mode, as a module for inference; the generator is left as it is."""
    return BarGenerator(generator).eval()


def _bands_layer(layer: ExpandPitchOverlap | ExpandTimeThenPitch, coarse: int) -> Overlap | TimeThenPitch:
    if isinstance(layer, ExpandTimeThenPitch):
        return TimeThenPitch(layer)
    return Overlap(*layer.folded(), coarse=coarse)


def _track_branches(layers: nn.ModuleList, weights: Tensor, biases: Tensor) -> nn.ModuleList:
    """One TrackBranch a track, from two TrackExpand layers and the merging weights (tracks, channels)."""
    first, second = (layer.folded() for layer in layers if isinstance(layer, TrackExpand))
    return nn.ModuleList(
        TrackBranch(Product(*one), Product(*two), weight, bias)
        for one, two, weight, bias in zip(
            zip(*first, strict=True), zip(*second, strict=True), weights, biases, strict=True
        )
    )


def _constant(values: Tensor) -> Tensor:
    return values.detach().float().contiguous()
