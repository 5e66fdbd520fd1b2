"""The layers of the MuseGAN networks as matrix products.

A (transposed) convolution whose kernel equals its stride touches every cell once: it IS a matrix product and a
reshape. Rows are grid positions and columns are channels throughout; nothing here is a convolution in torch's sense.

Batch normalisation of a matrix product needs no pass over its output: for y = x W + b the mean and the variance of y
follow from the mean and the second moment of x, so that the normalisation is folded into W and b before the product
(`TrackExpand`). That is exact, differentiable, and what makes the wide private layers fast on a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

KERNEL_STD = 0.05  # as the original initialises: normal, cut at two standard deviations
NORM_MOMENTUM = 0.01  # TensorFlow's 0.99
NORM_EPSILON = 1e-3


def kernel(*shape: int) -> nn.Parameter:
    """A weight of this shape: truncated normal, standard deviation 0.05 before the cut at two of them."""
    weight = torch.empty(*shape)
    nn.init.trunc_normal_(weight, std=KERNEL_STD, a=-2 * KERNEL_STD, b=2 * KERNEL_STD)
    return nn.Parameter(weight)


def at_least_float32(x: Tensor) -> Tensor:
    """Rounds no more: bfloat16 becomes float32, float64 stays."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


class RowNorm(nn.Module):
    """Batch normalisation over the rows of (M, channels)."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, shift: float = 0.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.full((channels,), shift))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.momentum = NORM_MOMENTUM

    def forward(self, rows: Tensor) -> Tensor:
        # Seen as one picture in channels-last order: torch's two-dimensional path is several times slower.
        picture = rows.view(1, rows.shape[0], 1, rows.shape[1]).permute(0, 3, 1, 2)
        normed = F.batch_norm(
            picture,
            self.running_mean,
            self.running_var,
            self.scale,
            self.shift,
            self.training,
            self.momentum,
            NORM_EPSILON,
        )
        return normed.permute(0, 2, 3, 1).reshape(rows.shape)

    def fold(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """The weight (in, k, channels) and bias (channels) of a product whose output this normalises, as one."""
        gain = self.scale * torch.rsqrt(self.running_var + NORM_EPSILON)
        return weight * gain, (bias - self.running_mean) * gain + self.shift


class Expand(nn.Module):
    """Transposed convolution, kernel = stride, with normalisation and ReLU: (M, in) to (M * positions, out)."""

    def __init__(self, channels_in: int, channels_out: int, positions: int) -> None:
        super().__init__()
        self.weight = kernel(channels_in, positions, channels_out)
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.norm = RowNorm(channels_out)

    def forward(self, rows: Tensor) -> Tensor:
        channels_in, positions, channels_out = self.weight.shape
        wide = torch.addmm(self.bias.repeat(positions), rows, self.weight.view(channels_in, -1))
        return F.relu(self.norm(wide.view(-1, channels_out)))

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight (in, positions, out) and bias (out) with the normalisation inside."""
        return self.norm.fold(self.weight, self.bias)


class ExpandPitchOverlap(nn.Module):
    """The one layer whose kernel overlaps: kernel (time, 3), stride (time, 2), with normalisation and ReLU.

    (M, pitches, in) to (M * (2 * pitches + 1) * time, out): rows by M, then pitch, then time. An even pitch hears two
    neighbours (taps 2 and 0), an odd one hears one (tap 1), so that two matrix products do it.
    """

    def __init__(self, channels_in: int, channels_out: int, time: int) -> None:
        super().__init__()
        self.weight = kernel(channels_in, 3, time, channels_out)
        self.bias = nn.Parameter(torch.zeros(channels_out))
        self.norm = RowNorm(channels_out)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(overlap_product(x, self.weight, self.bias)))

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


@dataclass(frozen=True)
class RowMoments:
    """Mean (..., 1, C) and second moment E[x x^T] (..., C, C) of the rows of x; float32 or better."""

    mean: Tensor
    second: Tensor


def row_moments(x: Tensor, chunks: int = 64) -> RowMoments:
    """Moments over the rows of (..., M, C).

    A bfloat16 product rounds its result, so the rows are split in chunks whose roundings average out.
    """
    rows = x.shape[-2]
    while rows % chunks:
        chunks //= 2
    parts = x.view(*x.shape[:-2], chunks, rows // chunks, x.shape[-1])
    second = at_least_float32(torch.matmul(parts.transpose(-1, -2), parts)).sum(-3) / rows
    ones = torch.ones(1, rows // chunks, dtype=x.dtype, device=x.device)
    mean = at_least_float32(torch.matmul(ones, parts)).sum(-3) / rows
    return RowMoments(mean, second)


class TrackExpand(nn.Module):
    """Private transposed convolutions, one a track, kernel = stride, with normalisation and ReLU.

    (M, in) shared or (tracks, M, in) private to (tracks, M * positions, out).
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, tracks: int, channels_in: int, channels_out: int, positions: int) -> None:
        super().__init__()
        self.weight = kernel(tracks, channels_in, positions, channels_out)
        self.bias = nn.Parameter(torch.zeros(tracks, channels_out))
        self.scale = nn.Parameter(torch.ones(tracks, channels_out))
        self.shift = nn.Parameter(torch.zeros(tracks, channels_out))
        self.register_buffer("running_mean", torch.zeros(tracks, channels_out))
        self.register_buffer("running_var", torch.ones(tracks, channels_out))
        self.momentum = NORM_MOMENTUM

    def forward(self, x: Tensor, moments: RowMoments | None = None) -> Tensor:
        """`moments`: those of x where the caller has them already (two branches read the same trunk)."""
        if self.training:
            moments = row_moments(x) if moments is None else moments
            with torch.autocast(x.device.type, enabled=False):
                mean, var = self._output_statistics(moments)
                self._remember(mean.detach(), var.detach(), x.shape[-2] * self.weight.shape[2])
        else:
            mean, var = self.running_mean, self.running_var
        weight, bias = self._fold(mean, var)
        tracks, channels_in, positions, channels_out = weight.shape
        wide_bias = bias.repeat(1, positions).unsqueeze(1)
        wide_weight = weight.reshape(tracks, channels_in, -1)
        product = torch.baddbmm(wide_bias, x.expand(tracks, -1, -1), wide_weight)
        return F.relu(product).view(tracks, -1, channels_out)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight (tracks, in, positions, out) and bias (tracks, out) with the normalisation inside."""
        return self._fold(self.running_mean, self.running_var)

    def _output_statistics(self, moments: RowMoments) -> tuple[Tensor, Tensor]:
        """Mean and variance (tracks, out) of the output over rows and positions."""
        weight = self.weight.flatten(2)  # (tracks, in, positions * out)
        shape = self.weight.shape[2:]
        mean = (torch.matmul(moments.mean, weight)).view(-1, *shape).mean(1)
        square = (weight * torch.matmul(moments.second, weight)).sum(1).view(-1, *shape).mean(1)
        return mean + self.bias, (square - mean.square()).clamp_min(0.0)

    def _remember(self, mean: Tensor, var: Tensor, count: int) -> None:
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(var * (count / max(1, count - 1)), self.momentum)

    def _fold(self, mean: Tensor, var: Tensor) -> tuple[Tensor, Tensor]:
        gain = self.scale * torch.rsqrt(var + NORM_EPSILON)
        return self.weight * gain[:, None, None, :], (self.bias - mean) * gain + self.shift


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
            return F.leaky_relu(F.linear(x, self.weight.t(), self.bias), 0.2)
        return F.leaky_relu(torch.baddbmm(self.bias.unsqueeze(1), x, self.weight), 0.2)
