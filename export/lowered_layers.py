"""The layers of a lowered generator: normalisations inside the weights, two-dimensional products.

The one-track products are two-dimensional because ONNX Runtime joins product, bias and ReLU only then; all tracks in
one batched product would pass over memory twice more. Rows are grid positions and columns are channels throughout.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.generators import BandsLayer, TrackMerge
from training.networks.grid import GridFactors
from training.networks.layers import ExpandPitchOverlap, ExpandTimeThenPitch, leaky, pitch_before_time
from training.networks.track_expand import TrackExpand


class Product(nn.Module):
    """relu(x W + b): (M, in) to (M, positions * out), from a weight (in, positions, out) and a bias (out).

    `leak`: the slope below zero.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, leak: float = 0.0) -> None:
        super().__init__()
        self.leak, self.channels_out = leak, weight.shape[2]
        self.register_buffer("weight", constant(weight.flatten(1)))
        self.register_buffer("bias", constant(bias.repeat(weight.shape[1])))

    def forward(self, rows: Tensor) -> Tensor:
        return leaky(torch.addmm(self.bias, rows, self.weight), self.leak)


class Bands(Product):
    """The same where every row of the output is a row of the next layer: (M, in) to (M * positions, out)."""

    def forward(self, rows: Tensor) -> Tensor:
        made: Tensor = super().forward(rows)
        return made if len(self.bias) == self.channels_out else made.view(-1, self.channels_out)


class Overlap(nn.Module):
    """ExpandPitchOverlap: rows by M, coarse pitch to rows by M, pitch, time, from a weight (in, 3, time, out).

    Each coarse pitch makes three pitches; of two neighbours the right one of the one is the left one of the other.
    """

    weight: Tensor
    bias: Tensor
    pitch_order: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, coarse: int, leak: float) -> None:
        super().__init__()
        self.leak = leak
        _, _, time, self.channels_out = weight.shape
        self.coarse = coarse
        self.register_buffer("weight", constant(weight.flatten(1)))
        self.register_buffer("bias", constant(bias.repeat(time)))
        order = [pitch // 2 + (coarse + 1) * (pitch % 2) for pitch in range(2 * coarse + 1)]
        self.register_buffer("pitch_order", torch.tensor(order))

    def forward(self, rows: Tensor) -> Tensor:
        three = torch.mm(rows, self.weight).view(-1, self.coarse, 3 * self.bias.shape[0])
        left, middle, right = three.chunk(3, dim=2)
        even = (left[:, :1], right[:, :-1] + left[:, 1:], right[:, -1:])
        pitches = torch.cat((*even, middle), dim=1).index_select(1, self.pitch_order)
        return leaky(pitches + self.bias, self.leak).view(-1, self.channels_out)


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
    """One branch with its share of the merging layer: (M, in) to (outputs, M * positions of both layers).

    From a weight (outputs, channels) and a bias (outputs): one output a track.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, first: Product, second: Product, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.register_buffer("weight", constant(weight))
        self.register_buffer("bias", constant(bias[:, None]))

    def forward(self, rows: Tensor) -> Tensor:
        between = self.first(rows).view(-1, self.second.weight.shape[0])
        cells = self.second(between).view(-1, self.weight.shape[1])
        # A row by many columns is read once; the many rows by one column would be packed for a product of width 16.
        return torch.addmm(self.bias, self.weight, cells.t())


class Branches(nn.Module):
    """Both branches of some tracks, each a network of its own: (M, in) to cells before tanh (tracks, M * positions)."""

    def __init__(
        self,
        pitch_first: nn.ModuleList,
        time_first: nn.ModuleList,
        merge: TrackMerge,
        grid: GridFactors,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.time, self.pitch = grid.finest_time, grid.band_pitches
        both = torch.cat((merge.by_pitch, merge.by_time), dim=1)  # (tracks, channels of both, 1)
        weight, bias = (part * gain for part in merge.norm.fold(both.permute(1, 2, 0), merge.bias))
        by_pitch, by_time = weight[:, 0].t().chunk(2, dim=1)
        # Each branch carries half of the bias: they are added.
        self.pitch_first = _track_branches(pitch_first, by_pitch, bias / 2)
        self.time_first = _track_branches(time_first, by_time, bias / 2)

    def forward(self, h: Tensor) -> Tensor:
        by_pitch = torch.cat([branch(h) for branch in self.pitch_first]).view(-1, self.pitch, self.time)
        by_time = torch.cat([branch(h) for branch in self.time_first]).view(-1, self.time, self.pitch)
        return by_pitch.transpose(1, 2) + by_time


def _track_branches(layers: nn.ModuleList, weights: Tensor, biases: Tensor) -> nn.ModuleList:
    """One TrackBranch a private network, from two TrackExpand layers and the merging weights (tracks, channels).

    A network that all tracks share has all of the weights.
    """
    private = [layer for layer in layers if isinstance(layer, TrackExpand)]
    first, second = (
        [Product(weight, bias, layer.leak) for weight, bias in zip(*layer.folded(), strict=True)] for layer in private
    )
    parts = zip(weights.chunk(len(first)), biases.chunk(len(first)), strict=True)
    return nn.ModuleList(
        TrackBranch(one, two, weight, bias) for one, two, (weight, bias) in zip(first, second, parts, strict=True)
    )


def lower_bands(layer: BandsLayer, coarse: int) -> Overlap | TimeThenPitch | Bands:
    """The layer that makes pitch bands: rows by M, coarse pitch to rows by M, band, time."""
    if isinstance(layer, ExpandTimeThenPitch):
        return TimeThenPitch(layer)
    if isinstance(layer, ExpandPitchOverlap):
        return Overlap(*layer.folded(), coarse=coarse, leak=layer.leak)
    return Bands(*layer.folded(), leak=layer.leak)


def cells_to_bars(cells: Tensor, tracks: int, grid: GridFactors) -> Tensor:
    """Cells by track, bar wanted, coarse time, band, fine time, finest time, pitch of the band to
    (bars wanted, tracks, steps, pitches)."""
    factors = (grid.coarse_time, grid.bands, grid.fine_time, grid.finest_time, grid.band_pitches)
    rolls = cells.view(tracks, -1, *factors).permute(1, 0, 2, 4, 5, 3, 6)
    rolls = rolls.reshape(-1, tracks, grid.steps, grid.made_pitches)
    return rolls[..., : grid.pitches] if grid.left_out else rolls


def bar_places(latent: Tensor, bars: Tensor) -> Tensor:
    """(batch, wanted) int64: where in (batch * wanted) each bar is.

    Counted, although a view would do: its shape would be computed in the graph, ONNX Runtime computes shapes on the
    CPU, and the bridge takes CUDA only if it runs every step.
    """
    one_each_latent = (latent[:, 0] > torch.inf).long() + 1
    one_each_bar = bars - bars + 1
    latents, wanted = torch.cumsum(one_each_latent, 0), torch.cumsum(one_each_bar, 0)
    return (latents[:, None] - 1) * wanted[-1:] + wanted - 1


def constant(values: Tensor) -> Tensor:
    """A weight of the file."""
    return values.detach().float().contiguous()
