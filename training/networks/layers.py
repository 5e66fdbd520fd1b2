"""The layers of the MuseGAN networks as matrix products.

A (transposed) convolution whose kernel equals its stride touches every cell once: it IS a matrix product and a
reshape. Rows are grid positions and columns are channels throughout; nothing here is a convolution in torch's sense.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.networks.normalisation import RowNorm

KERNEL_STD = 0.05  # as the original initialises: normal, cut at two standard deviations


def kernel(*shape: int) -> nn.Parameter:
    """A weight of this shape: truncated normal, standard deviation 0.05 before the cut at two of them."""
    weight = torch.empty(*shape)
    nn.init.trunc_normal_(weight, std=KERNEL_STD, a=-2 * KERNEL_STD, b=2 * KERNEL_STD)
    return nn.Parameter(weight)


def leaky(x: Tensor, leak: float) -> Tensor:
    """ReLU, with a slope below zero where `leak` is not zero."""
    return F.leaky_relu(x, leak) if leak else F.relu(x)


def leaky_(x: Tensor, leak: float) -> Tensor:
    """The same in place of x, which nothing else reads: half of the memory to write and none to find."""
    return F.leaky_relu_(x, leak) if leak else F.relu_(x)


class Expand(nn.Module):
    """Transposed convolution, kernel = stride, with normalisation and ReLU (leaky: `leak` is its slope below zero).

    (M, in) to (M * positions, out); leading axes of the input are rows too.
    """

    def __init__(self, channels_in: int, channels_out: int, positions: int, leak: float = 0.0) -> None:
        super().__init__()
        self.leak = leak
        self.weight = kernel(channels_in, positions, channels_out)
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.norm = RowNorm(channels_out)

    def forward(self, rows: Tensor) -> Tensor:
        channels_in, positions, channels_out = self.weight.shape
        wide = torch.addmm(self.bias.repeat(positions), rows.flatten(0, -2), self.weight.view(channels_in, -1))
        return leaky(self.norm(wide.view(-1, channels_out)), self.leak)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight (in, positions, out) and bias (out) with the normalisation inside."""
        return self.norm.fold(self.weight, self.bias)


class ExpandPitchOverlap(nn.Module):
    """The one layer whose kernel overlaps: kernel (time, 3), stride (time, 2), with normalisation and ReLU.

    (M, pitches, in) to (M * (2 * pitches + 1) * time, out): rows by M, then pitch, then time. An even pitch hears two
    neighbours (taps 2 and 0), an odd one hears one (tap 1), so that two matrix products do it.
    """

    def __init__(self, channels_in: int, channels_out: int, time: int, leak: float = 0.0) -> None:
        super().__init__()
        self.leak = leak
        self.weight = kernel(channels_in, 3, time, channels_out)
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.norm = RowNorm(channels_out)

    def forward(self, x: Tensor) -> Tensor:
        return leaky(self.norm(overlap_product(x, self.weight, self.bias)), self.leak)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight (in, 3, time, out) and bias (out) with the normalisation inside."""
        return self.norm.fold(self.weight, self.bias)


class ExpandTimeThenPitch(nn.Module):
    """Two Expand layers where ExpandPitchOverlap has one: first all of the time, then all of the pitch bands.

    (M, 1, in) to (M * pitches * time, out): rows by M, then pitch, then time.
    """

    def __init__(self, channels_in: int, channels_between: int, channels_out: int, time: int, pitches: int) -> None:
        super().__init__()
        self.time, self.pitches = time, pitches
        self.in_time = Expand(channels_in, channels_between, time)
        self.in_pitch = Expand(channels_between, channels_out, pitches)

    def forward(self, x: Tensor) -> Tensor:
        rows: Tensor = self.in_pitch(self.in_time(x.flatten(0, 1)))  # by M, then time, then pitch
        return pitch_before_time(rows, self.time, self.pitches)


def pitch_before_time(rows: Tensor, time: int, pitches: int) -> Tensor:
    """Rows by M, time, pitch in the order M, pitch, time: (M * time * pitches, channels)."""
    channels = rows.shape[1]
    return rows.view(-1, time, pitches, channels).transpose(1, 2).reshape(-1, channels)


def overlap_product(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """(M, pitches, in) by (in, 3, time, out) to (M * (2 * pitches + 1) * time, out), rows by M, pitch, time."""
    channels_in, _, time, channels_out = weight.shape
    pitches = x.shape[1]
    taps = weight.unbind(1)
    even_weight = torch.cat((taps[2], taps[0])).view(2 * channels_in, -1)
    padded = F.pad(x, (0, 0, 1, 1))
    neighbours = torch.cat((padded[:, :-1], padded[:, 1:]), dim=2).reshape(-1, 2 * channels_in)
    even = torch.addmm(bias.repeat(time), neighbours, even_weight).view(-1, pitches + 1, time, channels_out)
    odd = torch.addmm(bias.repeat(time), x.reshape(-1, channels_in), taps[1].reshape(channels_in, -1))
    pairs = torch.stack((even[:, :-1], odd.view(-1, pitches, time, channels_out)), dim=2).flatten(1, 2)
    return torch.cat((pairs, even[:, -1:]), dim=1).view(-1, channels_out)


class Contract(nn.Module):
    """Convolution, kernel = stride, with leaky ReLU (slope 0.2), one a copy where `copies` are asked for.

    (M, in) to (M, out), or (copies, M, in) to (copies, M, out): the caller lays the cells of one kernel side by side.
    """

    def __init__(self, channels_in: int, channels_out: int, copies: int | None = None) -> None:
        super().__init__()
        lead = () if copies is None else (copies,)
        self.weight = kernel(*lead, channels_in, channels_out)
        self.bias = nn.Parameter(torch.zeros(*lead, channels_out))

    def forward(self, x: Tensor) -> Tensor:
        if self.weight.dim() == 2:
            # Two axes: in place of a view, autograd would copy what the view is of.
            rows = torch.addmm(self.bias, x.flatten(0, -2), self.weight)
            return leaky_(rows, 0.2).view(*x.shape[:-1], -1)
        return leaky_(torch.baddbmm(self.bias.unsqueeze(1), x, self.weight), 0.2)

    def for_copies(self, x: Tensor, copies: int) -> Tensor:
        """(M, in) to (copies, M, out / copies): a share of the output for each copy, where the next layer wants it."""
        weight = self.weight.view(len(self.weight), copies, -1).transpose(0, 1)
        product = torch.baddbmm(self.bias.view(copies, 1, -1), x.expand(copies, -1, -1), weight)
        return leaky_(product, 0.2)


class ContractNorm(nn.Module):
    """Convolution, kernel = stride, with normalisation and ReLU: (..., in) to (M, out)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.weight = kernel(channels_in, channels_out)
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.norm = RowNorm(channels_out)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(torch.addmm(self.bias, x.flatten(0, -2), self.weight)))
