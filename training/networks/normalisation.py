"""Batch normalisation over rows, as TensorFlow has it by default, of one process or of several as if they were one.

Normalisation of a matrix product needs no pass over its output: for y = x W + b the mean and the variance of y follow
from the mean and the second moment of x (`row_moments`). That is exact, differentiable, and what makes the wide
private layers fast on a CPU (training/networks/track_expand.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from training.processes import mean_over_processes, process_count

NORM_MOMENTUM = 0.01  # TensorFlow's 0.99
NORM_EPSILON = 1e-3


def product_dtype(x: Tensor) -> Tensor:
    """In the type that products will have anyway, so that it is moved about in half of the bytes."""
    device = x.device.type
    return x.to(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else x


def at_least_float32(x: Tensor) -> Tensor:
    """Rounds no more: bfloat16 becomes float32, float64 stays."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Remembers(Protocol):
    """A layer with running statistics."""

    running_mean: Tensor
    running_var: Tensor
    momentum: float


@torch.no_grad()
def remember(norm: Remembers, mean: Tensor, var: Tensor, count: int) -> None:
    """Move the running statistics towards those of a batch; `count`: rows of this process. The variance is unbiased."""
    rows = count * process_count()
    norm.running_mean.lerp_(mean.detach(), norm.momentum)
    norm.running_var.lerp_(var.detach() * (rows / max(1, rows - 1)), norm.momentum)


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
        return self._normalised(rows, 0)

    def of_tracks(self, cells: Tensor) -> Tensor:
        """The same of (channels, M)."""
        return self._normalised(cells, 1)

    def _normalised(self, x: Tensor, rows: int) -> Tensor:
        """Of two axes, of which `rows` is averaged over; in float32 or better."""
        with torch.autocast(x.device.type, enabled=False):
            x = at_least_float32(x)
            if self.training:
                mean, var = batch_statistics(x, rows)
                remember(self, mean, var, x.shape[rows])
            else:
                mean, var = self.running_mean, self.running_var
            gain = self.scale * torch.rsqrt(var + NORM_EPSILON)
            shift = self.shift - mean * gain
            return torch.addcmul(shift.unsqueeze(rows), x, gain.unsqueeze(rows))

    def fold(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """The weight (in, k, channels) and bias (channels) of a product whose output this normalises, as one."""
        gain, shift = self.gain_and_shift()
        return weight * gain, bias * gain + shift

    def gain_and_shift(self) -> tuple[Tensor, Tensor]:
        """What a row is multiplied with, and what is added then, when it is not learning: (channels) each."""
        gain = self.scale * torch.rsqrt(self.running_var + NORM_EPSILON)
        return gain, self.shift - self.running_mean * gain


def batch_statistics(x: Tensor, rows: int) -> tuple[Tensor, Tensor]:
    """Mean and variance over the axis `rows` of x, of all processes together."""
    var, mean = torch.var_mean(x, rows, correction=0)
    if process_count() == 1:
        return mean, var
    of_all, square = mean_over_processes(torch.stack((mean, var + mean.square())))
    return of_all, (square - of_all.square()).clamp_min(0.0)


@dataclass(frozen=True)
class RowMoments:
    """Mean (..., 1, C) and second moment E[x x^T] (..., C, C) of the rows of x; float32 or better."""

    mean: Tensor
    second: Tensor


def row_moments(x: Tensor, chunks: int = 64) -> RowMoments:
    """Moments over the rows of (..., M, C), of all processes.

    A bfloat16 product rounds its result, so the rows are split in chunks whose roundings average out.
    """
    mean, second = _Moments.apply(x, chunks)  # type: ignore[no-untyped-call]
    if process_count() == 1:
        return RowMoments(mean, second)
    both = mean_over_processes(torch.cat((mean, second), dim=-2))
    return RowMoments(both[..., :1, :], both[..., 1:, :])


class _Moments(torch.autograd.Function):
    """Mean and second moment; backward one product, where autograd would make four and add them up."""

    @staticmethod
    def forward(context: Any, x: Tensor, chunks: int) -> tuple[Tensor, Tensor]:
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        context.save_for_backward(x)
        rows, channels = x.shape[-2:]
        while chunks > 1 and (rows % chunks or rows < chunks * channels):  # a sum of squares costs as much as its rows
            chunks //= 2
        parts = x.view(*x.shape[:-2], chunks, rows // chunks, x.shape[-1])
        second = at_least_float32(torch.matmul(parts.transpose(-1, -2), parts)).sum(-3) / rows
        ones = torch.ones(1, rows // chunks, dtype=x.dtype, device=x.device)
        mean = at_least_float32(torch.matmul(ones, parts)).sum(-3) / rows
        return mean, second

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (x,) = context.saved_tensors
        mean, second = (gradient / x.shape[-2] for gradient in gradients)
        both_ways = (second + second.transpose(-1, -2)).to(x.dtype)
        if x.dim() == 2:
            return torch.addmm(mean.to(x.dtype), x, both_ways), None
        return torch.baddbmm(mean.to(x.dtype), x, both_ways), None
